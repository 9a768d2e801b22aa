package client

import (
	"net/url"
	"strconv"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/transport/wire"
)

// A ReadOption changes what a read promises or reports.
type ReadOption func(*read)

type read struct {
	consistency quipu.Consistency
	minPosition quipu.Position
	files       bool
	end         *wire.End
}

// WithConsistency asks for a consistency other than quipu.Linearizable.
func WithConsistency(consistency quipu.Consistency) ReadOption {
	return func(r *read) { r.consistency = consistency }
}

// WithMinPosition makes a read a session read that sees at least the event at this position, such as the Last of a
// receipt: it reads the caller's own writes without asking the leader.
func WithMinPosition(p quipu.Position) ReadOption {
	return func(r *read) { r.consistency, r.minPosition = quipu.Session, p }
}

// WithFiles has events come with the contents of their files, in base64. It has a place where events are read.
func WithFiles() ReadOption {
	return func(r *read) { r.files = true }
}

// WithEnd has a selection tell where it ended, once it has run to its end: up to which position it has seen everything
// that matches, so that a selection with this as its After continues it; the ledger's head; and whether there was more than
// its limit. Before that, and if the selection fails or is left, end stays as it is.
func WithEnd(end *wire.End) ReadOption {
	return func(r *read) { r.end = end }
}

func newRead(options []ReadOption) read {
	var r read
	for _, option := range options {
		option(&r)
	}
	return r
}

func (r read) query() url.Values {
	query := url.Values{}
	if r.consistency != "" {
		query.Set(wire.ParamConsistency, string(r.consistency))
	}
	if r.minPosition > 0 {
		query.Set(wire.ParamMinPosition, strconv.FormatUint(uint64(r.minPosition), 10))
	}
	if r.files {
		query.Set(wire.ParamFiles, wire.FilesInline)
	}
	return query
}

// beyond is the same read where it goes on behind an event that it has given: another node may be behind the one that did.
func (r read) beyond(p quipu.Position) read {
	if r.consistency == quipu.Local || r.consistency == quipu.Session {
		r.consistency, r.minPosition = quipu.Session, max(r.minPosition, p)
	}
	return r
}
