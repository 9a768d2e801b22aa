package api

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"os"

	"github.com/quipu-ledger/quipu/fsm/command"
)

// spool keeps the verified events of an import in a temporary file, since an export may be larger than memory. It is
// written once, then read once. After a crash the file may be left behind; nothing reads it again.
type spool struct {
	file *os.File
	out  *bufio.Writer
	in   *bufio.Reader
	buf  []byte
}

func newSpool(dir string) (*spool, error) {
	file, err := os.CreateTemp(dir, "quipu-import-*")
	if err != nil {
		return nil, fmt.Errorf("spool an import: %w", err)
	}
	return &spool{file: file, out: bufio.NewWriterSize(file, groupBytesMax)}, nil
}

func (s *spool) close() {
	_ = s.file.Close()
	_ = os.Remove(s.file.Name())
}

// add writes an event, with the contents of its files: a length, then the command that would import it alone.
func (s *spool) add(e *command.Imported) error {
	s.buf = command.AppendList(s.buf[:0], []command.Command{&command.ImportEvents{Events: []command.Imported{*e}}})
	if _, err := s.out.Write(binary.AppendUvarint(nil, uint64(len(s.buf)))); err != nil {
		return fmt.Errorf("spool an import: %w", err)
	}
	if _, err := s.out.Write(s.buf); err != nil {
		return fmt.Errorf("spool an import: %w", err)
	}
	return nil
}

// rewind ends the writing and goes to the first event.
func (s *spool) rewind() error {
	if err := s.out.Flush(); err != nil {
		return fmt.Errorf("spool an import: %w", err)
	}
	if _, err := s.file.Seek(0, io.SeekStart); err != nil {
		return fmt.Errorf("spool an import: %w", err)
	}
	s.out, s.in = nil, bufio.NewReaderSize(s.file, groupBytesMax)
	return nil
}

// next gives an event with memory of its own, and io.EOF behind the last.
func (s *spool) next() (command.Imported, error) {
	size, err := binary.ReadUvarint(s.in)
	if err == io.EOF { // ReadUvarint gives it bare
		return command.Imported{}, io.EOF
	}
	if err != nil {
		return command.Imported{}, fmt.Errorf("read a spooled import: %w", err)
	}
	value := make([]byte, size)
	if _, err := io.ReadFull(s.in, value); err != nil {
		return command.Imported{}, fmt.Errorf("read a spooled import: %w", err)
	}
	commands, err := command.DecodeList(value)
	if err != nil {
		return command.Imported{}, fmt.Errorf("read a spooled import: %w", err)
	}
	return commands[0].(*command.ImportEvents).Events[0], nil // as add has written it
}
