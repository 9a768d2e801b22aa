package intake

import (
	"errors"
	"strings"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/fsm/shape"
)

// Object reads a line or a body that must be an object. What is not JSON at all is
// said to be that.
//
// All strings are looked at here, down to the innermost. The scanner quotes what it
// cannot read, so an error in the text of encryptedData or of a file is told without
// it.
func Object(v shape.Value) (shape.Object, error) {
	o, err := object(v)
	if err != nil {
		return shape.Object{}, sealed(err)
	}
	return o, nil
}

func sealed(err error) error {
	var known *quipu.Error
	if !errors.As(err, &known) {
		return err
	}
	place, secret := secretPlace(known.Pointer)
	if !secret {
		return err
	}
	return quipu.Errorf(quipu.Invalid, "the text is not a JSON string").At(place).
		WithHint("what is wrong is not repeated, since the text is secret; encode it as JSON in UTF-8")
}

func object(v shape.Value) (shape.Object, error) {
	if !v.IsObject() {
		if _, err := v.Canonical(nil); err != nil {
			return shape.Object{}, err
		}
	}
	return v.Object()
}

// secretPlace finds in a pointer the one to the secret text that it leads into.
func secretPlace(pointer string) (place string, secret bool) {
	tokens := strings.Split(pointer, "/") // the first is empty
	event := 1
	if len(tokens) > 2 && tokens[1] == "events" {
		event = 3
	}
	in := tokens[min(event, len(tokens)):]
	switch {
	case len(in) > 0 && in[0] == "encryptedData":
		in = in[:1]
	case len(in) > 2 && in[0] == "files" && in[2] == "data":
		in = in[:3]
	default:
		return "", false
	}
	return strings.Join(tokens[:event+len(in)], "/"), true
}
