package store

import (
	"fmt"
	"strings"

	"github.com/quipu-ledger/quipu"
)

// findingsMax bounds what a Report keeps: a damaged page is many findings.
const findingsMax = 100

// Report is what Check found.
type Report struct {
	// Ledgers and Events are how many were checked.
	Ledgers int
	Events  uint64
	// Stamp and Mark are the file's.
	Stamp Stamp
	Mark  Mark
	// Findings are the first hundred differences, in the order in which they were
	// found, and More the number of those that are not kept. The file is as it
	// should be if there are none.
	Findings []Finding
	More     uint64
}

// Finding is one difference between what is in the file and what should be.
type Finding struct {
	// Ledger is the ledger's name, empty for what concerns the whole file.
	Ledger string
	// Bucket is where it is: "events", "keys", "files", "entities", "names",
	// "members", "ledgers" or "meta".
	Bucket string
	// Position is the event that it concerns, 0 if none.
	Position quipu.Position
	// Problem says what is wrong.
	Problem string
}

// String is the finding in one line, its place first.
func (f Finding) String() string {
	var place []string
	if f.Ledger != "" {
		place = append(place, "ledger "+f.Ledger)
	}
	if f.Bucket != "" {
		place = append(place, "bucket "+f.Bucket)
	}
	if f.Position != 0 {
		place = append(place, fmt.Sprintf("event %d", f.Position))
	}
	if len(place) == 0 {
		return f.Problem
	}
	return strings.Join(place, ", ") + ": " + f.Problem
}

func (r *Report) add(f Finding) {
	if len(r.Findings) == findingsMax {
		r.More++
		return
	}
	r.Findings = append(r.Findings, f)
}
