package format

import (
	"errors"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/fsm/shape"
)

// form is which members an object may have. There are no others.
type form []member

// member is one of a form. The example is the hint of an error that has none.
type member struct {
	name    string
	need    need
	check   func(shape.Value) error
	example string
}

// need says whether a member must be there.
type need bool

const (
	required need = true
	optional need = false
)

// check refuses an object that is not of the form.
func (f form) check(o shape.Object) error {
	names := make([]string, len(f))
	for i, m := range f {
		names[i] = m.name
	}
	if err := o.Only(names...); err != nil {
		return err
	}
	for _, m := range f {
		if err := m.in(o); err != nil {
			return err
		}
	}
	return nil
}

func (m member) in(o shape.Object) error {
	v := o.Member(m.name)
	switch {
	case v.Exists():
		return hinted(m.check(v), m.example)
	case m.need == required:
		return o.Value().Errorf("%s is missing", m.name).WithHint("%s", m.example)
	}
	return nil
}

// object is check for a value that has to be an object.
func (f form) object(v shape.Value) error {
	o, err := v.Object()
	if err != nil {
		return err
	}
	return f.check(o)
}

// hinted says what would be right in an error that does not say it yet.
func hinted(err error, example string) error {
	var known *quipu.Error
	if errors.As(err, &known) && known.Kind == quipu.Invalid && known.Hint == "" {
		return known.WithHint("%s", example)
	}
	return err
}

// The checks of single values.

func anything(shape.Value) error { return nil }

func anyText(v shape.Value) error {
	_, err := v.Text()
	return err
}

// anyObject is an object of any size, which is not looked into.
func anyObject(v shape.Value) error {
	if !v.IsObject() {
		return v.Errorf("expected an object, found %s", v.Kind())
	}
	return nil
}

// someText is a text that says something.
func someText(v shape.Value) error {
	text, err := v.Text()
	if err == nil && text == "" {
		return v.Errorf("the text is empty")
	}
	return err
}

// aName is a text that becomes a name of the ledger's: of an event, a service.
func aName(what string) func(shape.Value) error {
	return func(v shape.Value) error {
		_, err := v.Name(what, false)
		return err
	}
}

// anyName is a name that may begin with "$", such as an author's id.
func anyName(what string) func(shape.Value) error {
	return func(v shape.Value) error {
		_, err := v.Name(what, true)
		return err
	}
}

// aKey is a text that becomes the key of an entity.
func aKey(what string) func(shape.Value) error {
	return func(v shape.Value) error {
		_, err := v.Key(what)
		return err
	}
}

// aNumber is any number; what has to be whole says so.
func aNumber(v shape.Value) error {
	if b := v.Bytes(); b[0] != '-' && (b[0] < '0' || b[0] > '9') {
		return v.Errorf("expected a number, found %s", v.Kind())
	}
	return nil
}

func aBoolean(v shape.Value) error {
	_, err := v.Bool()
	return err
}

func fromOne(v shape.Value) error {
	n, err := v.Uint()
	if err == nil && n == 0 {
		return v.Errorf("the number is 0")
	}
	return err
}

// each checks the elements of an array.
func each(check func(shape.Value) error) func(shape.Value) error {
	return func(v shape.Value) error {
		list, err := v.Array()
		if err != nil {
			return err
		}
		for _, element := range list {
			if err := check(element); err != nil {
				return err
			}
		}
		return nil
	}
}
