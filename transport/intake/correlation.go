package intake

import (
	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/fsm/record"
	"github.com/quipu-ledger/quipu/fsm/shape"
)

func (r *reader) readCorrelations(v shape.Value) error {
	list, err := optionalList(v)
	if err != nil || len(list) == 0 {
		return err
	}
	if len(list) > quipu.CorrelationsMax {
		return v.TooLarge("the event", len(list), quipu.CorrelationsMax, "correlations")
	}
	r.concerned = true
	r.rest.member(record.MemberCorrelations)
	r.rest.open('[')
	var seen set
	for i, element := range list {
		o, err := element.Only("service", "name", "identifier")
		if err != nil {
			return err
		}
		c, err := readTriple(o)
		if err != nil {
			return err
		}
		if !seen.add(string(record.AppendTerm(nil, quipu.EntityType(c.Service, c.Name), c.Identifier))) {
			return element.Errorf("the correlation with %.80s/%.80s %.80q stands twice", c.Service, c.Name, c.Identifier).
				WithHint("give each correlation once")
		}
		r.rest.comma(i)
		r.rest.open('{')
		r.rest.text("identifier", c.Identifier)
		r.rest.text("name", c.Name)
		r.rest.text("service", c.Service)
		r.rest.close('}')
	}
	r.rest.close(']')
	return nil
}

// optionalList reads a list; none is as good as an empty one.
func optionalList(v shape.Value) ([]shape.Value, error) {
	if !v.Exists() {
		return nil, nil
	}
	return v.Array()
}

// readTriple reads a service, a name and an identifier, which together are an
// entity's type and key.
func readTriple(o shape.Object) (c quipu.Correlation, err error) {
	for _, name := range [...]string{"service", "name", "identifier"} {
		if !o.Has(name) {
			return c, missing(o.Value(), name)
		}
	}
	if c.Service, err = readService(o.Member("service")); err != nil {
		return c, err
	}
	if c.Name, err = o.Member("name").Name("the name", true); err != nil {
		return c, err
	}
	if c.Identifier, err = o.Member("identifier").Key("the identifier"); err != nil {
		return c, err
	}
	if err := shape.CheckName("service and name together", quipu.EntityType(c.Service, c.Name), false); err != nil {
		return c, err.At(o.Value().Pointer()).
			WithHint(`they are an entity type, "service/name" with "~" and "/" in either as "~0" and "~1"`)
	}
	return c, nil
}

// readService reads the name of a service, empty for what no service has to itself.
func readService(v shape.Value) (string, error) {
	if text, err := v.Text(); err != nil || text == "" {
		return "", err
	}
	return v.Name("the service", false)
}
