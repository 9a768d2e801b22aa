package record

import (
	"bytes"
	"cmp"
	"strconv"

	"github.com/quipu-ledger/quipu/fsm/canonical"
)

// The names of an event's optional members, which stand in Rest in this order.
const (
	MemberAggregate     = "aggregate"
	MemberCorrelations  = "correlations"
	MemberEncryptedData = "encryptedData"
	MemberFiles         = "files"
	MemberHappenedAt    = "happenedAt"
	MemberID            = "id"
	MemberLinks         = "links"
	MemberProducer      = "producer"
	MemberSchema        = "schema"
	MemberVersion       = "version"
)

// Parts are the canonical values of a draft's optional members, nil where it has
// none, as one walk over Rest gives them. They share the draft's memory.
type Parts struct {
	Aggregate, Files, ID, Links, Schema, Version []byte
}

// Parts walks over the members once, for who needs several.
func (d *Draft) Parts() (p Parts) {
	if len(d.Rest) == 0 {
		return p
	}
	_ = canonical.Members(d.Rest, func(name string, _, value []byte) bool {
		switch name {
		case MemberAggregate:
			p.Aggregate = value
		case MemberFiles:
			p.Files = value
		case MemberID:
			p.ID = value
		case MemberLinks:
			p.Links = value
		case MemberSchema:
			p.Schema = value
		case MemberVersion:
			p.Version = value
		}
		return true
	})
	return p
}

// Named gives the id and which version of it the event is; false if it has no id.
func (p *Parts) Named() (id []byte, version uint64, ok bool) {
	id, ok = unquoted(p.ID)
	return id, versionOf(p.Version, 1), ok
}

// Changed gives the aggregate as Draft.Aggregate does.
func (p *Parts) Changed() (aggregateType, key []byte, version uint64, ok bool) {
	return aggregateOf(p.Aggregate)
}

// Checked gives the version of the schema that the event names; false if it names none.
func (p *Parts) Checked() (version []byte, ok bool) { return unquoted(p.Schema) }

// Member gives an optional member's canonical value, nil if the event has none.
// It shares the draft's memory.
func (d *Draft) Member(name string) []byte {
	if len(d.Rest) == 0 {
		return nil
	}
	return member(d.Rest, name)
}

// member gives the value under a name in a canonical object.
func member(object []byte, name string) (found []byte) {
	_ = canonical.Members(object, func(key string, _, value []byte) bool {
		if key == name {
			found = value
		}
		return key < name
	})
	return found
}

// MemberText is Member for one that is a string; false if there is none.
func (d *Draft) MemberText(name string) (text []byte, ok bool) { return unquoted(d.Member(name)) }

// Version is the version of the event among those with its id: 1 if its author
// gave none.
func (d *Draft) Version() uint64 { return versionOf(d.Member(MemberVersion), 1) }

// Aggregate gives the aggregate's type and key, and the version that the event's
// append gave it, 0 in a draft that is not in a ledger yet.
func (d *Draft) Aggregate() (aggregateType, key []byte, version uint64, ok bool) {
	return aggregateOf(d.Member(MemberAggregate))
}

func aggregateOf(object []byte) (aggregateType, key []byte, version uint64, ok bool) {
	if object == nil {
		return nil, nil, 0, false
	}
	okType, okKey := false, false
	_ = canonical.Members(object, func(name string, _, value []byte) bool {
		switch name {
		case "key":
			key, okKey = unquoted(value)
		case "type":
			aggregateType, okType = unquoted(value)
		case "version":
			version = versionOf(value, 0)
		}
		return true
	})
	return aggregateType, key, version, okType && okKey
}

func versionOf(number []byte, absent uint64) uint64 {
	version, err := strconv.ParseUint(string(number), 10, 64)
	if err != nil {
		return absent
	}
	return version
}

// CorrelationTerms is Terms for the draft's correlations alone.
func (d *Draft) CorrelationTerms(buf []byte, fn func(term []byte) bool) error {
	list := d.Member(MemberCorrelations)
	if list == nil {
		return nil
	}
	t := terms{buf: buf, entity: fn}
	t.eachElement(list, t.correlation)
	return t.err()
}

