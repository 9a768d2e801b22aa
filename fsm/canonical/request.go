package canonical

import "slices"

// envelopeDepth is how much deeper than DepthMax an input of Object and Array may nest, since a value of the
// full depth arrives inside others: an event's data inside body, list and event. The value itself meets DepthMax
// when it goes through Append.
const envelopeDepth = 8

// Member is one member of a JSON object as received.
type Member struct {
	Name   string // unescaped
	Value  []byte // a part of the input, without white space around it
	Offset int    // of Value in the input, in bytes
}

// Element is one element of a JSON array as received.
type Element struct {
	Value  []byte // a part of the input, without white space around it
	Offset int    // of Value in the input, in bytes
}

// Object splits one JSON object as received into its members, in the order of the input. Values are parts of src,
// not copies.
//
// It refuses what Append refuses, but inside values only in part: syntax, numbers and strings are checked there,
// names that occur twice and DepthMax are not. So once every value has gone through Append, Object, Array or
// String in its turn, nothing is left unchecked. Errors are *Error with places in src; Error.Within moves those
// of a value to src.
func Object(src []byte) ([]Member, error) {
	s := scanner{src: src, syntaxOnly: true, depthMax: DepthMax + envelopeDepth}
	if err := s.open('{', "an object"); err != nil {
		return nil, err
	}
	members := make([]Member, 0, 4) // most have two to eight
	var names nameSet
	for {
		more, err := s.next('}', len(members) == 0)
		if err != nil {
			return nil, err
		}
		if !more {
			break
		}
		nameOffset := s.at
		key, err := s.name()
		if err != nil {
			return nil, err
		}
		m := Member{Name: key.text(), Offset: s.at}
		if !names.add(m.Name) {
			return nil, duplicate(m.Name, nameOffset)
		}
		if err := s.value(nil, 1); err != nil {
			return nil, err.inMember(m.Name)
		}
		m.Value = src[m.Offset:s.at:s.at]
		members = append(members, m)
	}
	if err := s.end(); err != nil {
		return nil, err
	}
	return members, nil
}

// Array splits one JSON array as received into its elements. What Object says of values, checks and errors holds
// here too.
func Array(src []byte) ([]Element, error) {
	s := scanner{src: src, syntaxOnly: true, depthMax: DepthMax + envelopeDepth}
	if err := s.open('[', "an array"); err != nil {
		return nil, err
	}
	var elements []Element
	for {
		more, err := s.next(']', len(elements) == 0)
		if err != nil {
			return nil, err
		}
		if !more {
			break
		}
		start := s.at
		if err := s.value(nil, 1); err != nil {
			return nil, err.inElement(len(elements))
		}
		elements = append(elements, Element{Value: src[start:s.at:s.at], Offset: start})
	}
	if err := s.end(); err != nil {
		return nil, err
	}
	return elements, nil
}

// String returns the text of one JSON string as received. Errors are *Error with places in src.
func String(src []byte) (string, error) {
	s := scanner{src: src, syntaxOnly: true}
	if err := s.want('"', "a string"); err != nil {
		return "", err
	}
	content, err := s.text()
	if err != nil {
		return "", err
	}
	if err := s.end(); err != nil {
		return "", err
	}
	return content.text(), nil
}

// open moves behind the bracket with which the input must begin.
func (s *scanner) open(bracket byte, wanted string) *Error {
	if err := s.want(bracket, wanted); err != nil {
		return err
	}
	s.at++
	return nil
}

// want moves to the first byte of the value, which must be the given one.
func (s *scanner) want(first byte, wanted string) *Error {
	if err := s.start(); err != nil {
		return err
	}
	if s.at < len(s.src) && s.src[s.at] == first {
		return nil
	}
	found := s.kind()
	if found == "" {
		return s.unexpected(wanted)
	}
	return &Error{Offset: s.at, Message: found + " where " + wanted + " should be"}
}

// kind names the kind of the value that begins at the next byte, or "" if none does.
func (s *scanner) kind() string {
	if s.at >= len(s.src) {
		return ""
	}
	switch c := s.src[s.at]; {
	case c == '{':
		return "an object"
	case c == '[':
		return "an array"
	case c == '"':
		return "a string"
	case c == 't', c == 'f':
		return "a boolean"
	case c == 'n':
		return "null"
	case c == '-', isDigit(c):
		return "a number"
	}
	return ""
}

// fewNames is how many names a nameSet compares one by one before it makes a map. Most objects of a request have
// fewer.
const fewNames = 16

// A nameSet holds the names that one object has had so far.
type nameSet struct {
	few   [fewNames]string
	count int
	many  map[string]bool
}

// add reports false if the name is there already.
func (n *nameSet) add(name string) bool {
	if n.many != nil {
		if n.many[name] {
			return false
		}
		n.many[name] = true
		return true
	}
	if slices.Contains(n.few[:n.count], name) {
		return false
	}
	if n.count < fewNames {
		n.few[n.count] = name
		n.count++
		return true
	}
	n.many = map[string]bool{name: true}
	for _, earlier := range n.few {
		n.many[earlier] = true
	}
	return true
}
