package config_test

import (
	"errors"
	"fmt"
	"io/fs"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/quipu-ledger/quipu/node/config"
)

// places is what one test gives at each place; file is the content of quipu.toml, read if config is named.
type places struct {
	flags map[string][]string
	env   []string
	file  string
}

// withFile names quipu.toml on the command line.
func withFile(content string) places {
	return places{flags: map[string][]string{"config": {"quipu.toml"}}, file: content}
}

func flag(name string, values ...string) places {
	return places{flags: map[string][]string{name: values}}
}

func (p places) load() (*config.Config, []config.Setting, []string, error) {
	return config.Load(p.flags, p.env, func(path string) ([]byte, error) {
		if path != "quipu.toml" {
			return nil, fmt.Errorf("open %s: %w", path, fs.ErrNotExist)
		}
		return []byte(p.file), nil
	})
}

func TestLoadWithoutAnythingGivesTheDefaults(t *testing.T) {
	loaded, settings, warnings, err := places{}.load()
	if err != nil || len(warnings) > 0 {
		t.Fatalf("error %v, warnings %q", err, warnings)
	}
	want := &config.Config{
		DataDir: "./quipu-data", APIAddr: "127.0.0.1:7400", PeerAddr: "127.0.0.1:7401", GossipAddr: "127.0.0.1:7402",
		BootstrapExpect: 1, LogFormat: "text", LogLevel: "info",
	}
	if !reflect.DeepEqual(loaded, want) {
		t.Errorf("got %+v, want %+v", loaded, want)
	}
	if len(settings) != len(config.Settings) {
		t.Fatalf("%d settings reported of %d", len(settings), len(config.Settings))
	}
	for i, setting := range settings {
		if definition := config.Settings[i]; setting != (config.Setting{definition.Name, definition.Default, config.OriginDefault}) {
			t.Errorf("got %+v for %s", setting, definition.Name)
		}
	}
}

// A default is not checked when loading, so it is checked here: written out, it must be accepted.
func TestEachDefaultIsValidWhenWrittenOut(t *testing.T) {
	for _, definition := range config.Settings {
		if definition.Default == "" {
			continue
		}
		if _, _, _, err := flag(definition.Name, definition.Default).load(); err != nil {
			t.Error(err)
		}
	}
}

func TestPrecedenceIsFlagThenEnvironmentThenFile(t *testing.T) {
	const file = "api-addr = \"127.0.0.1:3\"\njoin = [\"c:3\"]\nbootstrap-expect = 3\n"
	env := []string{"QUIPU_API_ADDR=127.0.0.1:2", "QUIPU_JOIN=b:2, b2:2 ,", "HOME=/home/x"}
	flags := map[string][]string{"api-addr": {"127.0.0.1:1"}, "join": {"a:1", "a2:1"}}
	for _, test := range []struct {
		places
		api, apiOrigin, join, joinOrigin string
	}{
		{places{flags, env, file}, "127.0.0.1:1", "flag --api-addr", "a:1,a2:1", "flag --join"},
		{places{nil, env, file}, "127.0.0.1:2", "environment QUIPU_API_ADDR", "b:2,b2:2", "environment QUIPU_JOIN"},
		{places{nil, nil, file}, "127.0.0.1:3", "file quipu.toml:1", "c:3", "file quipu.toml:2"},
		{places{nil, []string{"QUIPU_API_ADDR=", "QUIPU_JOIN="}, file}, "127.0.0.1:3", "file quipu.toml:1", "c:3", "file quipu.toml:2"},
		{places{nil, nil, ""}, "127.0.0.1:7400", "default", "", "default"},
	} {
		test.env = append(slices.Clip(test.env), "QUIPU_CONFIG=quipu.toml")
		loaded, settings, _, err := test.load()
		if err != nil {
			t.Fatal(err)
		}
		if loaded.APIAddr != test.api || strings.Join(loaded.Join, ",") != test.join {
			t.Errorf("got %q and %q, want %q and %q", loaded.APIAddr, loaded.Join, test.api, test.join)
		}
		for _, want := range []config.Setting{
			{"api-addr", test.api, config.Origin(test.apiOrigin)},
			{"join", test.join, config.Origin(test.joinOrigin)},
			{"config", "quipu.toml", "environment QUIPU_CONFIG"},
		} {
			if !slices.Contains(settings, want) {
				t.Errorf("no %+v in %+v", want, settings)
			}
		}
	}
}

