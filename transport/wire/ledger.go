package wire

import "github.com/quipu-ledger/quipu"

// ledger is quipu.Ledger with its time as the ledger writes times.
type ledger struct {
	Name        string         `json:"name"`
	ID          quipu.LedgerID `json:"id"`
	Description string         `json:"description,omitempty"`
	Settings    quipu.Settings `json:"settings,omitzero"`
	Head        head           `json:"head"`
	Count       uint64         `json:"count"`
}

type head struct {
	Position  quipu.Position `json:"position"`
	EventID   quipu.EventID  `json:"eventId"`
	Timestamp stamp          `json:"timestamp"`
}

func newLedger(l *quipu.Ledger) ledger {
	return ledger{
		Name: l.Name, ID: l.ID, Description: l.Description, Settings: l.Settings, Count: l.Count,
		Head: head{l.Head.Position, l.Head.EventID, stamp(l.Head.Timestamp)},
	}
}

// EncodeLedger gives a ledger as JSON. It decodes into quipu.Ledger.
func EncodeLedger(l *quipu.Ledger) []byte { return encode(newLedger(l)) }

// Ledgers is the answer to GET /v1/ledgers, as it is decoded.
type Ledgers struct {
	Ledgers []quipu.Ledger `json:"ledgers"`
}

// EncodeLedgers gives ledgers as {"ledgers":[…]}.
func EncodeLedgers(ledgers []quipu.Ledger) []byte {
	list := struct {
		Ledgers []ledger `json:"ledgers"`
	}{make([]ledger, len(ledgers))}
	for i := range ledgers {
		list.Ledgers[i] = newLedger(&ledgers[i])
	}
	return encode(list)
}

// NewLedger is the request to create a ledger.
type NewLedger struct {
	Name        string         `json:"name"`
	Description string         `json:"description,omitempty"`
	Settings    quipu.Settings `json:"settings,omitzero"`
}

// Registry is the answer to GET /v1/ledgers/{ledger}/registry, by event name.
type Registry struct {
	Registry []quipu.Registration `json:"registry"`
}

// Schema is the answer to PUT /v1/ledgers/{ledger}/registry/{event}/schemas/{version}.
type Schema struct {
	Event   string `json:"event"`
	Version string `json:"version"`
	// Digest is "sha256:" and 64 hex digits, over the schema as canonical JSON.
	Digest string `json:"digest"`
}
