package wire

import (
	"strconv"
	"time"

	"github.com/quipu-ledger/quipu"
)

// AggregatePage is the answer to GET /v1/ledgers/{ledger}/aggregates/{type}/{key}, as it is decoded.
type AggregatePage struct {
	// Aggregate has the current version, whatever the changes here.
	Aggregate quipu.Aggregate `json:"aggregate"`
	// Changes are in the order of their versions, each of which is one more than the one before.
	Changes []Change `json:"changes"`
	// HasMore says that there are changes behind the last one here: read on with its version as since.
	HasMore bool `json:"hasMore"`
}

// Change is what one append did to an aggregate.
type Change struct {
	Version uint64 `json:"version"`
	// Timestamp is the recorded time of the last of the events.
	Timestamp time.Time     `json:"timestamp"`
	Events    []quipu.Event `json:"events"`
}

// AppendAggregatePage appends an answer whose changes are JSON already, with a comma between them: see AppendChange.
func AppendAggregatePage(dst []byte, aggregate quipu.Aggregate, changes []byte, hasMore bool) []byte {
	dst = append(append(dst, `{"aggregate":`...), encode(aggregate)...)
	dst = append(append(dst, `,"changes":[`...), changes...)
	return append(strconv.AppendBool(append(dst, `],"hasMore":`...), hasMore), '}')
}

// AppendChange appends a change whose events are JSON already, with a comma between them.
func AppendChange(dst []byte, version uint64, timestamp time.Time, events []byte) []byte {
	dst = strconv.AppendUint(append(dst, `{"version":`...), version, 10)
	dst = appendStamp(append(dst, `,"timestamp":"`...), timestamp)
	return append(append(append(dst, `","events":[`...), events...), `]}`...)
}

// Aggregates is the answer to GET /v1/ledgers/{ledger}/aggregates/{type}, as it is decoded.
type Aggregates struct {
	// Aggregates are in the order of their keys.
	Aggregates []quipu.AggregateState `json:"aggregates"`
	// HasMore says that there are further ones: read on with the last key here as after.
	HasMore bool `json:"hasMore"`
}

// EncodeAggregates gives aggregates as {"aggregates":[…],"hasMore":false}.
func EncodeAggregates(aggregates []quipu.AggregateState, hasMore bool) []byte {
	type state struct { // quipu.AggregateState with its time as the ledger writes times
		quipu.Aggregate
		Last        quipu.Position `json:"last"`
		LastChanged stamp          `json:"lastChanged"`
	}
	answer := struct {
		Aggregates []state `json:"aggregates"`
		HasMore    bool    `json:"hasMore"`
	}{make([]state, len(aggregates)), hasMore}
	for i, a := range aggregates {
		answer.Aggregates[i] = state{a.Aggregate, a.Last, stamp(a.LastChanged)}
	}
	return encode(answer)
}
