package path_test

import (
	"errors"
	"strings"
	"sync"
	"testing"

	"github.com/quipu-ledger/quipu/fsm/selector/path"
)

// TestExistsTakesErrorsForNoMatch holds the difference between a run-time error and the end of the budget.
func TestExistsTakesErrorsForNoMatch(t *testing.T) {
	for text, want := range map[string]bool{
		`$`:                     true,
		`$.a`:                   true,
		`$.none`:                false,
		`$.a ? (@ > 2)`:         true,
		`$.a ? (@ > 3)`:         false,
		`$.a + 1`:               false,
		`$.a ? (@ / 0 > 1)`:     false,
		`$.s.double()`:          false,
		`$.nope ? (@ == $nope)`: false,
		`$nope`:                 false,
		`$.a == $nope`:          false,
		`-$.mixed`:              true,  // as in PostgreSQL: looks for a number
		`$.mixed.abs()`:         false, // as in PostgreSQL: the first item fails
		`$.a == 7`:              true,  // a predicate always yields something
		`$.n ? (@ == null)`:     true,
		`$.a[5 to 9]`:           false,
	} {
		if got := exists(t, compile(t, text), `{"a":[1,2,3],"mixed":["x",1],"n":null,"s":"x"}`, vars(t, "")); got != want {
			t.Errorf("%s: %v", text, got)
		}
	}
	if !exists(t, compile(t, `$ ? (@ == null)`), "", vars(t, "")) {
		t.Error("no document is not null")
	}
}

// TestStepsAreBoundedAndDeterministic holds that a path costs the same each time, ends with ErrSteps one step short of
// that, and works with just enough.
func TestStepsAreBoundedAndDeterministic(t *testing.T) {
	long := `{"a":[` + strings.Repeat(`{"b":[1,2,3],"c":"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"},`, 300) + `1]}`
	for _, text := range []string{
		`$.a`, `$.a.b ? (@ > 5)`, `$.** ? (@ == 9)`, `$.a[*] ? (@.b == $.a[*].b && @.c == "z")`, `$.a.c ? (@ like_regex "(y+){30}")`,
		`$.a[last].b`, `$.a[1.5 to 200] ? (@.b[*] + 1 > 3)`, `$.a.keyvalue() ? (@.value > 7)`, `$.a.size() ? (@ < 0)`,
		`$ ? (1e900 * 1e900 * 1e900 * 1e900 / 3 < 0)`, `-$.a.b ? (@ > 1)`,
	} {
		p := compile(t, text)
		steps := enough
		first, err := p.Exists([]byte(long), path.Vars{}, &steps)
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		cost := enough - steps
		steps = cost
		if again, err := p.Exists([]byte(long), path.Vars{}, &steps); err != nil || again != first || steps != 0 {
			t.Errorf("%s: costs %d, then with just that: %v, %v, %d left", text, cost, again, err, steps)
		}
		steps = cost - 1
		if _, err := p.Exists([]byte(long), path.Vars{}, &steps); !errors.Is(err, path.ErrSteps) || steps >= 0 {
			t.Errorf("%s: with a step less: %v, %d left", text, err, steps)
		}
		steps = 3
		if _, err := p.Query([]byte(long), path.Vars{}, &steps); !errors.Is(err, path.ErrSteps) {
			t.Errorf("%s: query with 3 steps: %v", text, err)
		}
	}
}

// TestStepsBoundHostileWork holds that paths which would take very long run out of steps instead.
func TestStepsBoundHostileWork(t *testing.T) {
	array := "[" + strings.Repeat("1,", 5000) + "1]"
	for _, text := range []string{
		`$[*] ? ($[*] == 2 && $[*] == 3)`,
		`$[*] ? ("` + strings.Repeat("a", 200) + `" like_regex "^(a?){200}b")`,
		`$[*] ? (exists($[*] ? (exists($[*] ? (@ == 2)))))`,
		`$ ? (` + strings.TrimSuffix(strings.Repeat("1e999 * ", 990), " * ") + ` == 1 && $[*] == $[*])`,
	} {
		steps := 1_000_000
		if _, err := compile(t, text).Exists([]byte(array), path.Vars{}, &steps); !errors.Is(err, path.ErrSteps) {
			t.Errorf("%.60s: %v, %d steps left", text, err, steps)
		}
	}
}

// TestPathsAreSharedBetweenGoroutines is for the race detector.
func TestPathsAreSharedBetweenGoroutines(t *testing.T) {
	p := compile(t, `$.a ? (@ like_regex "x+" || @ == $x || @.datetime("YYYY") > "2020".datetime("YYYY"))`)
	v := vars(t, `{"x":"y"}`)
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			for range 100 {
				steps := 1000
				if found, err := p.Exists([]byte(`{"a":["1999","y"]}`), v, &steps); !found || err != nil {
					t.Errorf("%v, %v", found, err)
				}
			}
		})
	}
	group.Wait()
}

// TestExistsAllocatesNothing holds what makes a replay over many events cheap.
func TestExistsAllocatesNothing(t *testing.T) {
	v := vars(t, `{"name":"x"}`)
	doc := []byte(event200)
	for _, text := range []string{
		`$.name`, `$.name ? (@ == "x")`, `$.name ? (@ == $name)`, `$.players ? (@ == "Amal_Hussein")`,
		`$ ? (@.deleted > @.added)`, `$.ext ? (@ == "go" || @ == "md")`, `$.file ? (@ starts with "etcd/")`,
	} {
		p := compile(t, text)
		if n := testing.AllocsPerRun(100, func() {
			steps := 1000
			p.Exists(doc, v, &steps)
		}); n != 0 {
			t.Errorf("%s: %v allocations", text, n)
		}
	}
}

// TestParseVars holds what is taken for variables.
func TestParseVars(t *testing.T) {
	v := vars(t, `{"a b":1,"x":null,"\n":2}`)
	for name, want := range map[string]bool{"x": true, "a b": true, "\n": true, "": false, "a": false} {
		if v.Has(name) != want {
			t.Errorf("%q: %v", name, !want)
		}
	}
	if none, err := path.ParseVars(nil); err != nil || none.Has("x") {
		t.Errorf("nil: %v", err)
	}
	for _, bad := range []string{"", "null", "[]", `"x"`, "{", `{"x":}`, "{}{}"} {
		if _, err := path.ParseVars([]byte(bad)); err == nil {
			t.Errorf("%q was accepted", bad)
		}
	}
	object := []byte(`{"x":"y"}`)
	copied := vars(t, string(object))
	object[6] = 'z'
	if !exists(t, compile(t, `$x ? (@ == "y")`), "null", copied) {
		t.Error("the variables share the caller's bytes")
	}
}
