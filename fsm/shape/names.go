package shape

import (
	"unicode"
	"unicode/utf8"

	"github.com/quipu-ledger/quipu"
)

// Name reads a string that can name an event or an entity type: 1 to 200
// characters, no control characters, and no "$" at the front unless system
// names are allowed.
func (v Value) Name(what string, system bool) (string, error) {
	s, err := v.Text()
	if err != nil {
		return "", err
	}
	if err := CheckName(what, s, system); err != nil {
		return "", err.At(v.Pointer())
	}
	return s, nil
}

// CheckName holds the rules of names.
func CheckName(what, s string, system bool) *quipu.Error {
	switch chars := utf8.RuneCountInString(s); {
	case s == "":
		return quipu.Errorf(quipu.Invalid, "%s is empty", what)
	case chars > quipu.NameCharsMax:
		return quipu.Errorf(quipu.TooLarge, "%s: %d characters, the limit is %d", what, chars, quipu.NameCharsMax)
	case s[0] == '$' && !system:
		return quipu.Errorf(quipu.Invalid, "%s %q begins with \"$\"", what, clip(s)).WithHint("such names are the ledger's own")
	}
	return checkText(what, s)
}

// CheckKey holds the rules of entity keys and idempotency keys: 1 to 512 bytes
// without control characters.
func CheckKey(what, s string) *quipu.Error {
	switch {
	case s == "":
		return quipu.Errorf(quipu.Invalid, "%s is empty", what)
	case len(s) > quipu.KeyBytesMax:
		return quipu.Errorf(quipu.TooLarge, "%s: %d bytes, the limit is %d", what, len(s), quipu.KeyBytesMax)
	}
	return checkText(what, s)
}

// Key reads a string that can be a key.
func (v Value) Key(what string) (string, error) {
	s, err := v.Text()
	if err != nil {
		return "", err
	}
	if err := CheckKey(what, s); err != nil {
		return "", err.At(v.Pointer())
	}
	return s, nil
}

func checkText(what, s string) *quipu.Error {
	for _, r := range s {
		if unicode.IsControl(r) {
			return quipu.Errorf(quipu.Invalid, "%s holds the control character U+%04X", what, r)
		}
	}
	if !utf8.ValidString(s) {
		return quipu.Errorf(quipu.Invalid, "%s is not valid UTF-8", what)
	}
	return nil
}
