package path

import "strings"

// tokenKind tells the classes of tokens apart.
type tokenKind uint8

const (
	tokenEnd tokenKind = iota
	tokenWord
	tokenString
	tokenVariable
	tokenInteger
	tokenDecimal
	tokenSymbol
)

// token is one word of a path. The text of words, strings and variables has its escapes resolved.
type token struct {
	kind tokenKind
	text string
	pos  int // byte offset in the path
}

// isSymbol reports whether t is the given operator or bracket.
func (t token) isSymbol(symbol string) bool { return t.kind == tokenSymbol && t.text == symbol }

// isWord reports whether t is the given keyword. As in PostgreSQL, case does not matter, except for the literals.
func (t token) isWord(word string) bool {
	if t.kind != tokenWord {
		return false
	}
	switch word {
	case "null", "true", "false":
		return t.text == word
	}
	return len(t.text) == len(word) && strings.EqualFold(t.text, word)
}

// describe names the token in an error message.
func (t token) describe() string {
	switch t.kind {
	case tokenEnd:
		return "the end of the path"
	case tokenString:
		return "the string " + quoted(t.text)
	case tokenVariable:
		return "the variable $" + quoted(t.text)
	}
	return "\"" + t.text + "\""
}