// Links calls fn with each link's type, its target's term in the member index
// (see LinkTargetTerm) and the version that the target names, 0 if none, until fn
// returns false.
func (d *Draft) Links(fn func(linkType, target string, version uint64) bool) error {
	list := d.Member(MemberLinks)
	if list == nil {
		return nil
	}
	var t terms
	t.eachElement(list, func(link []byte) {
		linkType, ok := unquoted(member(link, "type"))
		target := member(link, "target")
		t.bad = !ok
		t.member = func(term []byte) bool {
			return fn(string(linkType), string(term), versionOf(member(target, "version"), 0))
		}
		if ok {
			t.linkTarget(target)
		}
	})
	return t.err()
}

// SetAggregateVersion writes into the draft the version that its append gives
// its aggregate. The draft gets a Rest of its own.
func (d *Draft) SetAggregateVersion(version uint64) {
	object := d.Member(MemberAggregate)
	end := len(aggregateFirst) + len(object) - 1 // the place of its closing brace, since it is the first member
	if !bytes.HasPrefix(d.Rest, aggregateFirst) || len(object) < 2 || member(object, "version") != nil {
		d.SetMember(MemberAggregate, withMember(object, "version", strconv.AppendUint(nil, version, 10)))
		return
	}
	rest := append(make([]byte, 0, len(d.Rest)+len(`,"version":`)+20), d.Rest[:end]...)
	rest = strconv.AppendUint(append(rest, `,"version":`...), version, 10) // the last name of the three
	d.Rest = append(rest, d.Rest[end:]...)
}

// aggregateFirst is what Rest begins with if the event has an aggregate.
var aggregateFirst = []byte(`{"` + MemberAggregate + `":`)

// SetMember puts a canonical value under a name, in the place of one that is
// there. The draft gets a Rest of its own.
func (d *Draft) SetMember(name string, value []byte) { d.Rest = withMember(d.Rest, name, value) }

// AsGiven is the draft without what the ledger gave it: as its author sent it.
func (d *Draft) AsGiven() Draft {
	given := *d
	if len(d.Rest) == 0 {
		return given
	}
	if object := d.Member(MemberAggregate); object != nil && member(object, "version") != nil {
		given.SetMember(MemberAggregate, withoutMember(object, "version"))
	}
	given.Rest, given.Filled = given.withoutFilled(), 0
	return given
}

// Without is the draft without a member that the ledger filled in.
func (d *Draft) Without(filled Filled) Draft {
	kept := *d
	kept.Filled &^= filled
	given := Draft{Rest: d.Rest, Filled: filled & d.Filled}
	kept.Rest = given.withoutFilled()
	return kept
}

// withoutFilled gives Rest without what was filled in, nil if nothing is left.
func (d *Draft) withoutFilled() []byte {
	rest := d.Rest
	if d.Filled&FilledID != 0 {
		rest = withoutMember(rest, MemberID)
	}
	if d.Filled&FilledSchema != 0 {
		rest = withoutMember(rest, MemberSchema)
	}
	if len(rest) <= len(emptyObject) {
		return nil
	}
	return rest
}

// SameContent reports whether two events say the same, whatever versions they have
// and whatever the ledger gave them.
func SameContent(a, b *Draft) bool {
	x, y := a.AsGiven(), b.AsGiven()
	return bytes.Equal(x.Name, y.Name) && bytes.Equal(x.Entities, y.Entities) &&
		bytes.Equal(x.DataOrDefault(), y.DataOrDefault()) && bytes.Equal(x.MetaOrDefault(), y.MetaOrDefault()) &&
		bytes.Equal(withoutMember(x.Rest, MemberVersion), withoutMember(y.Rest, MemberVersion))
}

// withMember is a copy of a canonical object, which may be empty bytes, that has
// the value under the name.
func withMember(object []byte, name string, value []byte) []byte {
	return rewrite(object, len(name)+len(value)+4, name, value)
}

// withoutMember is a copy of a canonical object that has nothing under the name.
func withoutMember(object []byte, name string) []byte { return rewrite(object, 0, name, nil) }

func rewrite(object []byte, room int, name string, value []byte) []byte {
	out := append(make([]byte, 0, len(object)+room+2), '{')
	put := func(rawName, v []byte) {
		if len(out) > 1 {
			out = append(out, ',')
		}
		out = append(append(append(out, rawName...), ':'), v...)
	}
	pending := value != nil
	insert := func() {
		put(canonical.AppendString(nil, name), value)
		pending = false
	}
	if len(object) > 0 {
		_ = canonical.Members(object, func(key string, rawKey, v []byte) bool {
			if pending && cmp.Compare(name, key) <= 0 {
				insert()
			}
			if key != name {
				put(rawKey, v)
			}
			return true
		})
	}
	if pending {
		insert()
	}
	return append(out, '}')
}
