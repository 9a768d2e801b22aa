package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/client"
	"github.com/quipu-ledger/quipu/cmd/quipu/internal/bulk"
	"github.com/quipu-ledger/quipu/cmd/quipu/internal/console"
)

const importHelp = `Examples:
  quipu import --ledger etcd --register etcd.ndjson.gz
  zcat events.gz | quipu import --ledger orders -
  quipu import --restore main.ndjson.gz          make a ledger again from its export, with the same ids
  quipu import --format libero --register bus.json

Appends the events of a file, one on a line, in the file's order; the ledger is created if it is missing. A line is
{"event":"…","entities":{"…":["…"]},"data":…,"meta":{…}}, or one of an export, of which positions, ids and times are
left out. A line that is wrong ends the import with its number, and nothing behind it is stored. Without --format, nothing of
its batch is either, which has up to 500 lines.

With --format the file holds documents of another format: trove, libero, serialized or cloudevents. They stand one after
the other, on as many lines as they like, or in one JSON array; each becomes an append of its own. What an event has no
place for is kept in its meta, and quipu export --format gives the documents back.

An import that was interrupted goes on where it stopped if the same command runs again. The same file can be imported
any number of times: what is in the ledger already is not appended twice.`

func importCommand() *cli.Command {
	return &cli.Command{
		Name: "import", Usage: "append the events of a file", ArgsUsage: "FILE", Description: importHelp,
		Flags: clientFlags(
			ledgerFlag(),
			&cli.BoolFlag{Name: "register", Usage: "register the event names and entity types that the file holds"},
			formatFlag(),
			&cli.BoolFlag{Name: "restart", Usage: "begin with the first line, whatever an earlier import has done"},
			&cli.BoolFlag{Name: "restore", Usage: "create the ledger from a whole export, with its ids, positions and times"},
		),
		Action: withClient(runImport),
	}
}

func runImport(c *cli.Context, to *client.Client) error {
	if err := wantArguments(c, "FILE"); err != nil {
		return err
	}
	if c.Bool("restore") {
		for _, other := range []string{"ledger", "register", "restart", "format"} {
			if c.IsSet(other) {
				return usagef("--%s has no place beside --restore", other).withHint("the export says what the ledger is")
			}
		}
	}
	in, err := openImport(c)
	if err != nil {
		return err
	}
	defer in.close()
	if c.Bool("restore") {
		return restore(c, to, in)
	}
	return in.appendTo(c, to)
}

// importFile is what is imported.
type importFile struct {
	*bulk.Source
	name  string // for people
	path  string // absolute; empty for stdin
	close func() error
}

func openImport(c *cli.Context) (*importFile, error) {
	name := c.Args().First()
	if name == "-" {
		source, err := bulk.Open(c.App.Reader, 0)
		return &importFile{source, "stdin", "", func() error { return nil }}, err
	}
	file, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	info, err := file.Stat()
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	source, err := bulk.Open(file, info.Size())
	if err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", name, err), file.Close())
	}
	path, err := filepath.Abs(name)
	return &importFile{source, name, path, file.Close}, err
}

// restore sends an export as it is; the servers verify it.
func restore(c *cli.Context, to *client.Client, in *importFile) error {
	began := time.Now()
	ledger, err := to.Import(c.Context, in)
	if err != nil {
		return placed{in.name, err}
	}
	fmt.Fprintf(c.App.ErrWriter, "restored the ledger %s with %s events in %s\n",
		ledger.Name, console.Number(int(ledger.Count)), time.Since(began).Round(time.Millisecond))
	return printLedger(c, &ledger)
}

