package config

import (
	"strconv"
	"strings"
)

// Kind is the form of a setting's value.
type Kind int

// The kinds, with how each is written in the file.
const (
	Text    Kind = iota // a string
	Integer             // an integer
	List                // an array of strings; a repeated flag; separated by commas in the environment
)

// Definition describes one setting, for every place that it can be given at and for the help.
type Definition struct {
	Name    string
	Kind    Kind
	Default string // "" for none, or where Help says what is done without one
	Help    string // the end of the sentence "this is …"; no full stop
	Want    string // what a value must be, as said in errors and documents: "one of text, json"

	valid func(value string) bool              // of one value; for a list, of each
	store func(config *Config, value []string) // of checked values; one, unless it is a list
}

// settingFile names the one setting that cannot stand in the file.
const settingFile = "config"

// Settings is the table from which the flags, the environment's names, the file's keys, the help and the documents are made.
var Settings = []Definition{
	{
		Name: settingFile, Help: "configuration file (TOML), whose keys are the names of the other flags",
		Want: "the path of a file", valid: notEmpty,
		store: func(c *Config, v []string) { c.File = v[0] },
	},
	{
		Name: "data-dir", Default: "./quipu-data", Help: "directory that holds everything this node must not forget",
		Want: "the path of a directory", valid: notEmpty,
		store: func(c *Config, v []string) { c.DataDir = v[0] },
	},
	{
		Name: "node-id", Help: "name of this node, unique in its cluster for ever (default: the one in the data directory, else a new one)",
		Want: "1 to 64 of the characters A-Z a-z 0-9 . _ -", valid: validNodeID,
		store: func(c *Config, v []string) { c.NodeID = v[0] },
	},
	{
		Name: "api-addr", Default: "127.0.0.1:7400", Help: "address to serve the HTTP API on",
		Want: wantListen, valid: validListenAddr,
		store: func(c *Config, v []string) { c.APIAddr = v[0] },
	},
	{
		Name: "peer-addr", Default: "127.0.0.1:7401", Help: "address to serve the other nodes on (raft and calls between nodes, TCP)",
		Want: wantListen, valid: validListenAddr,
		store: func(c *Config, v []string) { c.PeerAddr = v[0] },
	},
	{
		Name: "gossip-addr", Default: "127.0.0.1:7402", Help: "address to find the other nodes on (gossip, TCP and UDP)",
		Want: wantListen, valid: validListenAddr,
		store: func(c *Config, v []string) { c.GossipAddr = v[0] },
	},
	{
		Name: "join", Kind: List, Help: "gossip address of another node (repeatable); may name this node too, so that all nodes can have the same list",
		Want: "host:port with a port of 1 to 65535, such as 10.0.0.2:7402", valid: validDialAddr,
		store: func(c *Config, v []string) { c.Join = v },
	},
	{
		Name: "bootstrap-expect", Kind: Integer, Default: "1", Help: "number of nodes that form a new cluster together; 3 or 5 to survive the loss of one or two",
		Want: "an integer from 1 to 9", valid: integerFrom(1, 9),
		store: func(c *Config, v []string) { c.BootstrapExpect, _ = strconv.Atoi(v[0]) },
	},
	{
		Name: "log-format", Default: "text", Help: "form of the log on standard error: text or json",
		Want: "text or json", valid: oneOf("text", "json"),
		store: func(c *Config, v []string) { c.LogFormat = v[0] },
	},
	{
		Name: "log-level", Default: "info", Help: "least level that is logged: debug, info, warn or error",
		Want: "debug, info, warn or error", valid: oneOf("debug", "info", "warn", "error"),
		store: func(c *Config, v []string) { c.LogLevel = v[0] },
	},
}

// Lookup finds a setting by its name.
func Lookup(name string) (Definition, bool) {
	for _, definition := range Settings {
		if definition.Name == name {
			return definition, true
		}
	}
	return Definition{}, false
}

// Flag is how the setting is written on the command line: "--api-addr".
func (d Definition) Flag() string { return "--" + d.Name }

// Env is the name of its environment variable: "QUIPU_API_ADDR". A variable that is set but empty counts as not set.
func (d Definition) Env() string {
	return envPrefix + strings.ToUpper(strings.ReplaceAll(d.Name, "-", "_"))
}

// FileKey is its key in the configuration file, "" if it cannot stand there.
func (d Definition) FileKey() string {
	if d.Name == settingFile {
		return ""
	}
	return d.Name
}

func names() []string {
	all := make([]string, 0, len(Settings))
	for _, definition := range Settings {
		all = append(all, definition.Name)
	}
	return all
}
