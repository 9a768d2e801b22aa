package peer

import (
	"encoding/binary"
	"fmt"
	"io"
)

// A hello is the first frame on a connection, sent by the dialer:
//
//	"QPU1"  length uint16  service uint8  cluster  from  to
//
// where length counts what follows it, and cluster, from and to are strings of
// up to nameBytesMax bytes behind one byte of length. The listener answers
//
//	"QPU1"  length uint16  reason
//
// and an empty reason means that the connection now belongs to the service.
// All integers are big-endian. The magic carries the version: what comes after
// it may differ only under another magic.
type hello struct {
	service service
	cluster string // the dialer's cluster id, "" before it has one
	from    string // the dialer's node id
	to      string // the node id that the dialer expects, "" for any
}

// A service is what a connection is for.
type service uint8

const (
	serviceRaft  service = 1 // raft's own RPCs
	serviceCalls service = 2 // HTTP/1.1
)

const (
	magic = "QPU1"

	// nameBytesMax bounds cluster and node ids: a node id has at most 64
	// characters (it is a word in logs and gossip), a cluster id is shorter.
	nameBytesMax = 64

	helloBytesMax  = 1 + 3*(1+nameBytesMax)
	reasonBytesMax = 512 // a sentence that names two nodes or two clusters
)

// errNotHello is a frame that is not a hello, or an answer, of this version.
var errNotHello = fmt.Errorf("not a frame of the peer protocol %s", magic)

// String names the service in logs and refusals.
func (s service) String() string {
	switch s {
	case serviceRaft:
		return "raft"
	case serviceCalls:
		return "calls"
	default:
		return fmt.Sprintf("service %d", uint8(s))
	}
}

// readHello reads exactly one hello and nothing after it.
func readHello(r io.Reader) (hello, error) {
	payload, err := readFrame(r, helloBytesMax)
	if err != nil {
		return hello{}, err
	}
	return parseHello(payload)
}

// parseHello reads what follows a hello's length. Any error wraps errNotHello.
func parseHello(payload []byte) (hello, error) {
	if len(payload) == 0 {
		return hello{}, fmt.Errorf("%w: it is empty", errNotHello)
	}
	h := hello{service: service(payload[0])}
	rest := payload[1:]
	for _, name := range []*string{&h.cluster, &h.from, &h.to} {
		if len(rest) == 0 || int(rest[0]) > nameBytesMax || len(rest) < 1+int(rest[0]) {
			return hello{}, fmt.Errorf("%w: a name is cut off or too long", errNotHello)
		}
		end := 1 + int(rest[0])
		*name, rest = string(rest[1:end]), rest[end:]
	}
	if len(rest) > 0 {
		return hello{}, fmt.Errorf("%w: %d bytes too many", errNotHello, len(rest))
	}
	return h, nil
}

// append writes the hello's payload behind b. The names must be within nameBytesMax.
func (h hello) append(b []byte) []byte {
	b = append(b, byte(h.service))
	for _, name := range []string{h.cluster, h.from, h.to} {
		b = append(b, byte(len(name)))
		b = append(b, name...)
	}
	return b
}

func writeHello(w io.Writer, h hello) error {
	return writeFrame(w, h.append(make([]byte, 0, helloBytesMax)))
}

// readAnswer gives the listener's reason to refuse, "" if it accepts.
func readAnswer(r io.Reader) (reason string, err error) {
	payload, err := readFrame(r, reasonBytesMax)
	return string(payload), err
}

func writeAnswer(w io.Writer, reason string) error {
	return writeFrame(w, []byte(reason[:min(len(reason), reasonBytesMax)]))
}

// readFrame reads with exact sizes and without a buffer, because the bytes
// after the frame belong to the service.
func readFrame(r io.Reader, bytesMax int) ([]byte, error) {
	var head [len(magic) + 2]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return nil, fmt.Errorf("read a frame's head: %w", err)
	}
	length := int(binary.BigEndian.Uint16(head[len(magic):]))
	if string(head[:len(magic)]) != magic || length > bytesMax {
		return nil, errNotHello
	}
	payload := make([]byte, length)
	if _, err := io.ReadFull(r, payload); err != nil {
		return nil, fmt.Errorf("read a frame: %w", err)
	}
	return payload, nil
}

// writeFrame hands the frame over in one Write, so that it travels in one packet.
func writeFrame(w io.Writer, payload []byte) error {
	frame := make([]byte, 0, len(magic)+2+len(payload))
	frame = append(frame, magic...)
	frame = binary.BigEndian.AppendUint16(frame, uint16(len(payload)))
	_, err := w.Write(append(frame, payload...))
	return err
}
