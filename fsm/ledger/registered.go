package ledger

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/fsm/canonical"
	"github.com/quipu-ledger/quipu/fsm/command"
	"github.com/quipu-ledger/quipu/fsm/record"
)

// registered holds the events against the registry. Whether an event's data fits
// its schema is found out before the append is proposed and is a fact by then; here
// only which schema counts is decided.
func (x *checking) registered() (*Outcome, error) {
	for i := range x.append.Events {
		d := &x.append.Events[i]
		entry, err := x.state.Registry.allows(d, i)
		if err == nil && (len(entry.Schemas) > 0 || entry.Rule.Required || len(d.Rest) > 0) {
			err = x.schema(d, &entry, i)
		}
		if err != nil {
			return refuse(err), nil
		}
	}
	return nil, nil
}

// schema decides on the schema of one event.
func (x *checking) schema(d *record.Draft, entry *Entry, index int) *quipu.Error {
	if x.ahead && nameDefault(d, entry) {
		x.parts[index] = d.Parts()
	}
	version, named := x.parts[index].Checked()
	switch {
	case !named && entry.Rule.Default != "", named && d.Filled&record.FilledSchema != 0 && string(version) != entry.Rule.Default:
		return registryChanged()
	case !named && entry.Rule.Required:
		return quipu.Errorf(quipu.SchemaViolation, "the event %q must name a schema, and names none", d.Name).
			At(fmt.Sprintf("/events/%d", index)).WithHint("%s", schemaToName(entry))
	case !named:
		return nil
	}
	schema, ok := entry.Schema(string(version))
	if !ok {
		return NoSchema(quipu.NotRegistered, string(d.Name), string(version), entry).At(fmt.Sprintf("/events/%d/schema", index))
	}
	if x.ahead {
		x.append.Facts.Schemas = append(x.append.Facts.Schemas, command.Schema{Event: index, Digest: schema.Digest})
		return nil
	}
	if !x.fits(index, schema.Digest) {
		return registryChanged()
	}
	return nil
}

// fits reports whether the leader has checked an event's data against a schema.
func (x *checking) fits(index int, digest record.Digest) bool {
	checked := x.append.Facts.Schemas
	i, ok := slices.BinarySearchFunc(checked, index, func(s command.Schema, index int) int { return cmp.Compare(s.Event, index) })
	return ok && checked[i].Digest == digest
}

func schemaToName(entry *Entry) string {
	versions := entry.Versions()
	if len(versions) == 0 {
		return "no schema of this event is registered yet; register one, and name its version in \"schema\""
	}
	return fmt.Sprintf("name a registered version in \"schema\"; the newest is %q", versions[len(versions)-1])
}

// nameDefault names the version that the registry means where the author named
// none. It reports whether the event has changed.
func nameDefault(d *record.Draft, entry *Entry) bool {
	filled := d.Filled&record.FilledSchema != 0
	if entry.Rule.Default == "" {
		if filled { // by an earlier look, before the registry changed
			*d = d.Without(record.FilledSchema)
		}
		return filled
	}
	if !filled && d.Member(record.MemberSchema) != nil {
		return false
	}
	d.SetMember(record.MemberSchema, canonical.AppendString(nil, entry.Rule.Default))
	d.Filled |= record.FilledSchema
	return true
}

// registryChanged is the outcome of an append that was overtaken by a change of
// the registry after its data had been checked.
func registryChanged() *quipu.Error {
	return quipu.Errorf(quipu.Unavailable, "the registry changed while the append was on its way").WithHint("send it again")
}
