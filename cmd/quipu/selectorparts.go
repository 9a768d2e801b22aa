package main

import (
	"encoding/json"
	"strings"

	"github.com/quipu-ledger/quipu"
)

// parseEvents reads NAME or NAME=PATH.
func parseEvents(texts []string, vars map[string]any) (map[string]quipu.Query, error) {
	var events map[string]quipu.Query
	for _, text := range texts {
		name, path, _ := strings.Cut(text, "=")
		if events == nil {
			events = map[string]quipu.Query{}
		}
		if _, twice := events[name]; twice {
			return nil, usagef("--event %q is given twice", name).
				withHint("join the paths: one path can have several conditions, $ ? (… || …)")
		}
		events[name] = query(path, vars)
	}
	return events, nil
}

// query is a path with the variables; without a path there is nothing that could use them.
func query(path string, vars map[string]any) quipu.Query {
	if path == "" {
		return quipu.Query{}
	}
	return quipu.Query{Path: path, Vars: vars}
}

// parseEntities reads TYPE=KEY. The key may hold further "=".
func parseEntities(texts []string) (map[string][]string, error) {
	var entities map[string][]string
	for _, text := range texts {
		entity, key, ok := strings.Cut(text, "=")
		if !ok || entity == "" || key == "" {
			return nil, usagef("--entity is %q, want TYPE=KEY", text).withHint("such as --entity patron=Harold_Cho")
		}
		if entities == nil {
			entities = map[string][]string{}
		}
		entities[entity] = append(entities[entity], key)
	}
	return entities, nil
}

// parseVars reads NAME=JSON, with or without the "$" of the path.
func parseVars(texts []string) (map[string]any, error) {
	var vars map[string]any
	for _, text := range texts {
		name, value, ok := strings.Cut(text, "=")
		if name = strings.TrimPrefix(name, "$"); !ok || name == "" {
			return nil, usagef("--var is %q, want NAME=JSON", text).withHint(`such as --var 'name="Amal"' or --var most=5`)
		}
		if !json.Valid([]byte(value)) {
			return nil, usagef("the value of --var %s is not JSON: %s", name, value).withHint(`a text needs double quotes: --var '%s="%s"'`, name, value)
		}
		if vars == nil {
			vars = map[string]any{}
		}
		vars[name] = json.RawMessage(value)
	}
	return vars, nil
}
