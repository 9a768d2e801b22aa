package uuids_test

import (
	"errors"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/node/uuids"
)

// newPath is a place for a node's file that is not there yet.
func newPath(t *testing.T) string { return filepath.Join(t.TempDir(), uuids.FileName) }

func open(t *testing.T, path string) *uuids.Generator {
	t.Helper()
	return openAt(t, path, time.Now)
}

func openAt(t *testing.T, path string, now func() time.Time) *uuids.Generator {
	t.Helper()
	g, err := uuids.OpenAt(path, now)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func newID(t *testing.T, g *uuids.Generator, kind quipu.IDKind) string {
	t.Helper()
	id, err := g.New(kind)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// timed makes an id of version 1, in its parts.
func timed(t *testing.T, g *uuids.Generator) uuid.UUID {
	t.Helper()
	return uuid.MustParse(newID(t, g, quipu.UUID1))
}

func TestIDsHaveVersionAndVariantOfTheirKind(t *testing.T) {
	g := open(t, newPath(t))
	for kind, version := range map[quipu.IDKind]string{quipu.UUID1: "1", quipu.UUID4: "4", quipu.UUID7: "7"} {
		form := regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-` + version + `[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)
		for range 100 {
			if id := newID(t, g, kind); !form.MatchString(id) {
				t.Fatalf("%s: %s is not of the form %s", kind, id, form)
			}
		}
	}
}

func TestEveryKindOfIDsIsMade(t *testing.T) {
	g := open(t, newPath(t))
	for _, kind := range quipu.IDKinds {
		newID(t, g, kind)
	}
}

func TestNewRefusesOtherKinds(t *testing.T) {
	g := open(t, newPath(t))
	for _, kind := range []quipu.IDKind{"", "uuid", "uuid2", "UUID4"} {
		id, err := g.New(kind)
		var e *quipu.Error
		if !errors.As(err, &e) || e.Kind != quipu.Invalid || !strings.Contains(e.Hint, `"uuid7"`) || id != "" {
			t.Errorf("%q: got %q, %v, want an error of kind invalid that names the kinds", kind, id, err)
		}
	}
}

func TestIDsAreUniqueOverGoroutines(t *testing.T) {
	const goroutines, each = 8, 2000
	g := open(t, newPath(t))
	for _, kind := range quipu.IDKinds {
		ids := make([][]string, goroutines)
		var wait sync.WaitGroup
		for i := range ids {
			wait.Go(func() {
				for range each {
					id, _ := g.New(kind) // an error would give "" twice
					ids[i] = append(ids[i], id)
				}
			})
		}
		wait.Wait()
		seen := map[string]bool{}
		for _, list := range ids {
			for _, id := range list {
				seen[id] = true
			}
		}
		if len(seen) != goroutines*each {
			t.Errorf("%s: %d different ids of %d", kind, len(seen), goroutines*each)
		}
	}
}

func TestIDsOfVersion7Ascend(t *testing.T) {
	g := open(t, newPath(t))
	last := newID(t, g, quipu.UUID7)
	for range 10_000 {
		id := newID(t, g, quipu.UUID7)
		if id <= last {
			t.Fatalf("%s follows %s", id, last)
		}
		last = id
	}
}

func TestVersion1HoldsTheTime(t *testing.T) {
	// What RFC 9562 gives in appendix A.1: 2022-02-22T14:22:22-05:00.
	at := time.Date(2022, 2, 22, 19, 22, 22, 0, time.UTC)
	g := openAt(t, newPath(t), func() time.Time { return at })
	if id := newID(t, g, quipu.UUID1); !strings.HasPrefix(id, "c232ab00-9414-11ec-") {
		t.Errorf("got %s, want the time c232ab00-9414-11ec", id)
	}
	at = at.Add(time.Microsecond + 99*time.Nanosecond)
	if id := newID(t, g, quipu.UUID1); !strings.HasPrefix(id, "c232ab0a-9414-11ec-") {
		t.Errorf("got %s, want the time c232ab0a-9414-11ec", id)
	}
}

func TestTimesOfVersion1AscendWhateverTheClockDoes(t *testing.T) {
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	g := openAt(t, newPath(t), func() time.Time { return now })
	first := timed(t, g)
	want := first.Time()
	for name, c := range map[string]time.Duration{"stands": 0, "is set back": -time.Hour} {
		now = now.Add(c)
		for range 10 {
			id := timed(t, g)
			want++
			if id.Time() != want || id.ClockSequence() != first.ClockSequence() {
				t.Errorf("the clock %s: time %d, sequence %d, want %d, %d", name, id.Time(), id.ClockSequence(), want, first.ClockSequence())
			}
		}
	}
	now = now.Add(2 * time.Hour)
	if got := timed(t, g).Time(); got != first.Time()+36_000_000_000 {
		t.Errorf("an hour later the time is %d after the first, want 36000000000", got-first.Time())
	}
}
