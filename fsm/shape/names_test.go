package shape_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/fsm/shape"
)

func TestNames(t *testing.T) {
	for _, test := range []struct {
		what, name string
		want       quipu.Kind // "" is allowed
	}{
		{"one character", "a", ""},
		{"two hundred", strings.Repeat("é", quipu.NameCharsMax), ""},
		{"one more", strings.Repeat("é", quipu.NameCharsMax+1), quipu.TooLarge},
		{"empty", "", quipu.Invalid},
		{"dollar", "$ledger-created", quipu.Invalid},
		{"dollar inside", "a$", ""},
		{"last control character of the first row", "a\x1fb", quipu.Invalid},
		{"space", "a b", ""},
		{"delete", "a\x7f", quipu.Invalid},
		{"last control character of the second row", "a\u009f", quipu.Invalid},
		{"first behind it", "a\u00a0", ""},
		{"NUL", "a\x00b", quipu.Invalid},
		{"quotes", `Bri\ck's "dropped"`, ""},
		{"emoji", "🟧𒍪", ""},
		{"not UTF-8", "a\xff", quipu.Invalid},
		{"replacement character", "a\ufffd", ""},
	} {
		var got quipu.Kind
		if err := shape.CheckName("the name", test.name, false); err != nil {
			got = err.Kind
		}
		if got != test.want {
			t.Errorf("%s: %q, want %q", test.what, got, test.want)
		}
	}
	if err := shape.CheckName("the name", quipu.LedgerCreated, true); err != nil {
		t.Errorf("a system name where one is allowed: %v", err)
	}
}

func TestKeys(t *testing.T) {
	for _, test := range []struct {
		what, key string
		want      quipu.Kind
	}{
		{"one byte", "a", ""},
		{"512 bytes", strings.Repeat("é", quipu.KeyBytesMax/2), ""},
		{"513 bytes", strings.Repeat("é", quipu.KeyBytesMax/2) + "a", quipu.TooLarge},
		{"empty", "", quipu.Invalid},
		{"dollar", "$a", ""},
		{"newline", "a\nb", quipu.Invalid},
		{"not UTF-8", "\xc3", quipu.Invalid},
	} {
		var got quipu.Kind
		if err := shape.CheckKey("the key", test.key); err != nil {
			got = err.Kind
		}
		if got != test.want {
			t.Errorf("%s: %q, want %q", test.what, got, test.want)
		}
	}
}

func TestNamesAndKeysInABody(t *testing.T) {
	body, _ := json.Marshal(map[string]any{"event": "$x", "key": "", "long": strings.Repeat("a", 300), "ok": "a"})
	v := func(name string) shape.Value { return at(t, string(body), name) }
	if _, err := v("event").Name("the event name", false); known(t, err).Pointer != "/event" || known(t, err).Hint == "" {
		t.Errorf("%+v", err)
	}
	if _, err := v("key").Key("the key"); known(t, err).Pointer != "/key" || known(t, err).Detail != "the key is empty" {
		t.Errorf("%+v", err)
	}
	if _, err := v("long").Name("the name", false); known(t, err).Detail != "the name: 300 characters, the limit is 200" {
		t.Errorf("%+v", err)
	}
	if name, err := v("ok").Name("the name", false); name != "a" || err != nil {
		t.Errorf("%q, %v", name, err)
	}
	if key, err := v("ok").Key("the key"); key != "a" || err != nil {
		t.Errorf("%q, %v", key, err)
	}
}
