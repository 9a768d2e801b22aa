package api

import (
	"context"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/fsm/command"
	"github.com/quipu-ledger/quipu/fsm/ledger"
	"github.com/quipu-ledger/quipu/fsm/record"
	"github.com/quipu-ledger/quipu/fsm/selector"
	"github.com/quipu-ledger/quipu/transport/wire"
)

// Backend is the node, as the API needs it. Every method may be called on any
// node of the cluster; what only the leader can do is forwarded by the node.
type Backend interface {
	// NodeID is this node's id.
	NodeID() string
	// View gives a ledger, by name or id, as it is at the consistency that the
	// read asks for. NotFound is the cluster's answer and never that of a node
	// that merely lags; Unavailable says that the promise cannot be kept now.
	View(ctx context.Context, ref string, read Read) (View, error)
	// Ledgers lists the visible ledgers by name.
	Ledgers(ctx context.Context, read Read) ([]quipu.Ledger, error)
	// Propose has commands carried out in this order, each by itself, and gives
	// an outcome for each. Where the outcome is not known, or the command
	// certainly was not carried out, its Err is of kind Uncertain or Unavailable.
	Propose(ctx context.Context, commands []command.Command) []*ledger.Outcome
	// Cluster describes the nodes as this one sees them.
	Cluster(ctx context.Context) (wire.Cluster, error)
	// Ready is nil if the node can serve a linearizable read, and says why not.
	Ready(ctx context.Context) error
}

// Read is what a read asks for.
type Read struct {
	// Consistency is Linearizable if empty.
	Consistency quipu.Consistency
	// MinPosition, for session reads, is what the ledger's head must have reached.
	MinPosition quipu.Position
}

// View is one ledger at one head. It holds nothing open between calls and
// needs no closing; it may be used by one goroutine at a time.
type View interface {
	// State is the ledger's state at the view's head. It must not be changed.
	State() *ledger.State
	// Page calls fn with the events in the range that the selector matches, or
	// with every event, system events too, if the selector is nil, until fn
	// returns false or a page's worth of work is done. The record's bytes are
	// valid during the call only, and fn must not block. It gives the last
	// position that was dealt with, for the next page, and whether the range is
	// finished.
	Page(s *selector.Selector, in selector.Range, fn func(*record.Record) bool) (reached quipu.Position, finished bool, err error)
	// Record gives one event up to the head, with bytes of its own.
	Record(p quipu.Position) (record.Record, error)
	// Find gives the position of the event with an id.
	Find(id quipu.EventID) (quipu.Position, bool, error)
	// At gives the last position that was recorded before a time, in microseconds
	// since 1970; 0 if there is none.
	At(micros int64) (quipu.Position, error)
	// Read gives fn the ledger up to the view's head. What fn reads is valid until
	// it returns; fn must not block and bounds its own work.
	Read(fn func(selector.Source) error) error
	// File gives the content of a file, in memory of its own.
	File(hash record.Hash) ([]byte, bool, error)
	// Aggregates gives keys of the aggregates of a type in their order, those
	// behind a key, and whether there are more than the limit.
	Aggregates(aggregateType, after string, limit int) (keys []string, more bool, err error)
}
