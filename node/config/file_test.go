package config_test

import (
	"strings"
	"testing"
)

func TestFileIsReadStrictly(t *testing.T) {
	const known = "data-dir, node-id, api-addr, peer-addr, gossip-addr, join, bootstrap-expect, log-format, log-level"
	for _, test := range []struct{ file, want string }{
		{"# nothing\n\napi-adr = \"x\"", `quipu.toml:3: unknown key "api-adr": did you mean api-addr?`},
		{"api_addr = \"x\"", `quipu.toml:1: unknown key "api_addr": did you mean api-addr?`},
		{"colour = 1", `quipu.toml:1: unknown key "colour": known are ` + known},
		{"config = \"x.toml\"", `quipu.toml:1: unknown key "config": a configuration file cannot name another`},
		{"\n[serve]\napi-addr = \"127.0.0.1:1\"", `quipu.toml:2: unknown key "serve": known are ` + known},
		{"\n[[join]]\nx = 1", `quipu.toml:2: join is a table, want an array of strings, such as join = ["10.0.0.2:7402", "10.0.0.3:7402"]`},
		{"join = \"10.0.0.2:7402\"", `quipu.toml:1: join is the string "10.0.0.2:7402", want an array of strings, such as join = ["10.0.0.2:7402", "10.0.0.3:7402"]`},
		{"join = [\"10.0.0.2:7402\", 7]", `quipu.toml:1: join is an array of other things, want an array of strings, such as join = ["10.0.0.2:7402", "10.0.0.3:7402"]`},
		{"bootstrap-expect = \"3\"", `quipu.toml:1: bootstrap-expect is the string "3", want an integer, such as bootstrap-expect = 1`},
		{"bootstrap-expect = 3.0", `quipu.toml:1: bootstrap-expect is a float, want an integer, such as bootstrap-expect = 1`},
		{"bootstrap-expect = 10", `bootstrap-expect (file quipu.toml:1) is "10", want an integer from 1 to 9`},
		{"api-addr = 7400", `quipu.toml:1: api-addr is the integer 7400, want a string, such as api-addr = "127.0.0.1:7400"`},
		{"log-format = true", `quipu.toml:1: log-format is the boolean true, want a string, such as log-format = "text"`},
		{"data-dir = 2020-01-02", `quipu.toml:1: data-dir is a date or time, want a string, such as data-dir = "./quipu-data"`},
		{"api-addr = {host = \"x\"}", `quipu.toml:1: api-addr is a table, want a string, such as api-addr = "127.0.0.1:7400"`},
		{"join = [\n  \"a:1\",\n  # b\n]\nlog-level = 1", `quipu.toml:5: log-level is the integer 1, want a string, such as log-level = "info"`},
		{"x1234 = 1\nlog-levl = 1", `quipu.toml:1: unknown key "x1234": known are ` + known + "\n" + `quipu.toml:2: unknown key "log-levl": did you mean log-level?`},
	} {
		_, _, _, err := withFile(test.file).load()
		if err == nil || err.Error() != test.want {
			t.Errorf("%q gives:\n%v\nwant:\n%s", test.file, err, test.want)
		}
	}
}

func TestFileThatIsNotTOMLIsRefusedWithItsLine(t *testing.T) {
	for file, line := range map[string]string{
		"api-addr = 127.0.0.1:7400":                  "quipu.toml:1: ",
		"log-level = \"info\"\nlog-level = \"warn\"": "quipu.toml:2: ", // twice
		"\n\njoin = [":                               "quipu.toml:3: ",
		"\"":                                         "quipu.toml:1: ",
		"a = \"\xff\"":                               "quipu.toml:1: ",
	} {
		_, _, _, err := withFile(file).load()
		if err == nil || !strings.HasPrefix(err.Error(), line) {
			t.Errorf("%q: %v", file, err)
		}
	}
}

func TestEmptyFileChangesNothing(t *testing.T) {
	for _, file := range []string{"", "# only a comment\n", "\ufeff"} {
		if _, _, _, err := withFile(file).load(); err != nil {
			t.Errorf("%q: %v", file, err)
		}
	}
}

// A file is written by people and by tools; whatever is in it, loading ends with a configuration or an error.
func FuzzFile(f *testing.F) {
	for _, seed := range []string{"api-addr = \"127.0.0.1:1\"", "join = [\"a:1\"]", "[a.b]\nc=1", "a.b = 1", "[[a]]\n[[a.b]]", "\"\" = 1", "a = [{b=1}]"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, file string) {
		loaded, _, _, err := withFile(file).load()
		if (loaded == nil) == (err == nil) {
			t.Errorf("got %v and %v", loaded, err)
		}
	})
}
