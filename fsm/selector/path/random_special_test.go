package path_test

import (
	"strconv"
	"strings"
)

// special makes a path that dwells on one part of the language, on literals rather than on the document.
func (g *generator) special() string {
	switch g.IntN(5) {
	case 0:
		return g.anyNumber() + g.pick(" + ", " - ", " * ", " / ", " / ", " % ", " == ", " < ", " >= ") + g.anyNumber()
	case 1:
		return `"` + g.subject() + `" like_regex ` + g.regex()
	case 2:
		return g.datetimeText()
	case 3:
		return `"` + g.pick("", " ", "\\t") + g.numeral() + g.pick("", " ", "x", ".") + `".double()`
	}
	return g.soup()
}

// numeral makes a number, sometimes a long one.
func (g *generator) numeral() string {
	digits := func(n int) string {
		var b strings.Builder
		for range n {
			b.WriteByte(byte('0' + g.IntN(10)))
		}
		return b.String()
	}
	text := strconv.Itoa(g.IntN(10)) + digits(0)
	if g.seldom(2) {
		text = strconv.Itoa(1+g.IntN(9)) + digits(g.IntN(25))
	}
	if g.seldom(2) {
		text += "." + digits(g.IntN(25))
	}
	if g.seldom(4) {
		text += "e" + g.pick("", "-", "+") + digits(1+g.IntN(2))
	}
	return text
}

func (g *generator) anyNumber() string {
	return g.pick("", "", "-") + "(" + g.numeral() + ")" + g.pick("", "", ".floor()", ".ceiling()", ".abs()", ".double()")
}

func (g *generator) subject() string {
	var b strings.Builder
	for range g.IntN(6) {
		b.WriteString(g.pick("a", "b", "c", "A", "5", " ", "\\n", "-", "]", ".", "é", "x", "(", "{"))
	}
	return b.String()
}

// datetimeText makes a text from the parts of a template, mostly a fitting one.
func (g *generator) datetimeText() string {
	parts := []struct {
		template string
		texts    []string
	}{
		{"YYYY", []string{"2020", "1999", "0001", "-5", "20", "12345", "2021"}},
		{"YY", []string{"20", "70", "5", "2020"}}, {"Y", []string{"7"}}, {"YYY", []string{"020", "999", "600"}},
		{"MM", []string{"01", "12", "2", "13", "0", "+3"}}, {"MON", []string{"Jan", "FEB", "dez"}},
		{"Month", []string{"June", "may", "Jul"}}, {"DD", []string{"01", "31", "29", "5", "32", "0"}},
		{"DDD", []string{"001", "366", "60", "367"}}, {"J", []string{"2459000", "1"}},
		{"HH24", []string{"00", "12", "23", "24", "7"}}, {"hh12", []string{"12", "01", "13", "0"}}, {"HH", []string{"11"}},
		{"MI", []string{"00", "59", "60", "7"}}, {"SS", []string{"00", "59", "60", "7"}}, {"SSSSS", []string{"3723", "86400"}},
		{"MS", []string{"5", "050", "123", "1234"}}, {"US", []string{"5", "000001", "123456", "1234567"}},
		{"FF3", []string{"123", "1"}}, {"FF1", []string{"5", "19"}}, {"FF6", []string{"123456"}}, {"AM", []string{"am", "PM", "x"}},
		{"p.m.", []string{"A.M.", "p.m."}}, {"TZH", []string{"+05", "-3", " 7", "16", "+00"}}, {"TZM", []string{"30", "60", "5"}},
	}
	if g.seldom(3) {
		return `"` + g.pick("2020-01-01", "2020-2-30", "0000-01-01", "12345-06-07", "2021-12-31") + g.pick("T", " ", "  ", "t", "") +
			g.pick("10:20:30", "10:20:30.5", "23:59:59.999999", "24:00:00", "1:2:3", "10:20", "") +
			g.pick("", "+01", "-03:30", "Z", " +02", "+16", " ") + `".datetime()` + g.pick("", ".type()")
	}
	var template, text strings.Builder
	for range 1 + g.IntN(5) {
		part := parts[g.IntN(len(parts))]
		separator := g.pick("-", " ", ":", "", ".", "/", "T")
		text.WriteString(g.pick(part.texts...) + separator)
		if separator == "T" {
			separator = `\"T\"`
		}
		template.WriteString(part.template + separator)
	}
	return `"` + text.String() + `".datetime("` + template.String() + `")`
}

// soup strings tokens together.
func (g *generator) soup() string {
	var b strings.Builder
	for range 1 + g.IntN(7) {
		b.WriteString(g.pick("$", "@", "last", ".a", ".type()", "[0]", "[*]", ".*", ".**", "{1}", "{1 to last}", "?", "(", ")", "1", "1.", ".5", "1e5", "01",
			"+", "-", "*", "/", "%", "==", "=", "<>", "!=", "<", ">", "&&", "&", "||", "|", "!", "exists", " is unknown", " starts with ", " like_regex ",
			` flag "i"`, `"a"`, `"`, `\u0061`, `\x41`, `\`, "$a", `$"x"`, "/*c*/", "/*", " ", "\n", "true", "null", "NULL", "lax ", "to", ",", "é", "#", "'", ".",
			".datetime(", ".abs", "1 to 2", "Exists(", "$x", "_", `"\n"`, `"\u12"`, `"\u{1F600}"`, `"\ud83d"`, `"\'"`, "..", "1.type()", ".double ()"))
	}
	return b.String()
}
