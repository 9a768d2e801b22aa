package selector

import (
	"errors"

	"github.com/quipu-ledger/quipu/fsm/selector/path"
	"github.com/quipu-ledger/quipu/fsm/shape"
)

func (s *Selector) parseMeta(o shape.Object) error {
	v := o.Member("meta")
	if !v.Exists() {
		return nil
	}
	q, err := parseQuery(v)
	if err != nil {
		return err
	}
	if q == nil {
		return v.Errorf("every event's meta matches this").WithHint(`write a path with a filter: {"query":"$.actor ? (@ == \"register-2\")"}`)
	}
	s.meta = q
	return nil
}

// parseQuery reads a path, or an object of a path and its variables. It gives
// nil for what matches always: {} and "$".
func parseQuery(v shape.Value) (*query, error) {
	textAt, vars := v, shape.Value{}
	if !v.IsString() {
		o, err := v.Only("query", "vars")
		if err != nil {
			return nil, err
		}
		if textAt, vars = o.Member("query"), o.Member("vars"); !textAt.Exists() {
			if vars.Exists() {
				return nil, vars.Errorf("there are variables without a query")
			}
			return nil, nil
		}
	}
	text, err := textAt.Text()
	if err != nil {
		return nil, err
	}
	q := &query{text: text}
	if vars.Exists() {
		if !vars.IsObject() {
			return nil, vars.Errorf("expected an object of variables, found %s", vars.Kind())
		}
		if q.vars, err = vars.Canonical(nil); err != nil {
			return nil, err
		}
	}
	if err := q.check(textAt); err != nil {
		return nil, err
	}
	if q.path.IsRoot() {
		return nil, nil
	}
	return q, nil
}

// check compiles the query and refuses what would not mean what it seems to.
func (q *query) check(v shape.Value) error {
	if err := q.compile(); err != nil {
		var syntax *path.SyntaxError
		if !errors.As(err, &syntax) {
			return v.Errorf("%v", err)
		}
		e := v.Errorf("%s", syntax.Message)
		e.Column, e.Hint = syntax.Column, syntax.Hint
		return e
	}
	if q.path.IsPredicate() {
		e := v.Errorf("the path is a predicate, which would match every event").
			WithHint("a query matches if its path yields an item; write the predicate as a filter: $ ? (@.x == 1) instead of $.x == 1")
		e.Column = 1
		return e
	}
	for _, name := range q.path.Variables() {
		if !q.bound.Has(name) {
			return v.Errorf("the path's variable $%s has no value", name).WithHint(`give it: {"query":…,"vars":{"%s":…}}`, name)
		}
	}
	return nil
}
