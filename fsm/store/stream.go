package store

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"time"

	"go.etcd.io/bbolt"

	"github.com/quipu-ledger/quipu"
)

// A stream is the file as one read transaction sees it, and a trailer:
//
//	mark | length of the mark (4 bytes) | CRC-32C of all before it (4) | magic (8)
//
// with integers in big-endian. The trailer's length is known from the mark, so
// that the size of a stream is known before its first byte is read.
const (
	trailerMagic   = "quipu\x00s\x01"
	trailerFixed   = 4 + 4 + len(trailerMagic)
	trailerMarkMax = 1 << 20 // a configuration of raft is some hundred bytes
	streamBlock    = 256 << 10

	// streamTimeMax bounds how long one stream may keep replaced pages from being
	// used again. In that time a slow link of 10 MB/s carries 18 GB; meanwhile the
	// file grows by what is flushed.
	streamTimeMax = 30 * time.Minute
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// stream is the reading end of a copy that a goroutine writes.
type stream struct {
	*io.PipeReader
	writer  *io.PipeWriter
	store   *Store
	started time.Time
	timer   *time.Timer
	done    chan struct{} // closed when the transaction has ended
}

// Stream opens a consistent copy of the whole file: its mark, its exact size in
// bytes, and the bytes, of one moment. The caller closes the reader, soon: until then
// no page that a flush replaces is used again. It fails after half an hour, and
// when the store is closed.
func (s *Store) Stream() (Mark, int64, io.ReadCloser, error) {
	tx, err := s.read()
	if err != nil {
		return Mark{}, 0, nil, err
	}
	mark, err := readMark(tx)
	if err != nil {
		return Mark{}, 0, nil, errors.Join(err, tx.Rollback())
	}
	reader, writer := io.Pipe()
	out := &stream{PipeReader: reader, writer: writer, store: s, started: time.Now(), done: make(chan struct{})}
	if !s.track(out) {
		return Mark{}, 0, nil, errors.Join(errClosed, tx.Rollback())
	}
	out.timer = time.AfterFunc(streamTimeMax, func() {
		out.abort(quipu.Errorf(quipu.Unavailable, "the copy of %s took longer than %s", FileName, streamTimeMax))
	})
	encoded := mark.append(nil)
	size := tx.Size() + int64(len(encoded)+trailerFixed)
	go func() {
		defer close(out.done)
		err := writeStream(writer, tx, encoded)
		_ = writer.CloseWithError(errors.Join(err, tx.Rollback())) // nil is io.EOF
	}()
	return mark, size, out, nil
}

// Close ends the stream and its transaction.
func (r *stream) Close() error {
	r.abort(io.ErrClosedPipe)
	<-r.done
	r.timer.Stop()
	r.store.mu.Lock()
	defer r.store.mu.Unlock()
	delete(r.store.streams, r)
	return nil
}

// abort lets reads fail with an error, unless they have ended, and ends the transaction.
func (r *stream) abort(err error) { _ = r.writer.CloseWithError(err) }

func (s *Store) track(r *stream) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return false
	}
	s.streams[r] = struct{}{}
	return true
}

func writeStream(w io.Writer, tx *bbolt.Tx, mark []byte) error {
	sum := crc32.New(castagnoli)
	both := io.MultiWriter(w, sum)
	if _, err := tx.WriteTo(both); err != nil {
		return fmt.Errorf("copy %s: %w", FileName, err)
	}
	if _, err := both.Write(binary.BigEndian.AppendUint32(mark, uint32(len(mark)))); err != nil {
		return err
	}
	end := binary.BigEndian.AppendUint32(nil, sum.Sum32())
	_, err := w.Write(append(end, trailerMagic...))
	return err
}

// verifyStream checks a received stream from its first byte to its last, and gives
// its mark and the size of the file without the trailer.
func verifyStream(path string) (mark Mark, size int64, err error) {
	file, err := os.Open(path)
	if err != nil {
		return Mark{}, 0, err
	}
	defer func() { _ = file.Close() }()
	info, err := file.Stat()
	if err != nil {
		return Mark{}, 0, err
	}
	mark, size, want, err := readTrailer(file, info.Size())
	if err != nil {
		return Mark{}, 0, err
	}
	sum := crc32.New(castagnoli)
	covered := io.NewSectionReader(file, 0, info.Size()-int64(trailerFixed)+4)
	if _, err := io.CopyBuffer(sum, covered, make([]byte, streamBlock)); err != nil {
		return Mark{}, 0, err
	}
	if sum.Sum32() != want {
		return Mark{}, 0, quipu.Errorf(quipu.Corrupt, "the received copy does not have the checksum that it was sent with")
	}
	return mark, size, nil
}

func readTrailer(file io.ReaderAt, total int64) (mark Mark, size int64, sum uint32, err error) {
	cut := quipu.Errorf(quipu.Corrupt, "the received copy does not end as a copy ends: it was cut off, or is something else")
	if total < int64(trailerFixed) {
		return Mark{}, 0, 0, cut
	}
	var fixed [trailerFixed]byte
	if _, err := file.ReadAt(fixed[:], total-int64(trailerFixed)); err != nil {
		return Mark{}, 0, 0, err
	}
	length := int64(binary.BigEndian.Uint32(fixed[0:4]))
	size = total - int64(trailerFixed) - length
	if string(fixed[8:]) != trailerMagic || length > trailerMarkMax || size <= 0 {
		return Mark{}, 0, 0, cut
	}
	encoded := make([]byte, length)
	if _, err := file.ReadAt(encoded, size); err != nil {
		return Mark{}, 0, 0, err
	}
	if mark, err = decodeMark(encoded); err != nil {
		return Mark{}, 0, 0, cut
	}
	return mark, size, binary.BigEndian.Uint32(fixed[4:8]), nil
}
