package path_test

import (
	"encoding/json"
	"errors"
	"testing"
	"unicode/utf8"

	"github.com/quipu-ledger/quipu/fsm/selector/path"
)

// seedPaths are one path of each kind.
var seedPaths = []string{
	`$`, `lax $.a."b c"[*].*.**{1 to last}`, `$.a ? (@ == 1 && !(@.b starts with $x) || exists(@.c[last - 1 to 2]))`,
	`-(1.50e2).abs() + .5 % $"x y"`, `(($.a like_regex "^(a|b)+[^c]\\d{2,3}$" flag "im") is unknown).type()`,
	`$.a.datetime("YYYY-MM-DD\"T\"HH24:MI").string()`, `$.keyvalue().value.decimal(5, -2)`, `"\u{1F600}\x41\ud83d\ude00" /* c */`,
	`0B2.0`, `9223372036854775808`, `$[1e400]`, `"`, `$.a\`, `$ ? (((((`, `$.a like_regex "[[:alpha:]-\\"`, `$.**{`, "$.\xff",
}

// FuzzCompile holds that no text panics, that errors have a place within the text, and that printing and compiling
// again changes nothing.
func FuzzCompile(f *testing.F) {
	for _, text := range seedPaths {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		p, err := path.Compile(text)
		if err != nil {
			var bad *path.SyntaxError
			if !errors.As(err, &bad) || bad.Column < 1 || bad.Column > utf8.RuneCountInString(text)+1 || bad.Message == "" {
				t.Fatalf("error %#v", err)
			}
			return
		}
		again, err := path.Compile(p.Canonical())
		if err != nil || again.Canonical() != p.Canonical() {
			t.Fatalf("%q is printed as %q, which gives %v, %v", text, p.Canonical(), again, err)
		}
	})
}

// FuzzExists holds that no document panics, not even one that is no JSON; that Exists and Query agree; and that both
// take the same steps each time.
func FuzzExists(f *testing.F) {
	for i, text := range seedPaths {
		f.Add(text, event200, uint64(i))
		f.Add(text, `{"a":[{"b":1.50e1},[null,true,"2020-01-01T10:20"],{}],"b c":"x\"\\ud83d"}`, uint64(i))
		f.Add(text, `{"a":{"b`, uint64(i))
	}
	f.Fuzz(func(t *testing.T, text, doc string, seed uint64) {
		if _, err := path.Compile(text); err != nil {
			text = newGenerator(seed).path()
		}
		if doc == "" {
			doc = canonical(t, newGenerator(seed).document(4))
		}
		p, err := path.Compile(text)
		if err != nil {
			return
		}
		v := vars(t, `{"x":5,"y":"abc","z":[1,"a",null]}`)
		steps, stepsAgain, stepsQuery := 20_000, 20_000, 40_000
		found, err := p.Exists([]byte(doc), v, &steps)
		again, errAgain := p.Exists([]byte(doc), v, &stepsAgain)
		if found != again || err != errAgain || steps != stepsAgain {
			t.Fatalf("%s on %s: %v, %v, %d and then %v, %v, %d", text, doc, found, err, steps, again, errAgain, stepsAgain)
		}
		items, errQuery := p.Query([]byte(doc), v, &stepsQuery)
		if err != nil || errQuery != nil || !json.Valid([]byte(doc)) {
			return
		}
		if found != (len(items) > 0) {
			t.Fatalf("%s on %s: exists is %v, items %q", text, doc, found, items)
		}
		for _, one := range items {
			if canonical(t, doc) == doc && !json.Valid(one) {
				t.Fatalf("%s on %s: the item %q is no JSON", text, doc, one)
			}
		}
	})
}
