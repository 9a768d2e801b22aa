package path_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// generator makes random documents and paths that have something to do with each other.
type generator struct {
	*rand.Rand
	filters int
	indexes int
}

func newGenerator(seed uint64) *generator {
	return &generator{Rand: rand.New(rand.NewPCG(seed, 15))}
}

func (g *generator) pick(list ...string) string { return list[g.IntN(len(list))] }

// one calls one of the functions.
func (g *generator) one(list ...func() string) string { return list[g.IntN(len(list))]() }

// seldom reports true once in n times.
func (g *generator) seldom(n int) bool { return g.IntN(n) == 0 }

func (g *generator) name() string { return g.pick("a", "b", "c", "aa", "é", "k 1") }

func (g *generator) numberText() string {
	return g.pick("0", "1", "2", "3", "-1", "1.5", "2.50", "10", "-0.5", "1e2", "1.5e-3", "0.1", "7", "12345678901234567890",
		"99999999999999999999.999", "-3.7", "1000000", "0.000", "4", "5", "-0", "2147483648", "1e20", "0.333333333333")
}

func (g *generator) word() string {
	return g.pick("", "x", "y", "abc", "Abc", "5", "1.5", "2020-01-01", "2020-01-02T10:20:30", "10:20:30", "10:20:30+02",
		"2020-01-02 10:20:30+02:30", "a b", "é", "xyz\\nabc", "aab", "true", "-7", "1e3", "\\u20ac", "\\ud83d\\ude00", "10:20:30.5", "\\\"q\\\"")
}

// document makes a JSON text, not yet canonical.
func (g *generator) document(depth int) string {
	if depth == 0 || g.seldom(3) {
		return g.one(
			g.numberText, g.numberText, func() string { return `"` + g.word() + `"` }, func() string { return `"` + g.word() + `"` },
			func() string { return g.pick("true", "false", "null") }, func() string { return g.pick("[]", "{}") })
	}
	var parts []string
	for range g.IntN(5) {
		parts = append(parts, g.document(depth-1))
	}
	if g.seldom(2) {
		return "[" + strings.Join(parts, ",") + "]"
	}
	var b strings.Builder
	seen := map[string]bool{}
	for _, part := range parts {
		if name := g.name(); !seen[name] {
			seen[name] = true
			if b.Len() > 0 {
				b.WriteByte(',')
			}
			fmt.Fprintf(&b, "%q:%s", name, part)
		}
	}
	return "{" + b.String() + "}"
}

// path makes a path.
func (g *generator) path() string {
	if g.seldom(4) {
		return g.special()
	}
	if g.seldom(4) {
		return g.condition(3)
	}
	return g.expression(3)
}

func (g *generator) primary() string {
	switch {
	case g.indexes > 0 && g.seldom(3):
		return "last"
	case g.filters > 0 && !g.seldom(4):
		return "@"
	case g.seldom(6):
		return "(" + g.literal() + ")"
	case g.seldom(8):
		return g.pick("$x", "$y", "$z", `$"x"`)
	}
	return "$"
}

func (g *generator) literal() string {
	return g.one(g.numberLiteral, g.numberLiteral, func() string { return `"` + g.word() + `"` },
		func() string { return g.pick("true", "false", "null", "$x", "$y") })
}

func (g *generator) numberLiteral() string {
	return g.pick("0", "1", "2", "3", "1.5", ".5", "2.", "1e2", "2.50", "10", "0.1", "12345678901234567890", "7", "1.5e-3", "4", "5")
}

func (g *generator) expression(depth int) string {
	if depth > 0 {
		switch g.IntN(12) {
		case 0:
			return g.pick("-", "+") + g.expression(depth-1)
		case 1, 2:
			return g.expression(depth-1) + " " + g.pick("+", "-", "*", "/", "%") + " " + g.expression(depth-1)
		case 3:
			return "(" + g.expression(depth-1) + ")" + g.accessors(depth)
		case 4:
			return "(" + g.condition(depth-1) + ")" + g.accessor(depth)
		case 5:
			return g.literal()
		}
	}
	return g.primary() + g.accessors(depth)
}

