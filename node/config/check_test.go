package config_test

import (
	"strings"
	"testing"

	"github.com/quipu-ledger/quipu/node/config"
)

func TestValuesAreChecked(t *testing.T) {
	label := strings.Repeat("a", 63) + "."
	for name, values := range map[string]struct{ good, bad []string }{
		"config":   {[]string{"quipu.toml"}, []string{""}},
		"data-dir": {[]string{".", "/var/lib/quipu"}, []string{""}},
		"node-id": {
			[]string{"n", "N1.eu-west_3", strings.Repeat("n", 64)},
			[]string{"", strings.Repeat("n", 65), "n 1", "n/1", "ñ", "n\x00"},
		},
		"api-addr": {
			[]string{"127.0.0.1:0", "127.0.0.1:65535", "[::1]:1", "[::]:1", "[fe80::1%eth0]:1", "a.example-x.org:1", "0.0.0.0:1", label + label + label + strings.Repeat("a", 61) + ":1"},
			[]string{"", "127.0.0.1", ":1", "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:-1", "127.0.0.1:http", "::1:1", "http://127.0.0.1:1", "a b:1", "a:1/x", label + label + label + strings.Repeat("a", 62) + ":1"},
		},
		"peer-addr":        {[]string{"127.0.0.1:0"}, []string{"127.0.0.1"}},
		"gossip-addr":      {[]string{"127.0.0.1:0"}, []string{"127.0.0.1"}},
		"join":             {[]string{"127.0.0.1:1", "n2:65535"}, []string{"", "127.0.0.1:0", "n2", "n2:65536", "n2:1,n3:1"}},
		"bootstrap-expect": {[]string{"1", "3", "9"}, []string{"0", "10", "-1", "", "three", "1.0", "0x1", "99999999999999999999"}},
		"log-format":       {[]string{"text", "json"}, []string{"", "JSON", "logfmt"}},
		"log-level":        {[]string{"debug", "info", "warn", "error"}, []string{"", "trace", "INFO"}},
	} {
		definition, ok := config.Lookup(name)
		if !ok {
			t.Fatalf("no setting %s", name)
		}
		for _, value := range values.good {
			given := flag(name, value)
			switch name {
			case "config":
				given = places{flags: given.flags}
			case "join": // refused beside the default of 1
				given.flags["bootstrap-expect"] = []string{"3"}
			}
			if _, _, _, err := given.load(); err != nil {
				t.Error(err)
			}
		}
		for _, value := range values.bad {
			_, _, _, err := flag(name, value).load()
			if err == nil {
				t.Errorf("%s %q was accepted", name, value)
				continue
			}
			for _, part := range []string{name, "flag --" + name, definition.Want} {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("%q is not in: %v", part, err)
				}
			}
		}
	}
}

// The table above must not forget a setting that is added later.
func TestEachSettingIsDescribed(t *testing.T) {
	for _, definition := range config.Settings {
		if definition.Help == "" || definition.Want == "" || strings.HasSuffix(definition.Help, ".") {
			t.Errorf("%s: help %q, want %q", definition.Name, definition.Help, definition.Want)
		}
		if !strings.HasPrefix(definition.Env(), "QUIPU_") || strings.Contains(definition.Env(), "-") {
			t.Errorf("%s: environment variable %s", definition.Name, definition.Env())
		}
	}
}

func TestASettingThatIsNoListTakesOneValue(t *testing.T) {
	_, _, _, err := flag("api-addr", "127.0.0.1:1", "127.0.0.1:2").load()
	if err == nil || err.Error() != "api-addr (flag --api-addr) is given 2 times, want one value" {
		t.Errorf("got %v", err)
	}
	if _, _, _, err = flag("config", "quipu.toml", "quipu.toml").load(); err == nil {
		t.Error("two configuration files were accepted")
	}
}

func TestAddressesToListenOnMustDiffer(t *testing.T) {
	_, _, _, err := places{env: []string{"QUIPU_PEER_ADDR=127.0.0.1:7400"}}.load()
	want := "api-addr (default) and peer-addr (environment QUIPU_PEER_ADDR) are both 127.0.0.1:7400, want an address for each"
	if err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
	free := map[string][]string{"api-addr": {"127.0.0.1:0"}, "peer-addr": {"127.0.0.1:0"}, "gossip-addr": {"127.0.0.1:0"}}
	if _, _, _, err := (places{flags: free}).load(); err != nil {
		t.Errorf("any free port is never the same twice: %v", err)
	}
}

// A node that names others but forms a cluster of its own, at once and for ever, is not what anybody wants.
func TestJoinNeedsTheNumberOfNodes(t *testing.T) {
	for _, test := range []struct {
		join, expect string
		ok           bool
	}{
		{"10.0.0.2:7402", "1", false}, {"10.0.0.2:7402", "3", true}, {"127.0.0.1:7402", "1", true}, // the last one is this node itself
	} {
		given := flag("join", test.join)
		given.flags["bootstrap-expect"] = []string{test.expect}
		_, _, _, err := given.load()
		if (err == nil) != test.ok || err != nil && !strings.Contains(err.Error(), "--bootstrap-expect 3") {
			t.Errorf("join %s, expect %s: %v", test.join, test.expect, err)
		}
	}
}
