package path

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
)

// Vars are the values of a path's variables. The zero value has none. Vars are never changed after ParseVars and may
// be used by any number of goroutines.
type Vars struct {
	object []byte
	list   []variable // sorted by name
}

type variable struct {
	name  string
	value []byte
}

// errVars says that the variables are not an object. The edge has checked that already, with a better message.
var errVars = errors.New("variables are not a canonical JSON object")

// ParseVars reads variables from a canonical JSON object, whose member names are the variables' names without the
// dollar. Nil means none. The bytes are copied.
func ParseVars(object []byte) (Vars, error) {
	if object == nil {
		return Vars{}, nil
	}
	if len(object) == 0 || object[0] != '{' || !json.Valid(object) {
		return Vars{}, errVars
	}
	v := Vars{object: slices.Clone(object)}
	for _, m := range listMembers(v.object) {
		v.list = append(v.list, variable{string(unquoted(m.name)), m.value})
	}
	slices.SortFunc(v.list, func(a, b variable) int { return strings.Compare(a.name, b.name) })
	return v, nil
}

// Has reports whether there is a variable of this name, given without the dollar.
func (v Vars) Has(name string) bool {
	_, ok := v.get(name)
	return ok
}

func (v Vars) get(name string) ([]byte, bool) {
	i, ok := slices.BinarySearchFunc(v.list, name, func(a variable, name string) int { return strings.Compare(a.name, name) })
	if !ok {
		return nil, false
	}
	return v.list[i].value, true
}
