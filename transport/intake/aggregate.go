package intake

import (
	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/fsm/command"
	"github.com/quipu-ledger/quipu/fsm/record"
	"github.com/quipu-ledger/quipu/fsm/shape"
)

const exampleAggregate = `an aggregate is such as {"type":"order","key":"o-17","expectedVersion":2}`

// aggregate is one that an event or an append names.
type aggregate struct {
	quipu.NewAggregate
	expectedAt shape.Value
	// version is the one that a ledger has given the event, in an export.
	version uint64
}

// readShared reads the aggregate of an append, which is that of each event without
// one of its own.
func (r *reader) readShared(v shape.Value) error {
	if !v.Exists() {
		return nil
	}
	shared, err := r.parseAggregate(v)
	r.shared = &shared
	return hinted(err, exampleAggregate)
}

// checkShared refuses an aggregate that no event belongs to: what it expects would
// be checked by nobody.
func (r *reader) checkShared(v shape.Value) error {
	if r.shared == nil || r.taken {
		return nil
	}
	return v.Errorf("no event belongs to the append's aggregate, since each has its own").
		WithHint(`leave it out; to demand a version of it all the same, add the condition {"aggregate":{"type":…,"key":…,"version":…}}`)
}

func (r *reader) readAggregate(v shape.Value) error {
	named := r.shared
	if v.Exists() {
		own, err := r.parseAggregate(v)
		if err != nil {
			return err
		}
		named = &own
	} else if named != nil {
		r.taken, r.form.inherited = true, true
	}
	if named == nil {
		return nil
	}
	r.concerned = true
	r.rest.member(record.MemberAggregate)
	r.rest.open('{')
	r.rest.text("key", named.Key)
	r.rest.text("type", named.Type)
	if r.origin == stored {
		r.rest.number("version", named.version)
	}
	r.rest.close('}')
	return r.expect(named)
}

// parseAggregate reads either form of an aggregate.
func (r *reader) parseAggregate(v shape.Value) (a aggregate, err error) {
	o, err := v.Object()
	if err != nil {
		return a, err
	}
	if err := r.aggregateVersion(o, &a); err != nil {
		return a, err
	}
	known := []string{"type", "key", "expectedVersion", "service", "name", "identifier", "version"}
	if r.origin == stored {
		known = []string{"type", "key", "version"}
	}
	if err := o.Only(known...); err != nil {
		return a, err
	}
	if o.Has("service") || o.Has("name") || o.Has("identifier") {
		a.Type, a.Key, err = aggregateOfTriple(o)
	} else {
		a.Type, a.Key, err = aggregateOfPair(o)
	}
	if err != nil {
		return a, err
	}
	if a.expectedAt = o.Member("expectedVersion"); a.expectedAt.Exists() {
		var expected uint64
		expected, err = a.expectedAt.Uint()
		a.ExpectedVersion = &expected
	}
	return a, err
}

// aggregateVersion reads the version that a ledger gave, where the event is from one.
func (r *reader) aggregateVersion(o shape.Object, a *aggregate) (err error) {
	version := o.Member("version")
	switch {
	case version.Exists() && r.origin == author:
		return version.Errorf("the aggregate's version is the ledger's to give").
			WithHint("the version that it must have before the append is its expectedVersion")
	case version.Exists():
		a.version, err = fromOne(version, "version")
	case r.origin == stored:
		return missing(o.Value(), "version")
	}
	return err
}

func aggregateOfPair(o shape.Object) (aggregateType, key string, err error) {
	typeAt, err := required(o, "type")
	if err != nil {
		return "", "", err
	}
	keyAt, err := required(o, "key")
	if err != nil {
		return "", "", err
	}
	if aggregateType, err = typeAt.Name("the aggregate's type", false); err != nil {
		return "", "", err
	}
	key, err = keyAt.Key("the aggregate's key")
	return aggregateType, key, err
}

func aggregateOfTriple(o shape.Object) (aggregateType, key string, err error) {
	if o.Has("type") || o.Has("key") {
		return "", "", o.Value().Errorf("the aggregate is named in two ways").
			WithHint("give either type and key, or service, name and identifier")
	}
	c, err := readTriple(o)
	aggregateType, key = c.Entity()
	return aggregateType, key, err
}

// expect notes the version that the aggregate must have, each aggregate once.
func (r *reader) expect(a *aggregate) error {
	if a.ExpectedVersion == nil {
		return nil
	}
	want := quipu.Aggregate{Type: a.Type, Key: a.Key, Version: *a.ExpectedVersion}
	term := record.AggregateTerm(a.Type, a.Key)
	if i, known := r.expected[term]; known {
		earlier := r.append.Expect[i]
		if earlier.Aggregate == want {
			return nil
		}
		return a.expectedAt.Errorf("the aggregate %.80s %.80q is expected at version %d, and by event %d at version %d",
			a.Type, a.Key, want.Version, earlier.Event, earlier.Aggregate.Version).
			WithHint("all events of one append to an aggregate are one change of it; expect one version")
	}
	if r.expected == nil {
		r.expected = map[string]int{}
	}
	r.expected[term] = len(r.append.Expect)
	r.append.Expect = append(r.append.Expect, command.Expectation{Event: len(r.append.Events), Aggregate: want})
	return nil
}
