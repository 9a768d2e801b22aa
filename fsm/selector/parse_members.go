package selector

import (
	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/fsm/record"
	"github.com/quipu-ledger/quipu/fsm/shape"
)

// parseMembers reads the parts that are one of an event's own texts, or a list
// of those that it may be.
func (s *Selector) parseMembers(o shape.Object) error {
	for _, part := range [...]struct {
		name, what string
		to         *[]string
	}{
		{"id", "the id", &s.ids},
		{"producer", "the producer", &s.producers},
		{"schema", "the schema version", &s.schemas},
	} {
		v := o.Member(part.name)
		if !v.Exists() {
			continue
		}
		list, err := texts(v)
		if err != nil {
			return err
		}
		if err := s.some(v, part.name, len(list)); err != nil {
			return err
		}
		for _, element := range list {
			text, err := element.Name(part.what, true)
			if err != nil {
				return err
			}
			*part.to = append(*part.to, text)
		}
	}
	return nil
}

// some refuses a list that could never match and that a client has most likely
// built empty by mistake, and one that is too long.
func (s *Selector) some(v shape.Value, name string, elements int) error {
	if elements == 0 {
		return v.Errorf("the list under %q is empty", name).WithHint("give at least one, or leave the member out for all")
	}
	return s.room(v, elements)
}

// tripleExample is what hints say of correlations, and of aggregates in that form.
const tripleExample = `{"service":"article-store","name":"article","identifier":"10627"`

func (s *Selector) parseCorrelations(o shape.Object) error {
	v := o.Member("correlations")
	if !v.Exists() {
		return nil
	}
	if !v.IsArray() {
		return v.Errorf("expected an array of correlations, found %s", v.Kind()).WithHint("write [" + tripleExample + "}]")
	}
	list, err := v.Array()
	if err != nil {
		return err
	}
	if err := s.some(v, "correlations", len(list)); err != nil {
		return err
	}
	for _, element := range list {
		one, err := element.Only("service", "name", "identifier")
		if err != nil {
			return err
		}
		c, err := parseTriple(one, "the correlation", tripleExample+"}")
		if err != nil {
			return err
		}
		entityType, key := c.Entity()
		s.correlations = append(s.correlations, string(record.AppendTerm(nil, entityType, key)))
	}
	return nil
}

// parseTriple reads a service, a name and an identifier, all of which must be
// there, and together be a type and a key.
func parseTriple(o shape.Object, what, example string) (c quipu.Correlation, err error) {
	for _, name := range [...]string{"service", "name", "identifier"} {
		if !o.Has(name) {
			return c, o.Value().Errorf("%s has no %s", what, name).WithHint("write %s", example)
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
	entityType, _ := c.Entity()
	if err := shape.CheckName("service and name together", entityType, true); err != nil {
		return c, err.At(o.Value().Pointer()).WithHint(`they are an entity type, "service/name" with "~" and "/" in either as "~0" and "~1"`)
	}
	return c, nil
}

// readService reads the name of a service, empty for what no service has to itself.
func readService(v shape.Value) (string, error) {
	if text, err := v.Text(); err != nil || text == "" {
		return "", err
	}
	return v.Name("the service", true)
}
