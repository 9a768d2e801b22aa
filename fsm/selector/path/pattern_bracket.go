package path

import "fmt"

// namedClasses translates [:name:] to the inside of a Go bracket expression.
var namedClasses = map[string]string{
	"alnum": `\p{L}\p{N}`, "alpha": `\p{L}`, "ascii": `\x{0}-\x{7f}`, "blank": ` \t`, "cntrl": `\p{Cc}`, "digit": `0-9`,
	"graph": `\p{L}\p{M}\p{N}\p{P}\p{S}`, "lower": `\p{Ll}`, "print": ` \p{L}\p{M}\p{N}\p{P}\p{S}`, "punct": `\p{P}\p{S}`,
	"space": spaceClass, "upper": `\p{Lu}`, "xdigit": `0-9A-Fa-f`, "word": wordClass,
}

// bracket translates [ … ]. Unless newlines are to match, a complement leaves them out, as "." does.
func (t *translator) bracket() (int, bool) {
	if t.has("[[:<:]]") || t.has("[[:>:]]") {
		t.unsupported("the edge of a word")
		return 1, true
	}
	t.pos++
	t.out.WriteByte('[')
	if t.peek(0) == '^' {
		t.pos++
		t.out.WriteByte('^')
		if !t.dotNewline {
			t.out.WriteString(`\n`)
		}
	}
	for first := true; first || t.peek(0) != ']'; first = false {
		if !t.more() {
			t.fail("brackets [] not balanced", "")
			break
		}
		t.bracketPart(first)
	}
	t.pos++
	t.out.WriteByte(']')
	return 1, false
}

// bracketPart translates a class, a character, or a range. A hyphen stands for itself only at either end.
func (t *translator) bracketPart(first bool) {
	if !first && t.peek(0) == '-' && t.peek(1) != ']' {
		t.fail("invalid character range", "")
		return
	}
	if t.class() {
		return
	}
	low, ok := t.bracketChar()
	if !ok {
		return
	}
	high := low
	if t.peek(0) == '-' && t.peek(1) != ']' && t.peek(1) != -1 {
		t.pos++
		if t.class() {
			t.fail("invalid character range", "")
			return
		}
		if high, ok = t.bracketChar(); !ok {
			return
		}
		if low > high {
			t.fail("invalid character range", "")
			return
		}
	}
	fmt.Fprintf(&t.out, `\x{%x}-\x{%x}`, low, high)
}

// class translates \d or [:alpha:], if there is one.
func (t *translator) class() bool {
	if t.peek(0) == '\\' {
		switch t.peek(1) {
		case 'd':
			t.out.WriteString(`0-9`)
		case 'D':
			t.out.WriteString(`\D`)
		case 'w':
			t.out.WriteString(wordClass)
		case 's':
			t.out.WriteString(spaceClass)
		case 'W', 'S':
			t.unsupported(`\` + string(t.peek(1)) + " in brackets")
			return true
		default:
			return false
		}
		t.pos += 2
		return true
	}
	if !t.has("[:") {
		return false
	}
	end := t.pos + 2
	for end < len(t.in) && t.in[end] != ':' && t.in[end] != ']' {
		end++
	}
	inside, ok := namedClasses[string(t.in[t.pos+2:min(end, len(t.in))])]
	if !ok || end+1 >= len(t.in) || t.in[end] != ':' || t.in[end+1] != ']' {
		t.fail("invalid character class", "")
		return true
	}
	t.pos = end + 2
	t.out.WriteString(inside)
	return true
}

// bracketChar reads one character of a bracket expression: itself, an escape, [.x.] or [=x=].
func (t *translator) bracketChar() (rune, bool) {
	switch {
	case t.peek(0) == '\\':
		return t.charEscape()
	case t.has("[.") || t.has("[="):
		if t.peek(3) != t.peek(1) || t.peek(4) != ']' {
			t.unsupported("collating elements by name")
			return 0, false
		}
		c := t.peek(2)
		t.pos += 5
		return c, true
	}
	c := t.peek(0)
	t.pos++
	return c, true
}
