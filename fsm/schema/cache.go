package schema

import (
	"container/list"
	"errors"
	"sync"
)

// errLoad is what those see who waited for a load that panicked.
var errLoad = errors.New("the schema could not be loaded")

// Cache keeps the compiled schemas that were used last, by the digest of their documents. The zero Cache is empty and ready
// to use. It is safe for concurrent use.
type Cache struct {
	mu      sync.Mutex
	entries map[[32]byte]*list.Element // of *entry
	recent  list.List                  // of *entry, the latest first
	memory  int                        // of all entries that are ready
}

// entry is a schema, or the promise of one.
type entry struct {
	digest [32]byte
	ready  chan struct{} // closed when the others are set
	schema *Schema
	err    error
	memory int // of the schema; 0 until it is ready
}

// Get gives the schema with a digest. If it is not in the cache, load gives its document, as it was registered, which is
// compiled and kept; others who ask for it meanwhile wait. An error, of load or of the compilation, is given to those who
// wait, and is not kept.
func (c *Cache) Get(digest [32]byte, load func() ([]byte, error)) (*Schema, error) {
	e, mine := c.entry(digest)
	if mine {
		c.fill(e, load)
	}
	<-e.ready
	return e.schema, e.err
}

// entry is the one of a digest, and whether the caller is to fill it.
func (c *Cache) entry(digest [32]byte) (e *entry, mine bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if known := c.entries[digest]; known != nil {
		c.recent.MoveToFront(known)
		return known.Value.(*entry), false
	}
	if c.entries == nil {
		c.entries = map[[32]byte]*list.Element{}
	}
	e = &entry{digest: digest, ready: make(chan struct{})}
	c.entries[digest] = c.recent.PushFront(e)
	return e, true
}

// fill compiles without a lock, and lets those go on who wait, also where load panics.
func (c *Cache) fill(e *entry, load func() ([]byte, error)) {
	e.err = errLoad
	defer func() {
		c.settle(e)
		close(e.ready)
	}()
	document, err := load()
	if err != nil {
		e.err = err
		return
	}
	e.schema, e.err = Compile(document)
}

// settle counts an entry that is ready, or drops it if it has failed, and makes room.
func (c *Cache) settle(e *entry) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if e.err != nil {
		c.drop(c.entries[e.digest])
		return
	}
	e.memory = e.schema.memory
	c.memory += e.memory
	for oldest := c.recent.Back(); oldest != nil && (c.recent.Len() > CacheSchemasMax || c.memory > CacheBytesMax); {
		next := oldest.Prev()
		if other := oldest.Value.(*entry); other != e && other.memory > 0 { // one that is not ready is waited for
			c.drop(oldest)
		}
		oldest = next
	}
}

func (c *Cache) drop(element *list.Element) {
	e := c.recent.Remove(element).(*entry)
	delete(c.entries, e.digest)
	c.memory -= e.memory
}
