package schema_test

import (
	"encoding/binary"
	"errors"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/fsm/schema"
)

func digest(i int) (d [32]byte) {
	binary.BigEndian.PutUint64(d[:], uint64(i))
	return d
}

// loads counts how often a cache asks for a document.
type loads struct {
	cache    schema.Cache
	document string
	count    int
}

func (l *loads) get(t *testing.T, i int) *schema.Schema {
	t.Helper()
	s, err := l.cache.Get(digest(i), func() ([]byte, error) {
		l.count++
		return []byte(l.document), nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestCacheLoadsOnce(t *testing.T) {
	l := loads{document: `{"type":"null"}`}
	first := l.get(t, 1)
	if first != l.get(t, 1) || l.count != 1 {
		t.Errorf("loaded %d times", l.count)
	}
	if first == l.get(t, 2) || l.count != 2 {
		t.Errorf("another digest: loaded %d times", l.count)
	}
	if first.Validate([]byte("1")) == nil {
		t.Error("this is not the schema of the document")
	}
}

func TestCacheDropsWhatWasUsedLongestAgo(t *testing.T) {
	l := loads{document: `true`}
	for i := range schema.CacheSchemasMax {
		l.get(t, i)
	}
	l.get(t, 0) // is the latest now
	l.get(t, schema.CacheSchemasMax)
	if l.count != schema.CacheSchemasMax+1 {
		t.Fatalf("loaded %d times", l.count)
	}
	if l.get(t, 0); l.count != schema.CacheSchemasMax+1 {
		t.Error("0 was used a moment ago and was dropped")
	}
	if l.get(t, 2); l.count != schema.CacheSchemasMax+1 {
		t.Error("2 was dropped although one was enough")
	}
	if l.get(t, 1); l.count != schema.CacheSchemasMax+2 {
		t.Error("1 is still there")
	}
}

// A short schema may take much memory, so that neither the number of schemas nor their length would do.
func TestCacheIsBoundedByMemory(t *testing.T) {
	l := loads{document: `{"allOf":[` + each(8, func(i int) string { return `{"pattern":"[^a]{1,9` + strconv.Itoa(i) + `9}"}` }) + `]}`}
	const many = schema.CacheSchemasMax / 2
	for i := range many {
		l.get(t, i)
	}
	if l.get(t, many-1); l.count != many {
		t.Error("the latest was dropped")
	}
	if l.get(t, 0); l.count != many+1 {
		t.Error("the first is still there")
	}
}

func TestCacheKeepsNoError(t *testing.T) {
	var c schema.Cache
	broken := errors.New("broken")
	if s, err := c.Get(digest(1), func() ([]byte, error) { return nil, broken }); s != nil || !errors.Is(err, broken) {
		t.Errorf("%v, %v", s, err)
	}
	if s, err := c.Get(digest(1), func() ([]byte, error) { return []byte(`{"type":7}`), nil }); s != nil || quipu.KindOf(err) != quipu.Invalid {
		t.Errorf("%v, %v", s, err)
	}
	if s, err := c.Get(digest(1), func() ([]byte, error) { return []byte(`true`), nil }); s == nil || err != nil {
		t.Errorf("%v, %v", s, err)
	}
}

func TestCacheCompilesOnceForAllWhoWait(t *testing.T) {
	var c schema.Cache
	var count atomic.Int32
	loading, goOn := make(chan struct{}), make(chan struct{})
	load := func() ([]byte, error) {
		count.Add(1)
		close(loading)
		<-goOn
		return []byte(`true`), nil
	}
	got := make([]*schema.Schema, 20)
	var wait sync.WaitGroup
	ask := func(i int) {
		wait.Go(func() {
			s, err := c.Get(digest(1), load)
			if err != nil {
				t.Error(err)
			}
			got[i] = s
		})
	}
	ask(0)
	<-loading
	for i := range got[1:] {
		ask(1 + i)
	}
	// While one loads, others are served: no lock is held.
	if s, err := c.Get(digest(2), func() ([]byte, error) { return []byte(`true`), nil }); s == nil || err != nil {
		t.Errorf("%v, %v", s, err)
	}
	close(goOn)
	wait.Wait()
	for _, s := range got {
		if s == nil || s != got[0] {
			t.Errorf("%p and %p", s, got[0])
		}
	}
	if n := count.Load(); n != 1 {
		t.Errorf("loaded %d times", n)
	}
}

func TestCacheOutlivesALoadThatPanics(t *testing.T) {
	var c schema.Cache
	func() {
		defer func() {
			if recover() == nil {
				t.Error("the panic is lost")
			}
		}()
		_, _ = c.Get(digest(1), func() ([]byte, error) { panic("load") })
	}()
	if s, err := c.Get(digest(1), func() ([]byte, error) { return []byte(`true`), nil }); s == nil || err != nil {
		t.Errorf("%v, %v", s, err)
	}
}
