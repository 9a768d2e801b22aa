package bulk

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/quipu-ledger/quipu"
)

// The bounds of a batch, which is what one request carries: large enough that
// its round trip costs little, small enough that progress is seen.
const (
	batchChunksMax = 8
	batchBytesMax  = 4 << 20
)

// batchesAhead is how many batches are read while one is on its way.
const batchesAhead = 2

// Target is the ledger that an import writes to.
type Target interface {
	// Registry gives what may be appended.
	Registry(ctx context.Context) ([]quipu.Registration, error)
	// Register replaces what may be appended under one event name.
	Register(ctx context.Context, r quipu.Registration) error
	// Append carries out appends one after the other, up to the first that is
	// refused, and gives an error for each: nil for those before that one; and the number of events in those of them that had
	// been carried out before, which it recognises by their keys.
	Append(ctx context.Context, appends []quipu.Append) (errs []error, replayed int)
}

// Options are how to import.
type Options struct {
	// Register has event names and entity types that the file holds registered.
	Register bool
	// Document, if not nil, says what each line is, other than an event.
	Document Document
	// From is where an earlier import of the same file ended.
	From State
	// Saved is told after each batch how far the import is. It may be nil.
	Saved func(State)
}

// Result is what an import did.
type Result struct {
	// State is how far the import came: the whole file if there was no error.
	State State
	// Resumed is the number of events that an earlier import had sent, and that
	// this one left out; Replayed the number of those that it sent and that were
	// in the ledger already.
	Resumed, Replayed int
	// Partly is the number of events that are in the ledger of a chunk that is not
	// wholly there, and that State does not count: of documents before one that was refused.
	Partly int
}

// ErrChanged is that the file is not the one of the state that Options.From gives.
var ErrChanged = errors.New("the file has changed since its import was interrupted")

// Import sends the events of a text. An error leaves the ledger with the events
// that Result counts, and with none behind them.
func Import(ctx context.Context, text io.Reader, target Target, options Options) (Result, error) {
	registrations, err := target.Registry(ctx)
	if err != nil {
		return Result{}, fmt.Errorf("read the registry: %w", err)
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	batches := make(chan batch, batchesAhead)
	go readBatches(ctx, text, options, batches)

	im := &importer{target: target, options: options, registry: newRegistry(registrations)}
	im.result.State = options.From
	im.result.Resumed = options.From.Events
	for b := range batches {
		if err := im.send(ctx, b.parts); err != nil {
			return im.result, err
		}
		if b.err != nil {
			return im.result, b.err
		}
	}
	return im.result, ctx.Err()
}

// importer is the sending half of an import. It is for one goroutine.
type importer struct {
	target   Target
	options  Options
	registry registry
	result   Result
}

func (im *importer) send(ctx context.Context, parts []part) error {
	if len(parts) == 0 {
		return nil
	}
	var appends []quipu.Append
	var sent []part
	var refused error
	for _, p := range parts {
		if refused = im.allow(ctx, p); refused != nil {
			break // what comes before still goes
		}
		sent, appends = append(sent, p), append(appends, p.appends...)
	}
	if err := im.deliver(ctx, appends, sent); err != nil {
		return err
	}
	return refused
}

// allow makes sure that the registry allows a chunk's events.
func (im *importer) allow(ctx context.Context, p part) error {
	for _, a := range p.appends {
		if !im.options.Register {
			if err := im.registry.check(&p.chunk, a.Events); err != nil {
				return err
			}
			continue
		}
		for _, registration := range im.registry.meet(a.Events) {
			if err := im.target.Register(ctx, registration); err != nil {
				return fmt.Errorf("register %q: %w", registration.Event, err)
			}
		}
	}
	return nil
}

// deliver sends the appends of the parts and counts the parts that are whole in the
// ledger, up to the first that is not.
func (im *importer) deliver(ctx context.Context, appends []quipu.Append, parts []part) error {
	var errs []error
	if len(appends) > 0 {
		var replayed int
		errs, replayed = im.target.Append(ctx, appends)
		im.result.Replayed += replayed
	}
	var failed error
	for _, p := range parts {
		if failed = p.failed(errs); failed != nil {
			im.result.Partly = p.eventsBefore(errs)
			break
		}
		errs = errs[len(p.appends):]
		state := &im.result.State
		state.Chunks, state.Key, state.Events = p.chunk.Index+1, p.chunk.Key, state.Events+p.events()
	}
	if im.options.Saved != nil {
		im.options.Saved(im.result.State)
	}
	return failed
}

// failed is the first error among those that begin with the part's own.
func (p *part) failed(errs []error) error {
	for i := range p.appends {
		if errs[i] == nil {
			continue
		}
		next := p.chunk.Next
		if i+1 < len(p.lines) {
			next = p.lines[i+1]
		}
		return &ChunkError{Line: p.lines[i], Next: next, Err: errs[i]}
	}
	return nil
}

// eventsBefore is the number of events of the appends before the first error.
func (p *part) eventsBefore(errs []error) (n int) {
	for i := range p.appends {
		if errs[i] != nil {
			break
		}
		n += len(p.appends[i].Events)
	}
	return n
}

// ChunkError is that the ledger did not take a chunk.
type ChunkError struct {
	// Line and Next are the first line of the chunk and the first after it.
	Line, Next int
	Err        error
}

func (e *ChunkError) Error() string {
	return fmt.Sprintf("lines %d to %d: %s", e.Line, e.Next-1, e.Err)
}

// Unwrap gives the ledger's error.
func (e *ChunkError) Unwrap() error { return e.Err }