func (g *generator) accessors(depth int) string {
	var b strings.Builder
	for g.IntN(5) > 1 {
		b.WriteString(g.accessor(depth))
	}
	return b.String()
}

func (g *generator) accessor(depth int) string {
	switch g.IntN(14) {
	case 0:
		return "[*]"
	case 1:
		return ".*"
	case 2:
		return g.pick(".**", ".**{1}", ".**{0 to 1}", ".**{2 to last}", ".**{last}", ".**{1 to 2}", ".**{last to 1}")
	case 3, 4:
		if depth > 0 {
			g.filters++
			defer func() { g.filters-- }()
			return " ? (" + g.condition(depth-1) + ")"
		}
	case 5, 6:
		return g.index(depth)
	case 7, 8:
		return g.pick(".type()", ".size()", ".double()", ".ceiling()", ".floor()", ".abs()", ".datetime()", ".keyvalue().key",
			".keyvalue().value", `.datetime("YYYY-MM-DD")`, `.datetime("HH24:MI:SS")`)
	}
	if name := g.name(); !strings.Contains(name, " ") && g.seldom(2) {
		return "." + name
	} else {
		return `."` + name + `"`
	}
}

func (g *generator) index(depth int) string {
	g.indexes++
	defer func() { g.indexes-- }()
	simple := func() string { return g.pick("0", "1", "2", "last", "last - 1", "-1", "1.7", "last / 2") }
	one := func() string {
		if depth > 0 && g.seldom(6) {
			return g.expression(depth - 1)
		}
		return simple()
	}
	var parts []string
	for range 1 + g.IntN(2) {
		part := one()
		if g.seldom(3) {
			part += " to " + one()
		}
		parts = append(parts, part)
	}
	return "[" + strings.Join(parts, ", ") + "]"
}

func (g *generator) condition(depth int) string {
	if depth > 0 {
		switch g.IntN(9) {
		case 0:
			return g.group(depth-1) + " && " + g.group(depth-1)
		case 1:
			return g.condition(depth-1) + " || " + g.condition(depth-1)
		case 2:
			return "!" + g.group(depth-1)
		case 3:
			return "(" + g.condition(depth-1) + ") is unknown"
		case 4:
			return g.group(depth - 1)
		}
	}
	left := g.expression(max(depth-1, 0))
	switch g.IntN(8) {
	case 0:
		return left + " starts with " + g.pick(`"a"`, `"x"`, `""`, "$y", `"2020"`, "$x")
	case 1:
		return left + " like_regex " + g.regex()
	}
	return left + " " + g.pick("==", "!=", "<>", "<", "<=", ">", ">=", "==") + " " + g.expression(max(depth-1, 0))
}

func (g *generator) group(depth int) string {
	if g.seldom(2) {
		return "exists (" + g.expression(depth) + ")"
	}
	return "(" + g.condition(depth) + ")"
}

// regex makes a regular expression and its flags; many are wrong.
func (g *generator) regex() string {
	var b strings.Builder
	for range 1 + g.IntN(5) {
		b.WriteString(g.pick("a", "b", "c", "x", "A", ".", "^", "$", "|", "(", ")", "(?:", "a*", "b+", "c?", "a{2}", "[ab]", "[^a]", "[a-c]",
			"\\\\d", "\\\\w", "\\\\s", "\\\\W", "*", "a+?", "{1,2}", "[[:alpha:]]", "\\\\.", "(a|b)", "()", "\\\\y", "\\\\A", "\\\\Z", "\\n", "]", "{", "5", "\\\\x61",
			"[]a]", "[^]b]", "\\\\n", "(b", "c)", "[\\\\d\\\\s]", "-", "\\\\u0061", "é", "1", "a{0}", "b{1,}", "[a-", "\\\\D", "[^\\\\d]"))
	}
	return `"` + b.String() + `"` + g.pick("", "", "", ` flag "i"`, ` flag "s"`, ` flag "m"`, ` flag "q"`, ` flag "im"`, ` flag "qi"`, ` flag "sm"`)
}
