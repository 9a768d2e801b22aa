package intake

import (
	"unicode"
	"unicode/utf8"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/fsm/shape"
)

// missing is the error for a member that must be there.
func missing(v shape.Value, name string) *quipu.Error { return v.Errorf("%s is missing", name) }

// required is a member that must be there.
func required(o shape.Object, name string) (shape.Value, error) {
	v := o.Member(name)
	if !v.Exists() {
		return v, missing(o.Value(), name)
	}
	return v, nil
}

// compact gives a value's canonical form in memory of its own.
func compact(v shape.Value) ([]byte, error) { return v.Canonical(make([]byte, 0, len(v.Bytes()))) }

// fromOne reads a number of what is counted from 1.
func fromOne(v shape.Value, what string) (uint64, error) {
	number, err := v.Uint()
	if err == nil && number == 0 {
		err = v.Errorf("the %s is 0", what)
	}
	return number, hinted(err, "%ss count from 1", what)
}

// nesting is how deep arrays and objects nest in a canonical value.
func nesting(value []byte) (deepest int) {
	depth, inText := 0, false
	for i := 0; i < len(value); i++ {
		switch c := value[i]; {
		case inText && c == '\\':
			i++
		case c == '"':
			inText = !inText
		case inText:
		case c == '{', c == '[':
			depth++
			deepest = max(deepest, depth)
		case c == '}', c == ']':
			depth--
		}
	}
	return deepest
}

// set tells whether a text was there before. The first takes no memory.
type set struct {
	any   bool
	first string
	more  map[string]bool
}

// add reports false if the text is there already.
func (s *set) add(text string) bool {
	switch {
	case !s.any:
		s.any, s.first = true, text
		return true
	case text == s.first || s.more[text]:
		return false
	case s.more == nil:
		s.more = map[string]bool{}
	}
	s.more[text] = true
	return true
}

// checkLine refuses control characters, and what is not UTF-8: a part's header is not
// read as JSON.
func checkLine(v shape.Value, what, text string) error {
	for _, c := range text {
		if unicode.IsControl(c) {
			return v.Errorf("%s holds the control character U+%04X", what, c)
		}
	}
	if !utf8.ValidString(text) {
		return v.Errorf("%s is not valid UTF-8", what)
	}
	return nil
}
