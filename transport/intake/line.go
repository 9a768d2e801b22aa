package intake

import (
	"encoding/base64"
	"encoding/json"
	"slices"
	"strings"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/fsm/canonical"
	"github.com/quipu-ledger/quipu/fsm/shape"
)

// lineMembers are those of an event that comes from its author or from an export.
var lineMembers = append(slices.Clone(EventMembers), "position")

// ReadEvent reads an event to append into the vocabulary of clients. Whether the
// object has other members is for the caller to check.
func ReadEvent(o shape.Object) (quipu.NewEvent, error) { return readNew(o, author) }

// ReadLine reads an event to append from a line of a file, which may be an export of
// another ledger: then the event has a position, and what that ledger gave it is left
// out. It is false for what an export holds beside events that can be appended: the
// ledger's own ones, and the line at the end.
func ReadLine(line shape.Value) (event quipu.NewEvent, wanted bool, err error) {
	o, err := Object(line)
	if err != nil || o.Len() == 1 && o.Has("end") {
		return event, false, err
	}
	if err := o.Only(lineMembers...); err != nil {
		return event, false, err
	}
	from := author
	if o.Has("position") {
		if name, err := o.Member("event").Text(); err == nil && quipu.System(name) {
			return event, false, nil
		}
		from = elsewhere
	}
	event, err = readNew(o, from)
	return event, err == nil, err
}

// readNew reads the event into what a ledger stores, which finds all that is wrong
// with it, and from there into what a client sends.
func readNew(o shape.Object, from origin) (event quipu.NewEvent, err error) {
	r := reader{append: new(Append), origin: from}
	needed, _ := stepsOf(o)
	if err := r.readDraft(o, needed); err != nil {
		return event, err
	}
	if err := r.add(); err != nil {
		return event, err
	}
	if err := r.checkSizes(o.Value(), o.Member("files")); err != nil {
		return event, err
	}
	return r.newEvent()
}

func (r *reader) newEvent() (quipu.NewEvent, error) {
	d := &r.draft
	event := quipu.NewEvent{Name: string(d.Name), Entities: entityMap(d.Entities)}
	if len(d.Data) > 0 {
		event.Data = json.RawMessage(d.Data)
	}
	if len(d.Meta) > 0 {
		event.Meta = json.RawMessage(d.Meta)
	}
	if len(d.Rest) > 0 {
		if err := json.Unmarshal(d.Rest, &event); err != nil { // none of its names is one of those above
			return quipu.NewEvent{}, quipu.Errorf(quipu.Internal, "an event that was read cannot be told").Because(err)
		}
	}
	for i := range r.append.Expect {
		event.Aggregate.ExpectedVersion = &r.append.Expect[i].Aggregate.Version
	}
	r.fillFiles(event.Files)
	return event, nil
}

// fillFiles puts contents back where a client has them.
func (r *reader) fillFiles(files []quipu.File) {
	if len(r.append.Files) == 0 {
		return
	}
	contents := make(map[string]string, len(r.append.Files))
	for _, f := range r.append.Files {
		contents[f.Hash.String()] = base64.StdEncoding.EncodeToString(f.Bytes)
	}
	for i := range files {
		if f := &files[i]; !f.IsReference {
			f.Data = contents[f.Hash]
		}
	}
}

// entityMap reads canonical entities, nil if there are none.
func entityMap(entities []byte) map[string][]string {
	if len(entities) <= len(noEntities) {
		return nil
	}
	byType := map[string][]string{}
	_ = canonical.Members(entities, func(entityType string, _, keys []byte) bool { // it was made canonical right before
		var list []string
		_ = canonical.Elements(keys, func(raw []byte) bool {
			key, _ := canonical.Unquote(raw)
			list = append(list, key)
			return true
		})
		byType[strings.Clone(entityType)] = list
		return true
	})
	return byType
}
