package api

import (
	"context"
	"errors"
	"io"
	"time"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/fsm/command"
	"github.com/quipu-ledger/quipu/fsm/ledger"
)

// chunkBytesMax bounds the events of one command of an import, which every node applies in one step.
const chunkBytesMax = 1 << 20

// importLedger creates a ledger from an export. The whole body is verified, on its way to a file, before the ledger is
// begun, so a bad export leaves no trace.
func importLedger(x *exchange) error {
	body, err := x.body()
	if err != nil {
		return err
	}
	kept, err := newSpool(x.api.spoolDir)
	if err != nil {
		return err
	}
	defer kept.close()
	v := verifier{lines: newLines(body, x.bufferBytes(), quipu.AppendBodyBytesMax)}
	if err := v.run(kept.add); err != nil {
		var known *quipu.Error
		if v.bodyErr != nil && !errors.As(err, &known) {
			return x.badBody(v.bodyErr)
		}
		return err
	}
	out, err := x.importKept(kept, v.previous)
	if err != nil {
		return err
	}
	return x.sendLedger(out)
}

// importKept carries a verified export out, and takes it back where it does not reach its end.
func (x *exchange) importKept(kept *spool, head quipu.EventID) (*ledger.Outcome, error) {
	if err := kept.rewind(); err != nil {
		return nil, err
	}
	genesis, err := kept.next()
	if err != nil {
		return nil, err
	}
	if _, err := x.propose(&command.BeginImport{Genesis: genesis}); err != nil {
		return nil, err
	}
	out, err := x.importRest(kept, head)
	// A conflict says that another import has taken this one's place; what is stored is the other's.
	if err != nil && !errors.Is(err, quipu.Conflict) {
		x.abortImport(head.Ledger())
	}
	return out, err
}

func (x *exchange) importRest(kept *spool, head quipu.EventID) (*ledger.Outcome, error) {
	chunk := &command.ImportEvents{Ledger: head.Ledger(), First: 2}
	for size := 0; ; {
		event, err := kept.next()
		if err != nil && !errors.Is(err, io.EOF) {
			return nil, err
		}
		ended := err != nil
		full := len(chunk.Events) == quipu.AppendEventsMax || size >= chunkBytesMax
		if (ended || full) && len(chunk.Events) > 0 {
			if _, err := x.propose(chunk); err != nil {
				return nil, err
			}
			next := chunk.First + quipu.Position(len(chunk.Events))
			chunk, size = &command.ImportEvents{Ledger: head.Ledger(), First: next}, 0
		}
		if ended {
			return x.propose(&command.FinishImport{Ledger: head.Ledger(), Head: head})
		}
		chunk.Events = append(chunk.Events, event)
		size += importedSize(&event)
	}
}

// importedSize is about what an event takes in a command, in bytes.
func importedSize(e *command.Imported) int {
	size := len(e.Entities) + len(e.Data) + len(e.Meta) + len(e.Rest)
	for _, file := range e.Files {
		size += len(file.Bytes)
	}
	return size
}

// abortImport drops what an import has stored, also if its client has gone. If that fails too, the unfinished ledger
// stays out of sight, and the next import of it drops it.
func (x *exchange) abortImport(id quipu.LedgerID) {
	const enough = 10 * time.Second
	ctx, cancel := context.WithTimeout(context.WithoutCancel(x.context()), enough)
	defer cancel()
	out := x.api.backend.Propose(ctx, []command.Command{&command.AbortImport{Ledger: id}})[0]
	if out.Err != nil && out.Err.Kind != quipu.Conflict {
		x.api.logger.Warn("unfinished import not dropped", "request_id", x.id, "ledger", id, "error", out.Err)
	}
}
