package config

import (
	"fmt"
	"slices"
	"strings"

	"github.com/quipu-ledger/quipu"
)

const envPrefix = "QUIPU_"

// readEnvironment finds the settings in the environment, and warns of variables that look like a misspelt one. It does not
// refuse these, nor mention other QUIPU_ variables: Kubernetes puts QUIPU_SERVICE_HOST and the like into every container that
// runs beside a service called quipu.
func readEnvironment(environ []string) (found map[string]given, warnings []string) {
	found = make(map[string]given)
	for _, entry := range environ {
		name, value, _ := strings.Cut(entry, "=")
		if !strings.HasPrefix(name, envPrefix) || value == "" {
			continue
		}
		if definition, ok := lookupEnv(name); ok {
			found[definition.Name] = given{definition.splitEnv(value), Origin("environment " + name)}
		} else if near := nearestEnv(name); near != "" {
			warnings = append(warnings, fmt.Sprintf("environment variable %s is not used%s", name, hint(near)))
		}
	}
	slices.Sort(warnings) // the environment has no order that means anything
	return found, warnings
}

func lookupEnv(name string) (Definition, bool) {
	for _, definition := range Settings {
		if definition.Env() == name {
			return definition, true
		}
	}
	return Definition{}, false
}

// splitEnv takes a list apart at its commas. Blanks around an item do not count, and empty items are left out, so that a
// list may be written over several lines and end with a comma.
func (d Definition) splitEnv(value string) []string {
	if d.Kind != List {
		return []string{value}
	}
	var items []string
	for item := range strings.SplitSeq(value, ",") {
		if item = strings.TrimSpace(item); item != "" {
			items = append(items, item)
		}
	}
	return items
}

// nearestEnv is the variable that was probably meant by one that is no setting, or "". Variables of the client and of the
// tests are known, although they are no settings of a server. The prefix, which all have, does not count as likeness.
func nearestEnv(name string) string {
	const client, tests = "URL", "TEST_"
	rest := strings.TrimPrefix(name, envPrefix)
	if rest == client || strings.HasPrefix(rest, tests) {
		return ""
	}
	var known []string
	for _, definition := range Settings {
		known = append(known, strings.TrimPrefix(definition.Env(), envPrefix))
	}
	if near := quipu.Nearest(rest, known); near != "" {
		return envPrefix + near
	}
	return ""
}
