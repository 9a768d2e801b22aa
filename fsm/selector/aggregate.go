package selector

import (
	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/fsm/shape"
)

// aggregateMember is what tells a condition on an aggregate from a selector.
const aggregateMember = "aggregate"

// IsAggregateCondition reports whether a condition is meant to be one on the
// version of an aggregate, for ParseAggregateCondition, and not a selector.
func IsAggregateCondition(v shape.Value) bool {
	if !v.IsObject() {
		return false
	}
	o, err := v.Object()
	return err == nil && o.Has(aggregateMember)
}

// ParseAggregateCondition reads the condition that an aggregate is at a version,
// 0 if there must be none, in either form:
//
//	{"aggregate": {"type": "order", "key": "o-17", "version": 3}}
//	{"aggregate": {"service": "orders", "name": "order", "identifier": "o-17", "version": 3}}
func ParseAggregateCondition(v shape.Value) (quipu.Aggregate, error) {
	o, err := v.Object()
	if err != nil {
		return quipu.Aggregate{}, err
	}
	err = o.Each(func(name string, beside shape.Value) error {
		if name == aggregateMember {
			return nil
		}
		return beside.Errorf("%.80q stands beside an aggregate", name).
			WithHint("an aggregate is alone in its condition; put the rest into a condition of its own")
	})
	if err != nil {
		return quipu.Aggregate{}, err
	}
	if !o.Has(aggregateMember) {
		return quipu.Aggregate{}, v.Errorf("the condition has no aggregate").WithHint("write " + aggregateExample)
	}
	return parseAggregate(o.Member(aggregateMember))
}

const aggregateExample = `{"aggregate":{"type":"order","key":"o-17","version":3}}`

func parseAggregate(v shape.Value) (a quipu.Aggregate, err error) {
	o, err := v.Object()
	if err != nil {
		return a, err
	}
	if expected := o.Member("expectedVersion"); expected.Exists() {
		return a, expected.Errorf("expectedVersion is for events").WithHint("in a condition, write " + aggregateExample)
	}
	if err := o.Only("type", "key", "service", "name", "identifier", "version"); err != nil {
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
	version := o.Member("version")
	if !version.Exists() {
		return a, v.Errorf("the aggregate has no version").
			WithHint(`write {"type":"order","key":"o-17","version":3}, with 0 if there must be no such aggregate`)
	}
	a.Version, err = version.Uint()
	return a, err
}

func aggregateOfPair(o shape.Object) (aggregateType, key string, err error) {
	for _, name := range [...]string{"type", "key"} {
		if !o.Has(name) {
			return "", "", o.Value().Errorf("the aggregate has no %s", name).WithHint("write " + aggregateExample)
		}
	}
	if aggregateType, err = o.Member("type").Name("the aggregate's type", false); err != nil {
		return "", "", err
	}
	key, err = o.Member("key").Key("the aggregate's key")
	return aggregateType, key, err
}

func aggregateOfTriple(o shape.Object) (aggregateType, key string, err error) {
	if o.Has("type") || o.Has("key") {
		return "", "", o.Value().Errorf("the aggregate is named in two ways").
			WithHint("give either type and key, or service, name and identifier")
	}
	c, err := parseTriple(o, "the aggregate", `{"aggregate":`+tripleExample+`,"version":3}}`)
	if err != nil {
		return "", "", err
	}
	aggregateType, key = c.Entity()
	if err := shape.CheckName("the aggregate's type", aggregateType, false); err != nil {
		return "", "", err.At(o.Value().Pointer())
	}
	return aggregateType, key, nil
}
