package format

import (
	"crypto/sha256"
	"encoding/hex"
	"regexp"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/quipu-ledger/quipu/fsm/shape"
	"github.com/quipu-ledger/quipu/transport/intake"
)

const exampleTime = "a time is RFC 3339 with a zone, such as 2018-03-08T12:00:00+00:00"

// eventTime reports whether an event can keep a text as its happenedAt.
func eventTime(text string) bool { return intake.IsTime(text) }

// leapSecond is the only second that RFC 3339 has and package time has not.
var leapSecond = regexp.MustCompile(`^(.{17})60`)

// zonedTime checks for RFC 3339, of which an event keeps a little less: it knows no leap
// second, no lower-case "t" or "z" and no more than nine digits of a second.
func zonedTime(v shape.Value) error {
	text, err := v.Text()
	if err != nil {
		return err
	}
	upper := leapSecond.ReplaceAllString(strings.ToUpper(text), "${1}59")
	if new(time.Time).UnmarshalText([]byte(upper)) != nil {
		return v.Errorf("%.80q is not a time with a zone", text).WithHint(exampleTime)
	}
	return nil
}

// uuidForm is RFC 9562, section 4: version and variant at their places.
var uuidForm = regexp.MustCompile(`^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-([0-9a-fA-F])[0-9a-fA-F]{3}-([0-9a-fA-F])[0-9a-fA-F]{3}-[0-9a-fA-F]{12}$`)

// uuidVersion is the digit that says how a UUID was made, empty if the text is none.
func uuidVersion(text string) string {
	found := uuidForm.FindStringSubmatch(text)
	if found == nil || !strings.Contains("89abAB", found[2]) {
		return ""
	}
	return found[1]
}

func isUUID(text string) bool { return uuidForm.MatchString(text) }

// entityKey is the key under which a text can be found: itself, or its SHA-256 if it is
// too long for a key.
func entityKey(text string) string {
	if shape.CheckKey("the key", text) == nil {
		return text
	}
	return "sha256:" + sum(text)
}

func sum(text string) string {
	hash := sha256.Sum256([]byte(text))
	return hex.EncodeToString(hash[:])
}

// isName reports whether an event can keep a text where it has a name.
func isName(text string) bool { return shape.CheckName("the name", text, true) == nil }

// isLine reports whether an event can keep a text where it has a line of so many
// characters.
func isLine(text string, charsMax int) bool {
	chars := utf8.RuneCountInString(text)
	return chars > 0 && chars <= charsMax && !strings.ContainsFunc(text, unicode.IsControl)
}