// appendTo imports the events into the ledger that the flags name.
func (in *importFile) appendTo(c *cli.Context, to *client.Client) error {
	text, document, err := documents(c, in)
	if err != nil {
		return err
	}
	ledger, err := ensureLedger(c, to)
	if err != nil {
		return err
	}
	statePath, from, err := in.state(c, ledger.ID)
	if err != nil {
		return err
	}
	if from.Chunks > 0 {
		fmt.Fprintf(c.App.ErrWriter, "going on behind the first %s events, which were imported before\n", console.Number(from.Events))
	}
	progress := console.NewProgress(c.App.ErrWriter, "events", time.Now)
	saved := func(s bulk.State) {
		progress.Update(s.Events, in.Done(), in.Size)
		if s.File, s.Ledger = in.path, ledger.ID; statePath != "" && err == nil {
			err = s.Save(statePath) // without it the import goes on, but cannot be resumed
		}
	}
	result, importErr := bulk.Import(c.Context, text, &importTarget{to, c.String("ledger")}, bulk.Options{
		Register: c.Bool("register"), Document: document, From: from, Saved: saved,
	})
	progress.Done()
	if err != nil {
		fmt.Fprintf(c.App.ErrWriter, "quipu: warning: the progress was not kept: %s\n", err)
	}
	if importErr != nil {
		return in.failed(c, result, importErr)
	}
	if statePath != "" {
		_ = os.Remove(statePath) // one that stays only makes the same import again shorter
	}
	return summarise(c, result, progress.Elapsed())
}

func ensureLedger(c *cli.Context, to *client.Client) (quipu.Ledger, error) {
	ledger, err := to.Ledger(c.Context, c.String("ledger"))
	if !errors.Is(err, quipu.NotFound) {
		return ledger, err
	}
	if ledger, err = to.CreateLedger(c.Context, c.String("ledger"), ""); err == nil {
		fmt.Fprintf(c.App.ErrWriter, "created the ledger %s\n", ledger.Name)
	}
	return ledger, err
}

// state finds what an earlier import of the file into the ledger has done. A
// stream has no state: it is read anew, and the ledger knows what it has.
func (in *importFile) state(c *cli.Context, ledger quipu.LedgerID) (path string, from bulk.State, err error) {
	if in.path == "" {
		return "", from, nil
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		fmt.Fprintf(c.App.ErrWriter, "quipu: warning: there is no place to keep the progress: %s\n", err)
		return "", from, nil
	}
	path = bulk.StatePath(cache, in.path, ledger)
	if c.Bool("restart") {
		return path, from, nil
	}
	from, err = bulk.LoadState(path)
	return path, from, err
}

// failed says how far the import came and how to go on.
func (in *importFile) failed(c *cli.Context, result bulk.Result, err error) error {
	if errors.Is(err, bulk.ErrChanged) {
		return usagef("%s has changed since its import was interrupted", in.name).
			withHint("--restart begins with its first line; lines that were imported and have moved would be appended again")
	}
	fmt.Fprintf(c.App.ErrWriter, "%s events of this input are in the ledger; the same command goes on behind them\n", console.Number(result.State.Events+result.Partly))
	if c.Context.Err() != nil {
		return context.Canceled // whatever it ended in, the person knows why
	}
	var line *bulk.LineError
	if errors.As(err, &line) {
		return placed{fmt.Sprintf("line %d of %s", line.Line, in.name), line.Err}
	}
	var chunk *bulk.ChunkError
	if errors.As(err, &chunk) {
		lines := fmt.Sprintf("line %d", chunk.Line)
		if last := chunk.Next - 1; last > chunk.Line {
			lines = fmt.Sprintf("lines %d to %d", chunk.Line, last)
		}
		return placed{lines + " of " + in.name, chunk.Err}
	}
	return placed{in.name, err}
}

func summarise(c *cli.Context, result bulk.Result, took time.Duration) error {
	added := result.State.Events - result.Resumed - result.Replayed
	rate := float64(result.State.Events-result.Resumed) / max(took.Seconds(), 0.001)
	fmt.Fprintf(c.App.ErrWriter, "imported %s events into %s in %s (%s/s)\n",
		console.Number(added), c.String("ledger"), took.Round(time.Millisecond), console.Number(int(rate)))
	if result.Replayed > 0 {
		fmt.Fprintf(c.App.ErrWriter, "%s events had been imported before\n", console.Number(result.Replayed))
	}
	if format, _ := outputFormat(c); format == formatTable {
		return nil
	}
	return writeJSON(c.App.Writer, map[string]int{"events": result.State.Events, "imported": added})
}
