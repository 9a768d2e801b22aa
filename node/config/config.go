// Package config merges the settings of `quipu serve` from the command line, the environment, one TOML file and the
// defaults, in this order of precedence, and remembers where each value came from. It is not the command line's parser, and
// it opens, binds and resolves nothing: what it returns is well formed, but may still name a port that is taken.
//
// Everything follows from one table, [Settings]: a setting called api-addr is the flag --api-addr, the environment variable
// QUIPU_API_ADDR and the file's key api-addr. A list that is given at one place replaces the list of a lower one whole.
package config

import (
	"errors"
	"fmt"
	"strings"

	"github.com/quipu-ledger/quipu"
)

// Config is what `quipu serve` runs with. Each field is documented by the Help of its setting; each value that did not come
// from the defaults has been checked.
type Config struct {
	File            string // the configuration file that was read, "" for none
	DataDir         string
	NodeID          string // "" means: the one kept in DataDir, else a new one
	APIAddr         string // host:port, as are the next two
	PeerAddr        string
	GossipAddr      string
	Join            []string // gossip addresses, host:port
	BootstrapExpect int
	LogFormat       string // "text" or "json"
	LogLevel        string // "debug", "info", "warn" or "error"
}

// Origin says where a value came from: "default", "file quipu.toml:3", "environment QUIPU_API_ADDR", "flag --api-addr".
type Origin string

// OriginDefault is the origin of a value that was given nowhere.
const OriginDefault Origin = "default"

// Setting is one value with its origin, for people to read (`quipu config print`).
type Setting struct {
	Name   string
	Value  string // a list is joined by commas, as its environment variable would be written
	Origin Origin
}

// given is what one place says about one setting. A setting that is not a list has exactly one value.
type given struct {
	values []string
	origin Origin
}

// Load merges all places. flags maps a setting's name to the values given on the command line, in order; environ is as
// os.Environ gives it; readFile is os.ReadFile or its stand-in, and is called at most once.
//
// It returns the configuration, each setting in the order of [Settings], and warnings to show: each is a sentence about
// something that works but was probably not meant. The error joins all that is wrong with the values, one line each, with
// the setting, its origin, the value and what would be right; then the other results are nil, apart from the warnings.
func Load(flags map[string][]string, environ []string, readFile func(string) ([]byte, error)) (*Config, []Setting, []string, error) {
	onCommandLine, err := readFlags(flags)
	if err != nil {
		return nil, nil, nil, err
	}
	inEnvironment, warnings := readEnvironment(environ)
	inFile, err := readSettingsFile(first(settingFile, onCommandLine, inEnvironment), readFile)
	if err != nil {
		return nil, nil, warnings, err
	}

	config, settings, wrong := &Config{}, make([]Setting, 0, len(Settings)), []error(nil)
	for _, definition := range Settings {
		value := first(definition.Name, onCommandLine, inEnvironment, inFile)
		if err := definition.check(value); err != nil {
			wrong = append(wrong, err)
			continue
		}
		definition.store(config, value.values)
		settings = append(settings, Setting{definition.Name, strings.Join(value.values, ","), value.origin})
	}
	wrong = append(wrong, clashes(settings)...)
	if err := alone(config); err != nil {
		wrong = append(wrong, err)
	}
	if err := errors.Join(wrong...); err != nil {
		return nil, nil, warnings, err
	}
	return config, settings, append(warnings, doubts(config)...), nil
}

// first is what the first place that says something about a setting says, or its default.
func first(name string, places ...map[string]given) given {
	for _, place := range places {
		if value, ok := place[name]; ok {
			return value
		}
	}
	definition, _ := Lookup(name)
	if definition.Default == "" && definition.Kind == List {
		return given{nil, OriginDefault}
	}
	return given{[]string{definition.Default}, OriginDefault}
}

// readFlags takes over what the command line gave. It refuses a name that is no setting, which the command line's parser
// should have done, rather than to run without it.
func readFlags(flags map[string][]string) (map[string]given, error) {
	found := make(map[string]given, len(flags))
	for name, values := range flags {
		definition, ok := Lookup(name)
		if !ok {
			return nil, fmt.Errorf("unknown flag --%s%s", name, hint(quipu.Nearest(name, names())))
		}
		if len(values) > 0 {
			found[name] = given{values, Origin("flag " + definition.Flag())}
		}
	}
	return found, nil
}

// doubts lists what is allowed but was probably not meant.
func doubts(config *Config) []string {
	if n := config.BootstrapExpect; n%2 == 0 {
		return []string{fmt.Sprintf("bootstrap-expect is %d: a cluster of %d survives the loss of no more nodes than one of %d", n, n, n-1)}
	}
	if config.BootstrapExpect > 1 && len(config.Join) == 0 {
		return []string{fmt.Sprintf("bootstrap-expect is %d and join names nobody: this node waits until another one joins it", config.BootstrapExpect)}
	}
	return nil
}

// hint is the end of a sentence about an unknown name.
func hint(nearest string) string {
	if nearest == "" {
		return ""
	}
	return fmt.Sprintf(": did you mean %s?", nearest)
}
