package api

import (
	"net/http"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/fsm/record"
	"github.com/quipu-ledger/quipu/fsm/selector"
	"github.com/quipu-ledger/quipu/transport/wire"
)

// streamBytesMax is about how much of an answer is gathered before it is handed to the network.
const streamBytesMax = 256 << 10

// stream is the answer to a select or an export: events, a line each, then the end line.
type stream struct {
	x        *exchange
	view     View
	selector *selector.Selector // nil is every event, system events too
	span     selector.Range     // what was asked for
	limit    int                // 0 is none
	inline   bool               // with the contents of files

	buf []byte
	// waiting are events of the page that come behind buf, since contents cannot be read before the page is left.
	waiting      []record.Record
	waitingBytes int
	sent         int
	last         quipu.Position // of the last event in the answer
	more         bool
}

// run sends the answer, page by page. Nothing is sent before the first page is there, so that an error of the first
// page is still a problem; a later one breaks the connection off, and the end line is missing.
func (s *stream) run() error {
	s.x.w.Header().Set("Content-Type", wire.TypeNDJSON)
	if s.x.r.Method == http.MethodHead {
		s.x.start(http.StatusOK)
		return nil
	}
	rest := s.span
	for rest.After < rest.Until {
		if err := s.x.ended(); err != nil {
			return err
		}
		reached, finished, err := s.view.Page(s.selector, rest, s.take)
		if err != nil {
			return err
		}
		if err := s.settle(); err != nil {
			return err
		}
		if finished || s.more {
			break
		}
		if rest.Reverse {
			rest.Until = reached - 1
		} else {
			rest.After = reached
		}
		if err := s.send(); err != nil {
			return err
		}
		if err := s.x.flush(); err != nil {
			return err
		}
	}
	s.buf = wire.AppendEndLine(s.buf, s.end())
	return s.send()
}

// take adds an event to the answer. With the limit reached it looks at one more, which only tells that there is one.
func (s *stream) take(r *record.Record) bool {
	if s.limit > 0 && s.sent == s.limit {
		s.more = true
		return false
	}
	s.sent++
	s.last = r.Position
	if s.inline && (len(s.waiting) > 0 || hasContents(r)) {
		s.waiting = append(s.waiting, r.Clone())
		s.waitingBytes += r.Size()
	} else {
		s.buf = append(record.AppendJSON(s.buf, r), '\n')
	}
	return len(s.buf)+s.waitingBytes < streamBytesMax
}

// settle adds the events that wait, with their contents. What it has is sent as soon as it is much, since a short event may
// have some MiB of files, and all of them some GiB: they are left where the stream must not go on.
func (s *stream) settle() (err error) {
	for i := range s.waiting {
		if err := s.x.ended(); err != nil {
			return err
		}
		if s.buf, err = appendEvent(s.buf, s.view, &s.waiting[i], true); err != nil {
			return err
		}
		if s.buf = append(s.buf, '\n'); len(s.buf) < streamBytesMax {
			continue
		}
		if err := s.send(); err != nil {
			return err
		}
	}
	s.waiting, s.waitingBytes = s.waiting[:0], 0
	return nil
}

func (s *stream) send() error {
	if !s.x.started {
		s.x.start(http.StatusOK)
	}
	err := s.x.write(s.buf)
	s.buf = s.buf[:0]
	return err
}

// end says how far the answer goes: to its last event if the limit cut it off, else to the end of what was asked for.
func (s *stream) end() wire.End {
	end := wire.End{Head: s.view.State().Head, More: s.more}
	switch {
	case s.more:
		end.Position = s.last
	case s.span.Reverse:
		end.Position = min(s.span.After+1, s.span.Until)
	default:
		end.Position = s.span.Until
	}
	return end
}
