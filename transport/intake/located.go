package intake

import (
	"strconv"
	"strings"

	"github.com/quipu-ledger/quipu"
)

// appendForm is how an append was written, where that is not its full form, which
// is the one that a ledger knows.
type appendForm struct {
	oneEvent     bool          // the body is the event
	oneCondition bool          // "condition" instead of "conditions"
	events       map[int]*form // by index, of those that are not written in full
}

// form is the same of one event.
type form struct {
	shorthand bool // "entity" and "key"
	eventID   bool // "eventId" instead of "id"
	inherited bool // its aggregate is the append's
	// versionLink is the pointer to the link that was added for the version, or empty.
	versionLink string
}

// Located moves an error of the ledger, which knows appends in their full form, to
// the place in the body as it was sent.
func (a *Append) Located(e *quipu.Error) *quipu.Error {
	moved := *e
	moved.Pointer = a.form.pointer(e.Pointer)
	return &moved
}

func (f *appendForm) pointer(full string) string {
	if rest, ok := strings.CutPrefix(full, "/conditions/0"); ok && f.oneCondition {
		return "/condition" + rest
	}
	if full == "/events" && f.oneEvent {
		return ""
	}
	event, rest, index, ok := cutEvent(full)
	if !ok {
		return full
	}
	if form := f.events[index]; form != nil {
		var ofAppend bool
		if rest, ofAppend = form.pointer(rest); ofAppend {
			return rest
		}
	}
	if f.oneEvent {
		return rest
	}
	return event + rest
}

// cutEvent splits "/events/2/id" into "/events/2" and "/id".
func cutEvent(pointer string) (event, rest string, index int, ok bool) {
	const list = "/events/"
	tail, ok := strings.CutPrefix(pointer, list)
	if !ok {
		return "", "", 0, false
	}
	digits, _, _ := strings.Cut(tail, "/")
	index, err := strconv.Atoi(digits)
	at := len(list) + len(digits)
	return pointer[:at], pointer[at:], index, err == nil
}

// pointer moves a pointer within the event. It reports true if the place is in the
// append instead.
func (f *form) pointer(full string) (moved string, ofAppend bool) {
	switch {
	case f.inherited && strings.HasPrefix(full, "/aggregate"):
		return full, true
	case f.shorthand && full == "/entities":
		return "/entity", false
	case f.eventID && full == "/id":
		return "/eventId", false
	case f.versionLink != "" && strings.HasPrefix(full+"/", f.versionLink+"/"):
		return "/version", false
	}
	return full, false
}
