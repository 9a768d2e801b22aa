package uuids

import (
	"encoding/binary"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/quipu-ledger/quipu"
)

// Generator makes ids. It is safe for concurrent use, and needs no closing.
type Generator struct {
	run    run
	damage error
	now    func() time.Time

	mu   sync.Mutex
	last uint64 // guarded by mu: the time of the newest id of version 1, in ticks
}

// New makes an id of a kind: 36 characters, in lower case. Ids of version 7 from
// one process ascend, and so do the times of those of version 1. The only error
// is Invalid, for a kind that is none of [quipu.IDKinds].
func (g *Generator) New(kind quipu.IDKind) (string, error) {
	var id uuid.UUID
	switch kind {
	case quipu.UUID1:
		id = g.run.id(g.tick())
	case quipu.UUID4:
		id = uuid.New() // it cannot fail: crypto/rand ends the process if the system has no randomness
	case quipu.UUID7:
		id = uuid.Must(uuid.NewV7())
	default:
		return "", quipu.Errorf(quipu.Invalid, "%q is not a kind of ids", kind).WithHint("the kinds are %q", quipu.IDKinds)
	}
	return id.String(), nil
}

// Damage says why the file was not used and a new node id was begun; nil if it
// was. It is for the node's log.
func (g *Generator) Damage() error { return g.damage }

const (
	ticksPerSecond = 10_000_000
	nanosPerTick   = 100

	// epochSeconds are those from the beginning of the Gregorian calendar,
	// 1582-10-15, to 1970.
	epochSeconds = 12_219_292_800
)

// tick gives the time in ticks since 1582, each value once.
func (g *Generator) tick() uint64 {
	g.mu.Lock()
	defer g.mu.Unlock()
	now := g.now()
	ticks := uint64(now.Unix()+epochSeconds)*ticksPerSecond + uint64(now.Nanosecond()/nanosPerTick)
	g.last = max(ticks, g.last+1)
	return g.last
}

// id lays out a UUID of version 1: section 5.1 of the RFC. The package uuid makes
// them too, with a node id and a sequence that all its users share.
func (r run) id(ticks uint64) (id uuid.UUID) {
	binary.BigEndian.PutUint32(id[0:], uint32(ticks))
	binary.BigEndian.PutUint16(id[4:], uint16(ticks>>32))
	binary.BigEndian.PutUint16(id[6:], uint16(ticks>>48)&0x0fff|0x1000) // version
	binary.BigEndian.PutUint16(id[8:], r.sequence|0x8000)               // variant
	copy(id[10:], r.node[:])
	return id
}
