// Package path compiles SQL/JSON paths, the query language of a selector, to immutable programs and runs them over
// the canonical JSON bytes of an event. It is not a JSON parser and not a general query engine: it trusts that a
// document is canonical, and it knows nothing of events, ledgers or indexes.
//
// The language is PostgreSQL 15's jsonpath in lax mode, with the methods that PostgreSQL 17 added. PostgreSQL is the
// oracle: what a path means here is what it means there, and every exception is listed in docs/divergences.md.
//
//	path, err := path.Compile(`$.items[*] ? (@.qty > $min && @.id starts with "b")`)
//	vars, err := path.ParseVars([]byte(`{"min":1}`))
//	steps := 10_000
//	matches, err := path.Exists(document, vars, &steps)
//
// # Grammar
//
// Blanks and /* comments */ may stand between tokens.
//
//	path       = [ "lax" ] ( expr | cond )
//	cond       = and { "||" and }
//	and        = basic { "&&" basic }
//	basic      = group | "!" group | "(" cond ")" "is" "unknown"
//	           | expr ( "==" | "!=" | "<>" | "<" | "<=" | ">" | ">=" ) expr
//	           | expr "starts" "with" ( string | variable )
//	           | expr "like_regex" string [ "flag" string ]
//	group      = "(" cond ")" | "exists" "(" expr ")"
//	expr       = product { ( "+" | "-" ) product }
//	product    = unary { ( "*" | "/" | "%" ) unary }
//	unary      = ( "+" | "-" ) unary | access
//	access     = ( primary | "(" expr ")" ) { accessor } | "(" cond ")" accessor { accessor }
//	primary    = "$" | "@" | "last" | string | number | variable | "null" | "true" | "false"
//	accessor   = "." ( name | string ) | ".*" | "[*]" | "[" subscript { "," subscript } "]"
//	           | ".**" [ "{" level [ "to" level ] "}" ] | "?" "(" cond ")" | "." method "(" [ arguments ] ")"
//	subscript  = expr [ "to" expr ]
//	level      = integer | "last"
//	method     = "type" | "size" | "double" | "ceiling" | "floor" | "abs" | "datetime" | "keyvalue"
//	           | "bigint" | "boolean" | "decimal" | "integer" | "number" | "string"
//	           | "date" | "time" | "time_tz" | "timestamp" | "timestamp_tz"
//	variable   = "$" name | "$" string
//
// "@" is the item that the nearest filter looks at, and "last" the last index of the nearest subscript; neither is
// allowed elsewhere. Strings stand in double quotes, with the escapes of JSON and of JavaScript (\v, \xHH, \u{H}).
//
// # Determinism
//
// The same path, document and variables give the same answer and cost the same number of steps on every machine:
// nothing here reads a clock, a locale, the environment, a random number, or a map in its order. [Semantics] names the
// meaning, so that a replicated command can carry it.
package path
