package uuids

import (
	"crypto/rand"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io/fs"
	"os"
	"time"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/node/identity"
)

// FileName is the usual name of the file in a node's data directory.
const FileName = "uuids.json"

const (
	multicast   = 1         // in the first byte of a node id
	sequenceMax = 1<<14 - 1 // of the clock sequence, which has 14 bits
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// run is what the ids of version 1 of one Generator have in common.
type run struct {
	node     [6]byte
	sequence uint16
}

// Open begins a run: it reads the file of the last one, if there is any, and puts
// its own in the place, durably. Its directory must exist, and be this process's
// alone. An error is one of the file system; a file that is damaged is none, see
// [Generator.Damage].
func Open(path string) (*Generator, error) { return open(path, time.Now) }

func open(path string, now func() time.Time) (*Generator, error) {
	g := &Generator{run: firstRun(), now: now}
	b, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("read the node id of UUIDs: %w", err)
	}
	if err == nil {
		if last, ok := decode(b); ok {
			g.run = last.next()
		} else {
			g.damage = quipu.Errorf(quipu.Corrupt, "%s is not what this release writes; a new random node id is used for UUIDs", path)
		}
	}
	if err := identity.ReplaceFile(path, g.run.encode()); err != nil {
		return nil, fmt.Errorf("write the node id of UUIDs: %w", err)
	}
	return g, nil
}

// firstRun is a new node's. The RFC wants the first sequence to be random; it is
// from the lower half, so that there are enough behind it.
func firstRun() run {
	var b [8]byte
	_, _ = rand.Read(b[:]) // it cannot fail
	r := run{node: [6]byte(b[:6]), sequence: binary.BigEndian.Uint16(b[6:]) & (sequenceMax >> 1)}
	r.node[0] |= multicast
	return r
}

// next is a run that has never been, given that r was the last one.
func (r run) next() run {
	if r.sequence >= sequenceMax {
		return firstRun()
	}
	r.sequence++
	return r
}

// encode prints the run on a line, with a CRC-32C of what stands before it.
func (r run) encode() []byte {
	content := fmt.Sprintf(`{"format":1,"node":"%x","clockSequence":%d`, r.node, r.sequence)
	return fmt.Appendf(nil, "%s,\"checksum\":\"%08x\"}\n", content, crc32.Checksum([]byte(content), castagnoli))
}

// decode takes what encode prints, to the byte.
func decode(b []byte) (r run, ok bool) {
	var file struct {
		Node          string `json:"node"`
		ClockSequence uint16 `json:"clockSequence"`
	}
	if err := json.Unmarshal(b, &file); err != nil {
		return run{}, false
	}
	node, err := hex.DecodeString(file.Node)
	if err != nil || len(node) != len(r.node) || node[0]&multicast == 0 || file.ClockSequence > sequenceMax {
		return run{}, false
	}
	r = run{node: [6]byte(node), sequence: file.ClockSequence}
	return r, string(r.encode()) == string(b)
}
