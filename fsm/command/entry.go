package command

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/quipu-ledger/quipu/fsm/codec"
	"github.com/quipu-ledger/quipu/fsm/selector/path"
)

// Format is the version of the encoding.
const Format = 2

// Entry is the payload of one raft log entry.
type Entry struct {
	// Micros is the leader's clock, in microseconds since 1970, when it made the entry.
	Micros   int64
	Commands []Command
}

// ErrVersion is the error for an entry of a format, or of a meaning of paths,
// that this release does not know. Like a malformed one it is a fault: the node
// stops, and goes on once it runs a release that knows it.
var ErrVersion = errors.New("entry of another version")

// Append appends the entry's encoding.
func (e *Entry) Append(dst []byte) []byte {
	dst = append(dst, Format, path.Semantics)
	dst = binary.BigEndian.AppendUint64(dst, uint64(e.Micros))
	return AppendList(dst, e.Commands)
}

// commandBytesMin is the length of a command at least: its kind and its size.
const commandBytesMin = 5

// AppendList appends commands as nodes send them to each other.
func AppendList(dst []byte, commands []Command) []byte {
	dst = codec.AppendUint(dst, uint64(len(commands)))
	for _, c := range commands {
		dst = append(dst, byte(c.kind()))
		start := len(dst)
		dst = append(dst, 0, 0, 0, 0)
		dst = c.appendBody(dst)
		binary.BigEndian.PutUint32(dst[start:], uint32(len(dst)-start-4))
	}
	return dst
}

// DecodeEntry reads one entry. The commands share the memory of src.
func DecodeEntry(src []byte) (*Entry, error) {
	if len(src) < 2 {
		return nil, codec.ErrMalformed
	}
	if src[0] != Format || src[1] != path.Semantics {
		return nil, fmt.Errorf("%w: format %d, path semantics %d; this release knows %d and %d",
			ErrVersion, src[0], src[1], Format, path.Semantics)
	}
	if len(src) < 10 {
		return nil, codec.ErrMalformed
	}
	commands, err := DecodeList(src[10:])
	if err != nil {
		return nil, err
	}
	return &Entry{Micros: int64(binary.BigEndian.Uint64(src[2:10])), Commands: commands}, nil
}

// DecodeList reads what AppendList wrote, and nothing behind it. It holds none
// of the limits on requests: what is in the log must be readable for ever, also
// by a release with other limits, since a node that cannot read it stops.
func DecodeList(src []byte) ([]Command, error) {
	r := codec.NewReader(src)
	count := r.Count(len(src) / commandBytesMin)
	commands := make([]Command, 0, count)
	for range count {
		k := kind(r.Byte())
		size := r.Fixed(4)
		if size == nil {
			return nil, codec.ErrMalformed
		}
		body := r.Fixed(int(binary.BigEndian.Uint32(size)))
		if r.Err() != nil {
			return nil, r.Err()
		}
		c, err := decode(k, body)
		if err != nil {
			return nil, err
		}
		commands = append(commands, c)
	}
	return commands, r.End()
}

func decode(k kind, body []byte) (Command, error) {
	r := codec.NewReader(body)
	var c Command
	switch k {
	case kindAppend:
		c = readAppend(r)
	case kindCreateLedger:
		c = readCreateLedger(r)
	case kindRegister:
		c = readRegister(r)
	case kindUnregister:
		c = &Unregister{Ledger: readLedger(r), Event: r.Text()}
	case kindBeginImport:
		c = &BeginImport{Genesis: readImported(r)}
	case kindImportEvents:
		c = readImportEvents(r)
	case kindFinishImport:
		c = readFinishImport(r)
	case kindRegisterSchema:
		c = readRegisterSchema(r)
	case kindSetSettings:
		c = &SetSettings{Ledger: readLedger(r), Settings: readSettings(r)}
	case kindAbortImport:
		c = &AbortImport{Ledger: readLedger(r)}
	default:
		return nil, fmt.Errorf("command kind %d: %w", k, codec.ErrMalformed)
	}
	if err := r.End(); err != nil {
		return nil, fmt.Errorf("command kind %d: %w", k, err)
	}
	return c, nil
}
