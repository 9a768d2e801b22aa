package wire

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/quipu-ledger/quipu"
)

// AppendReceipt appends the receipt as JSON:
//
//	{"first":1042,"last":1042,"eventIds":["…"],"timestamp":"2021-11-16T03:30:47.430415Z","replayed":false}
//
// with the aggregates that the append changed and the events' own ids, if there are any.
func AppendReceipt(dst []byte, r *quipu.Receipt) []byte {
	return appendReceiptMembers(append(dst, '{'), r)
}

func appendReceiptMembers(dst []byte, r *quipu.Receipt) []byte {
	dst = strconv.AppendUint(append(dst, `"first":`...), uint64(r.First), 10)
	dst = strconv.AppendUint(append(dst, `,"last":`...), uint64(r.Last), 10)
	dst = append(dst, `,"eventIds":[`...)
	for i, id := range r.EventIDs {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(hex.AppendEncode(append(dst, '"'), id[:]), '"')
	}
	dst = appendStamp(append(dst, `],"timestamp":"`...), r.Timestamp)
	dst = strconv.AppendBool(append(dst, `","replayed":`...), r.Replayed)
	if len(r.Aggregates) > 0 {
		dst = append(append(dst, `,"aggregates":`...), encode(r.Aggregates)...)
	}
	if len(r.IDs) > 0 {
		dst = append(append(dst, `,"ids":`...), encode(r.IDs)...)
	}
	return append(dst, '}')
}

// ReceiptStatus is 201 for what was appended now and 200 for what had been before.
func ReceiptStatus(r *quipu.Receipt) int {
	if r.Replayed {
		return 200
	}
	return 201
}

// AppendReceiptLine appends one line of the answer to many appends, for one that was accepted: the status that the
// append would have had by itself, then the receipt's members.
func AppendReceiptLine(dst []byte, r *quipu.Receipt) []byte {
	dst = strconv.AppendInt(append(dst, `{"status":`...), int64(ReceiptStatus(r)), 10)
	return append(appendReceiptMembers(append(dst, ','), r), '\n')
}

// AppendProblemLine appends one line of the answer to many appends, for one that was refused: a problem.
func AppendProblemLine(dst []byte, e *quipu.Error) []byte {
	return append(append(dst, EncodeProblem(e)...), '\n')
}

// DecodeLine reads one line of the answer to many appends: either a receipt or the error of that append. The last
// result is set where the line is neither.
func DecodeLine(line []byte) (*quipu.Receipt, *quipu.Error, error) {
	var status struct {
		Status int `json:"status"`
	}
	if err := json.Unmarshal(line, &status); err != nil {
		return nil, nil, fmt.Errorf("line of an answer: %w", err)
	}
	if status.Status != 200 && status.Status != 201 {
		return nil, DecodeProblem(status.Status, line), nil
	}
	var r quipu.Receipt
	if err := json.Unmarshal(line, &r); err != nil {
		return nil, nil, fmt.Errorf("receipt: %w", err)
	}
	return &r, nil, nil
}
