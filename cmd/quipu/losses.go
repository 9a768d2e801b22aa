package main

import (
	"fmt"
	"io"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/cmd/quipu/internal/console"
	"github.com/quipu-ledger/quipu/cmd/quipu/internal/format"
)

// lossesMax bounds the rows of the table of what is lost.
const lossesMax = 100

// losses are what an export to another format leaves out, by what and why, in the order
// in which they came up. The zero value has none.
type losses struct {
	list  []*loss
	known map[[2]string]*loss
	// unlisted counts those that came up when the list was full.
	unlisted int
}

type loss struct {
	member, reason string
	events         int
	first          quipu.Position
}

func (l *losses) add(lost format.Loss) {
	key := [2]string{lost.Member, lost.Reason}
	known := l.known[key]
	switch {
	case known != nil:
	case len(l.list) == lossesMax:
		l.unlisted++
		return
	default:
		known = &loss{member: lost.Member, reason: lost.Reason, first: lost.Position}
		if l.known == nil {
			l.known = map[[2]string]*loss{}
		}
		l.list, l.known[key] = append(l.list, known), known
	}
	known.events++
}

func (l *losses) print(w io.Writer) error {
	table := newTable(w)
	table.Row("WHAT", "EVENTS", "FIRST AT", "WHY")
	for _, loss := range l.list {
		table.Row(loss.member, console.Number(loss.events), loss.first, loss.reason)
	}
	if err := table.Flush(w); err != nil || l.unlisted == 0 {
		return err
	}
	_, err := fmt.Fprintf(w, "and %s more, for other reasons\n", console.Number(l.unlisted))
	return err
}
