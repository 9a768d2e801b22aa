package config

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/BurntSushi/toml"

	"github.com/quipu-ledger/quipu"
)

// readSettingsFile reads the configuration file, if one is named. It is strict: an unknown key, a wrong type or a syntax
// error refuses the whole file, because a setting that is silently not used is found out at the worst moment.
func readSettingsFile(named given, readFile func(string) ([]byte, error)) (map[string]given, error) {
	path := named.values[0]
	if named.origin == OriginDefault {
		return nil, nil
	}
	definition, _ := Lookup(settingFile)
	if err := definition.check(named); err != nil {
		return nil, err
	}
	content, err := readFile(path)
	if err != nil {
		return nil, fmt.Errorf("read the configuration file (%s): %w", named.origin, err)
	}
	return parseFile(path, string(content))
}

// parseFile finds the settings in the file's content; path is for messages and origins only.
func parseFile(path, content string) (map[string]given, error) {
	var top map[string]toml.Primitive
	meta, err := toml.Decode(content, &top)
	if syntax := (toml.ParseError{}); errors.As(err, &syntax) {
		return nil, fmt.Errorf("%s:%d: %s", path, syntax.Position.Line, syntax.Message)
	} else if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}

	found, wrong := make(map[string]given, len(top)), []error(nil)
	for _, key := range meta.Keys() {
		if len(key) > 1 {
			continue // inside a table, which is refused as a whole
		}
		place, value := locate(path, meta, top[key[0]])
		definition, ok := lookupFileKey(key[0])
		if !ok {
			wrong = append(wrong, fmt.Errorf("%s: unknown key %q%s", place, key[0], hintFileKey(key[0])))
			continue
		}
		values, ok := definition.fromTOML(value)
		if !ok {
			wrong = append(wrong, fmt.Errorf("%s: %s is %s, want %s", place, key[0], describe(value), definition.wantTOML()))
			continue
		}
		found[definition.Name] = given{values, Origin("file " + place)}
	}
	return found, errors.Join(wrong...)
}

// witness takes a TOML value as it is and then fails on purpose. The library keeps the place of each key to itself, and tells
// it only in the error about a value that was not taken.
type witness struct{ value any }

var errWitness = errors.New("the witness has seen the value")

func (w *witness) UnmarshalTOML(value any) error {
	w.value = value
	return errWitness
}

// locate gives a key's value and its place, "quipu.toml:3".
func locate(path string, meta toml.MetaData, primitive toml.Primitive) (place string, value any) {
	var seen witness
	var told toml.ParseError
	if err := meta.PrimitiveDecode(primitive, &seen); errors.As(err, &told) && told.Position.Line > 0 {
		path += ":" + strconv.Itoa(told.Position.Line)
	}
	return path, seen.value
}

func lookupFileKey(key string) (Definition, bool) {
	definition, ok := Lookup(key)
	return definition, ok && definition.FileKey() != ""
}

func hintFileKey(key string) string {
	if key == settingFile {
		return ": a configuration file cannot name another"
	}
	known := names()[1:] // without config itself, which is the first
	if near := quipu.Nearest(key, known); near != "" {
		return hint(near)
	}
	return ": known are " + strings.Join(known, ", ")
}

// fromTOML turns a value of the file into the text that the other places would have given.
func (d Definition) fromTOML(value any) (values []string, ok bool) {
	switch value := value.(type) {
	case string:
		return []string{value}, d.Kind == Text
	case int64:
		return []string{strconv.FormatInt(value, 10)}, d.Kind == Integer
	case []any:
		for _, item := range value {
			text, isText := item.(string)
			if !isText {
				return nil, false
			}
			values = append(values, text)
		}
		return values, d.Kind == List
	}
	return nil, false
}

func (d Definition) wantTOML() string {
	switch d.Kind {
	case Integer:
		return fmt.Sprintf("an integer, such as %s = %s", d.Name, d.Default)
	case List:
		return fmt.Sprintf(`an array of strings, such as %s = ["10.0.0.2:7402", "10.0.0.3:7402"]`, d.Name)
	default:
		return fmt.Sprintf("a string, such as %s = %q", d.Name, d.Default)
	}
}

// describe names the TOML type of a value.
func describe(value any) string {
	switch value := value.(type) {
	case string:
		return fmt.Sprintf("the string %q", value)
	case int64:
		return fmt.Sprintf("the integer %d", value)
	case float64:
		return "a float"
	case bool:
		return fmt.Sprintf("the boolean %t", value)
	case []any: // a list that is one of strings is never described, as no other kind of setting is an array
		return "an array of other things"
	case map[string]any, []map[string]any:
		return "a table"
	default:
		return "a date or time"
	}
}
