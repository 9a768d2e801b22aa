package main

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/client"
	"github.com/quipu-ledger/quipu/cmd/quipu/internal/bulk"
	"github.com/quipu-ledger/quipu/cmd/quipu/internal/console"
	"github.com/quipu-ledger/quipu/cmd/quipu/internal/format"
)

const exportHelp = `Examples:
  quipu export > main.ndjson
  quipu export --ledger etcd etcd.ndjson.gz
  quipu export --resume etcd.ndjson              go on where an earlier export of the file ended
  quipu export --after 1042 | wc -l
  quipu export --format cloudevents main.ndjson
  quipu export --format trove --strict > main.ndjson

Prints every event, one on a line, the ledger's own events too, and a last line {"end":…} without which an export is not
complete. A file whose name ends with .gz is compressed. quipu import --restore makes the ledger again from it.

With --format it prints documents of another format, one on a line, without the ledger's own events and without a last
line. What the format has no place for is told at the end; with --strict that is a failure.`

func exportCommand() *cli.Command {
	return &cli.Command{
		Name: "export", Usage: "write every event of a ledger", ArgsUsage: "[FILE]", Description: exportHelp,
		Flags: []cli.Flag{
			ledgerFlag(),
			&cli.Uint64Flag{Name: "after", Usage: "only events after this `POSITION`"},
			&cli.BoolFlag{Name: "resume", Usage: "go on behind the last event that is in FILE"},
			formatFlag(),
			&cli.BoolFlag{Name: "strict", Usage: "fail if the format has no place for something"},
			consistencyFlag(), urlFlag(), waitFlag(),
		},
		Action: withClient(runExport),
	}
}

func runExport(c *cli.Context, to *client.Client) error {
	if c.NArg() > 1 {
		return wantArguments(c, "FILE")
	}
	options, err := readOptions(c)
	if err != nil {
		return err
	}
	f, err := exportFormat(c)
	if err != nil {
		return err
	}
	out, after, err := openExport(c)
	if err != nil {
		return err
	}
	ledger, err := to.Ledger(c.Context, c.String("ledger"), options...)
	if err != nil {
		return errors.Join(err, out.discard())
	}
	counted := &countingWriter{w: out, progress: newProgress(out, c), all: int64(ledger.Head.Position) - int64(after)}
	var documents *documentWriter
	if f != nil {
		documents = newDocumentWriter(out, f)
		counted.w = documents
	}
	end, err := to.Export(c.Context, c.String("ledger"), after, counted, options...)
	counted.progress.Done()
	err = errors.Join(err, out.Close())
	switch {
	case documents != nil && err == nil:
		return documents.finish(c)
	case err != nil:
		out.adviseResume(c, f)
		return err
	}
	fmt.Fprintf(c.App.ErrWriter, "exported %s events, up to position %d\n", console.Number(int(end.Position-after)), end.Position)
	return nil
}

// exportFile is where an export goes: stdout, a file, a compressed file.
type exportFile struct {
	io.Writer
	name   string // empty for stdout
	closes []io.Closer
}

// Close ends the compression and makes sure that a file is on the disk.
func (f *exportFile) Close() error {
	var errs []error
	for _, closer := range f.closes {
		if file, ok := closer.(*os.File); ok {
			errs = append(errs, file.Sync())
		}
		errs = append(errs, closer.Close())
	}
	return errors.Join(errs...)
}

// discard removes a file that was made for an export that did not begin.
func (f *exportFile) discard() error {
	err := f.Close()
	if info, statErr := os.Stat(f.name); f.name != "" && statErr == nil && info.Size() == 0 {
		return errors.Join(err, os.Remove(f.name))
	}
	return err
}

func (f *exportFile) adviseResume(c *cli.Context, other *format.Format) {
	if f.name != "" && !compressed(f.name) && other == nil {
		fmt.Fprintf(c.App.ErrWriter, "the export is not complete; quipu export --resume goes on with it\n")
	}
}

func compressed(name string) bool { return strings.HasSuffix(name, ".gz") }

func openExport(c *cli.Context) (*exportFile, quipu.Position, error) {
	name, after := c.Args().First(), quipu.Position(c.Uint64("after"))
	resume := c.Bool("resume")
	switch {
	case resume && (name == "" || name == "-"):
		return nil, 0, usagef("--resume needs a FILE")
	case resume && c.IsSet("after"):
		return nil, 0, usagef("both --resume and --after are given").withHint("the file says where to go on")
	case resume && compressed(name):
		return nil, 0, usagef("a compressed export cannot be resumed").withHint("export what is missing into another file, with --after")
	case name == "" || name == "-":
		return &exportFile{Writer: c.App.Writer}, after, nil
	case resume:
		return resumeExport(name)
	}
	file, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if errors.Is(err, os.ErrExist) {
		return nil, 0, usagef("%s exists", name).withHint("give another name, or --resume if it is an export that was interrupted")
	}
	if err != nil {
		return nil, 0, err
	}
	if !compressed(name) {
		return &exportFile{file, name, []io.Closer{file}}, after, nil
	}
	zipped := gzip.NewWriter(file)
	return &exportFile{zipped, name, []io.Closer{zipped, file}}, after, nil
}

// resumeExport cuts a file behind its last event.
func resumeExport(name string) (*exportFile, quipu.Position, error) {
	file, err := os.OpenFile(name, os.O_RDWR, 0)
	if err != nil {
		return nil, 0, err
	}
	last, size, err := bulk.LastEvent(file)
	if err == nil {
		err = file.Truncate(size)
	}
	if err == nil {
		_, err = file.Seek(size, io.SeekStart)
	}
	if err != nil {
		return nil, 0, errors.Join(fmt.Errorf("resume %s: %w", name, err), file.Close())
	}
	return &exportFile{file, name, []io.Closer{file}}, last, nil
}

// newProgress stays silent where the lines themselves go to the terminal.
func newProgress(out *exportFile, c *cli.Context) *console.Progress {
	words := c.App.ErrWriter
	if out.name == "" && console.IsTerminal(c.App.Writer) {
		words = io.Discard
	}
	return console.NewProgress(words, "events", time.Now)
}

// countingWriter shows progress by the lines that pass.
type countingWriter struct {
	w        io.Writer
	progress *console.Progress
	lines    int
	all      int64
}

// Write passes on p.
func (w *countingWriter) Write(p []byte) (int, error) {
	w.lines += bytes.Count(p, []byte{'\n'})
	w.progress.Update(w.lines, int64(w.lines), w.all)
	return w.w.Write(p)
}
