package intake

import (
	"strings"
	"time"
	"unicode/utf8"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/fsm/record"
	"github.com/quipu-ledger/quipu/fsm/shape"
)

func (r *reader) readName(v shape.Value) error {
	if !v.Exists() {
		return missing(r.event.Value(), "event")
	}
	name, err := v.Name("the event name", r.origin == stored)
	r.draft.Name = []byte(name)
	return err
}

// readData reads data. What stands for the default is left empty, so that an absent
// data and a null one have the same digest.
func (r *reader) readData(v shape.Value) (err error) {
	if !v.Exists() || v.IsNull() {
		return nil
	}
	if r.draft.Data, err = compact(v); err != nil {
		return err
	}
	return r.bound(v, "the event's data", len(r.draft.Data), quipu.DataBytesMax, "bytes")
}

// readMeta reads meta, and leaves it empty like data.
func (r *reader) readMeta(v shape.Value) error {
	if !v.Exists() {
		return nil
	}
	if !v.IsObject() {
		return v.Errorf("meta is %s", v.Kind()).WithHint(`meta is an object, such as {"actor":"register-2"}, or is left out`)
	}
	meta, err := compact(v)
	if err != nil {
		return err
	}
	if string(meta) != "{}" {
		r.draft.Meta = meta
	}
	return r.bound(v, "the event's meta", len(meta), quipu.MetaBytesMax, "bytes")
}

// readEncryptedData never says in an error what it has read.
func (r *reader) readEncryptedData(v shape.Value) error {
	if !v.Exists() {
		return nil
	}
	text, err := v.Text()
	if err != nil {
		return err
	}
	if text == "" {
		return v.Errorf("the encrypted data is empty")
	}
	r.rest.text(record.MemberEncryptedData, text)
	return r.bound(v, "the encrypted data", len(text), quipu.EncryptedDataBytesMax, "bytes")
}

// happenedCharsMax is the length of a time with nanoseconds and a numeric zone; what is longer has digits that no clock
// gives.
const happenedCharsMax = len("2006-01-02T15:04:05.999999999-07:00")

const exampleTime = "write RFC 3339 with a zone, such as 2021-11-16T03:30:47.430415Z"

func (r *reader) readHappenedAt(v shape.Value) error {
	v, err := r.either("happenedAt", v, "timestamp")
	if err != nil || !v.Exists() {
		return err
	}
	text, err := v.Text()
	if err != nil {
		return err
	}
	if !isTime(text) || r.origin != stored && !IsTime(text) {
		return v.Errorf("%.80q is not a time", text).WithHint(exampleTime)
	}
	r.rest.text(record.MemberHappenedAt, text)
	return nil
}

func isTime(text string) bool {
	return len(text) <= happenedCharsMax && new(time.Time).UnmarshalText([]byte(text)) == nil
}

// IsTime reports whether a text can be the time when an event happened. It refuses
// what package time takes although RFC 3339 does not have it (https://go.dev/issue/54580):
// an hour of one digit, a comma, a zone of 24 hours or of 60 minutes. Who reads the
// event elsewhere could not read these.
func IsTime(text string) bool {
	if !isTime(text) || text[len("2006-01-02T15")] != ':' || strings.Contains(text, ",") {
		return false
	}
	zone := text[len(text)-len("07:00"):]
	return strings.HasSuffix(zone, "Z") || zone[:2] < "24" && zone[3:] < "60"
}

func (r *reader) readProducer(v shape.Value) error {
	return r.readText(v, record.MemberProducer, "the producer")
}

func (r *reader) readSchema(v shape.Value) error {
	return r.readText(v, record.MemberSchema, "the schema version")
}

func (r *reader) readText(v shape.Value, member, what string) error {
	if !v.Exists() {
		return nil
	}
	text, err := v.Name(what, true)
	if err != nil {
		return err
	}
	r.rest.text(member, text)
	return nil
}

// either gives the one of two members that say the same. In an event that a ledger
// has given, the alias is the ledger's.
func (r *reader) either(name string, v shape.Value, aliasName string) (shape.Value, error) {
	alias := r.event.Member(aliasName)
	if !alias.Exists() || r.origin != author {
		return v, nil
	}
	if v.Exists() {
		return v, alias.Errorf("both %s and %s are given", name, aliasName).WithHint("%s is kept as %s; give one of them", aliasName, name)
	}
	return alias, nil
}

// bound refuses what passes a limit, except in an event that passed it long ago.
func (r *reader) bound(v shape.Value, what string, got, limit int, unit string) error {
	if got <= limit || r.origin == stored {
		return nil
	}
	return v.TooLarge(what, got, limit, unit)
}

// boundChars is bound for a text that must not be empty.
func (r *reader) boundChars(v shape.Value, what, text string, limit int) error {
	if text == "" {
		return v.Errorf("%s is empty", what)
	}
	return r.bound(v, what, utf8.RuneCountInString(text), limit, "characters")
}
