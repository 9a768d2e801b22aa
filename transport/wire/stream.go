package wire

import (
	"bytes"
	"encoding/json"

	"github.com/quipu-ledger/quipu"
)

// End closes the answer to a select and an export. An answer without it is incomplete.
type End struct {
	// Position is the last one that was dealt with: a select with it as its after misses nothing. A select in reverse
	// is continued with an until of Position - 1.
	Position quipu.Position `json:"position"`
	// Head is the ledger's, as the answer was made from.
	Head quipu.Position `json:"head"`
	// More says that the limit was reached and that further events match.
	More bool `json:"more"`
}

type endLine struct {
	End *End `json:"end"`
}

// AppendEndLine appends the last line of a stream: {"end":{"position":P,"head":H,"more":false}}.
func AppendEndLine(dst []byte, end End) []byte {
	return append(append(dst, encode(endLine{&end})...), '\n')
}

// endPrefix is how nodes begin an end line; an event's line begins with its position.
var endPrefix = []byte(`{"end":`)

// DecodeEnd reads a stream's end line. It reports false for any other line, at the cost of a comparison.
func DecodeEnd(line []byte) (End, bool) {
	if !bytes.HasPrefix(line, endPrefix) {
		return End{}, false
	}
	var l endLine
	if err := json.Unmarshal(line, &l); err != nil || l.End == nil {
		return End{}, false
	}
	return *l.End, true
}
