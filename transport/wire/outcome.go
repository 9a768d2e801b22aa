package wire

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/quipu-ledger/quipu"
)

// Outcome is what became of one command, as nodes tell each other. It mirrors the outcome of the state machine, which
// clients do not link. Error has lost its cause, and an Internal one its detail: the node that made it logs it.
type Outcome struct {
	Error   *quipu.Error
	Receipt *quipu.Receipt
	Ledger  *quipu.Ledger
	Created bool
}

type outcome struct {
	Error   *problem        `json:"error,omitempty"`
	Receipt json.RawMessage `json:"receipt,omitempty"`
	Ledger  *ledger         `json:"ledger,omitempty"`
	Created bool            `json:"created,omitempty"`
}

// EncodeOutcomes gives outcomes as a JSON array, in their order.
func EncodeOutcomes(outcomes []Outcome) []byte {
	list := make([]outcome, len(outcomes))
	for i, o := range outcomes {
		list[i].Created = o.Created
		if o.Error != nil {
			list[i].Error = newProblem(Status(o.Error.Kind), o.Error)
		}
		if o.Receipt != nil {
			list[i].Receipt = AppendReceipt(nil, o.Receipt)
		}
		if o.Ledger != nil {
			l := newLedger(o.Ledger)
			list[i].Ledger = &l
		}
	}
	return encode(list)
}

// DecodeOutcomes reads what EncodeOutcomes wrote.
func DecodeOutcomes(data []byte) ([]Outcome, error) {
	var list []outcome
	if err := json.Unmarshal(data, &list); err != nil {
		return nil, fmt.Errorf("decode outcomes: %w", err)
	}
	outcomes := make([]Outcome, len(list))
	for i, o := range list {
		outcomes[i].Created = o.Created
		if o.Error != nil {
			outcomes[i].Error = o.Error.error()
		}
		if o.Receipt != nil {
			outcomes[i].Receipt = new(quipu.Receipt)
			if err := json.Unmarshal(o.Receipt, outcomes[i].Receipt); err != nil {
				return nil, fmt.Errorf("decode outcomes: receipt %d: %w", i, err)
			}
		}
		if l := o.Ledger; l != nil {
			outcomes[i].Ledger = &quipu.Ledger{
				Name: l.Name, ID: l.ID, Description: l.Description, Settings: l.Settings, Count: l.Count,
				Head: quipu.Head{Position: l.Head.Position, EventID: l.Head.EventID, Timestamp: time.Time(l.Head.Timestamp)},
			}
		}
	}
	return outcomes, nil
}
