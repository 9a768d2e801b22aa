package intake

import (
	"strconv"

	"github.com/quipu-ledger/quipu/fsm/record"
	"github.com/quipu-ledger/quipu/fsm/shape"
)

// readID reads the id, and the version, which the links need.
func (r *reader) readID(v shape.Value) error {
	version := r.event.Member("version")
	at, err := r.either("id", v, "eventId")
	if err != nil {
		return err
	}
	if !at.Exists() {
		if version.Exists() {
			return version.Errorf("there is a version without an id").WithHint("versions are of an id: give the id too")
		}
		return nil
	}
	if r.id, err = at.Name("the event's own id", true); err != nil {
		return err
	}
	r.form.eventID = !v.Exists()
	r.rest.text(record.MemberID, r.id)
	if version.Exists() {
		r.version, err = fromOne(version, "version")
	}
	return err
}

// readVersion writes the version at its place in the order. One that is given as 1
// is kept, like everything that an author says.
func (r *reader) readVersion(v shape.Value) error {
	if v.Exists() {
		r.rest.number(record.MemberVersion, r.version)
	}
	return nil
}

func (r *reader) idAt() shape.Value {
	if r.form.eventID {
		return r.event.Member("eventId")
	}
	return r.event.Member("id")
}

// checkVersion refuses a version of an id that an earlier event of the append has.
func (r *reader) checkVersion() error {
	if r.id == "" || !r.several {
		return nil
	}
	key := r.id + "\x00" + strconv.FormatUint(r.version, 10) // an id holds no control characters
	if earlier, known := r.versions[key]; known {
		return r.idAt().Errorf("version %d of the id %.80q is event %d already", r.version, r.id, earlier).
			WithHint("give each event an id of its own, or the next version")
	}
	if r.versions == nil {
		r.versions = map[string]int{}
	}
	r.versions[key] = len(r.append.Events)
	return nil
}
