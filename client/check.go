package client

import (
	"reflect"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/quipu-ledger/quipu"
)

// The servers check everything else, but cannot see this: encoding/json replaces bytes that are not UTF-8 by others
// without a word, and the append would be about another entity.

// checkTexts looks at each text of a value of the vocabulary, so that a new member is looked at as well. What is an
// interface there is the caller's own to encode: data, meta, and the variables of paths.
func checkTexts(value any) error {
	if pointer, ok := allUTF8(reflect.ValueOf(value)); !ok {
		return quipu.Errorf(quipu.Invalid, "the text is not UTF-8").At(pointer)
	}
	return nil
}

// allUTF8 reports whether all texts are UTF-8, or gives the JSON pointer of one that is not.
func allUTF8(v reflect.Value) (pointer string, ok bool) {
	switch v.Kind() {
	case reflect.String:
		return "", utf8.ValidString(v.String())
	case reflect.Pointer:
		if !v.IsNil() {
			return allUTF8(v.Elem())
		}
	case reflect.Struct:
		return allUTF8InStruct(v)
	case reflect.Map:
		return allUTF8InMap(v)
	case reflect.Slice:
		if v.Type().Elem().Kind() == reflect.Uint8 {
			return "", true // raw JSON, whose bytes are sent as they are
		}
		for i := range v.Len() {
			if pointer, ok := allUTF8(v.Index(i)); !ok {
				return "/" + strconv.Itoa(i) + pointer, false
			}
		}
	}
	return "", true
}

func allUTF8InStruct(v reflect.Value) (pointer string, ok bool) {
	for i := range v.NumField() {
		if !v.Field(i).CanInterface() {
			continue // inside of a time.Time
		}
		if pointer, ok := allUTF8(v.Field(i)); !ok {
			if name, _, _ := strings.Cut(v.Type().Field(i).Tag.Get("json"), ","); name != "" {
				pointer = "/" + name + pointer
			}
			return pointer, false
		}
	}
	return "", true
}

func allUTF8InMap(v reflect.Value) (pointer string, ok bool) {
	for each := v.MapRange(); each.Next(); {
		if key := each.Key().String(); !utf8.ValidString(key) {
			return "/" + pointerEscape.Replace(strings.ToValidUTF8(key, "\ufffd")), false
		} else if pointer, ok := allUTF8(each.Value()); !ok {
			return "/" + pointerEscape.Replace(key) + pointer, false
		}
	}
	return "", true
}

// pointerEscape is that of RFC 6901.
var pointerEscape = strings.NewReplacer("~", "~0", "/", "~1")