// Each setting can be given at each place, and reaches the field of Config that is its own.
func TestEachSettingReachesItsField(t *testing.T) {
	want := &config.Config{
		DataDir: "/d", NodeID: "n1", APIAddr: "h:1", PeerAddr: "h:2", GossipAddr: "h:3", Join: []string{"h:4", "[::1]:5"},
		BootstrapExpect: 3, LogFormat: "json", LogLevel: "debug",
	}
	values := map[string]string{
		"data-dir": "/d", "node-id": "n1", "api-addr": "h:1", "peer-addr": "h:2", "gossip-addr": "h:3", "join": "h:4,[::1]:5",
		"bootstrap-expect": "3", "log-format": "json", "log-level": "debug",
	}
	fromFlags, fromEnv, file := map[string][]string{}, []string{"QUIPU_CONFIG=quipu.toml"}, ""
	for _, definition := range config.Settings {
		value, ok := values[definition.Name]
		if !ok {
			continue
		}
		fromFlags[definition.Name] = []string{value}
		fromEnv = append(fromEnv, definition.Env()+"="+value)
		switch definition.Kind {
		case config.List:
			fromFlags[definition.Name] = strings.Split(value, ",")
			file += fmt.Sprintf("%s = [\n  %q, # one\n  %q,\n]\n", definition.FileKey(), "h:4", "[::1]:5")
		case config.Integer:
			file += fmt.Sprintf("%s = %s\n", definition.FileKey(), value)
		default:
			file += fmt.Sprintf("%s = %q\n", definition.FileKey(), value)
		}
	}
	for name, given := range map[string]places{
		"flags": {flags: fromFlags}, "environment": {env: fromEnv}, "file": {env: fromEnv[:1], file: file},
	} {
		loaded, _, _, err := given.load()
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		loaded.File = ""
		if !reflect.DeepEqual(loaded, want) {
			t.Errorf("%s: got %+v, want %+v", name, loaded, want)
		}
	}
}

func TestLoadReportsAllThatIsWrong(t *testing.T) {
	given := withFile("log-level = \"loud\"\napi-addr = \"localhost\"\n")
	given.flags["node-id"] = []string{"n 1"}
	loaded, settings, _, err := given.load()
	if loaded != nil || settings != nil || err == nil {
		t.Fatalf("got %v, %v, %v", loaded, settings, err)
	}
	want := `node-id (flag --node-id) is "n 1", want 1 to 64 of the characters A-Z a-z 0-9 . _ -
api-addr (file quipu.toml:2) is "localhost", want host:port with a port of 0 to 65535, such as 127.0.0.1:7400 (0.0.0.0 for all interfaces)
log-level (file quipu.toml:1) is "loud", want debug, info, warn or error`
	if err.Error() != want {
		t.Errorf("got:\n%v\nwant:\n%s", err, want)
	}
}

func TestLoadRefusesAnUnreadableFile(t *testing.T) {
	_, _, _, err := places{env: []string{"QUIPU_CONFIG=other.toml"}}.load()
	if !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), "environment QUIPU_CONFIG") {
		t.Errorf("got %v", err)
	}
}

func TestUnknownFlagIsRefused(t *testing.T) {
	_, _, _, err := flag("api-adr", "127.0.0.1:1").load()
	if err == nil || err.Error() != "unknown flag --api-adr: did you mean api-addr?" {
		t.Errorf("got %v", err)
	}
}

func TestMisspeltEnvironmentVariablesAreWarnedOf(t *testing.T) {
	_, _, warnings, err := places{env: []string{
		"QUIPU_PEER_ADR=x", "QUIPU_API_ADDRESS=x", "QUIPU_DATADIR=/d",
		"QUIPU_URL=http://127.0.0.1:7400", "QUIPU_TEST_JOIN=1", "QUIPU_TEST_=", "MY_QUIPU_JOIN=1",
		"QUIPU_PORT=tcp://10.0.0.1:7400", "QUIPU_SERVICE_HOST=10.0.0.1", "QUIPU_PORT_7400_TCP_ADDR=10.0.0.1", // from Kubernetes
		"QUIPU_API_PORT=tcp://10.0.0.1:7400", "QUIPU_API_SERVICE_PORT=7400",
	}}.load()
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"environment variable QUIPU_API_ADDRESS is not used: did you mean QUIPU_API_ADDR?",
		"environment variable QUIPU_DATADIR is not used: did you mean QUIPU_DATA_DIR?",
		"environment variable QUIPU_PEER_ADR is not used: did you mean QUIPU_PEER_ADDR?",
	}
	if !slices.Equal(warnings, want) {
		t.Errorf("got %q, want %q", warnings, want)
	}
}

func TestExpectingOthersWithoutJoiningThemIsWarnedOf(t *testing.T) {
	_, _, warnings, err := flag("bootstrap-expect", "3").load()
	if err != nil || len(warnings) != 1 || !strings.Contains(warnings[0], "join names nobody") {
		t.Errorf("%q, %v", warnings, err)
	}
}

func TestAnEvenNumberOfNodesIsWarnedOf(t *testing.T) {
	for value, want := range map[string]int{"1": 0, "2": 1, "3": 0, "4": 1} {
		given := flag("bootstrap-expect", value)
		if value != "1" {
			given.flags["join"] = []string{"n2:7402"}
		}
		if _, _, warnings, err := given.load(); err != nil || len(warnings) != want {
			t.Errorf("%s: %q, %v", value, warnings, err)
		}
	}
}
