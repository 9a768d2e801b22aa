package api_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/transport/wire"
)

// A range of time is a range of positions, and bounds the answer like one.
func TestSelectBetweenTwoTimes(t *testing.T) {
	n := newNode(t)
	at := map[int]string{} // of the events from 6 to 10
	for p := 6; p <= 10; p++ {
		r := n.receipt(single(""))
		at[p] = r.Timestamp.Format(quipu.TimeLayout)
	}
	after := func(p int) string { // the moment behind an event's
		when, err := time.Parse(quipu.TimeLayout, at[p])
		if err != nil {
			t.Fatal(err)
		}
		return when.Add(time.Nanosecond).Format(time.RFC3339Nano)
	}
	const past, future = `1999-12-31T23:59:59Z`, `2999-12-31T23:59:59+01:00`
	for _, c := range []struct {
		selector, want string
		end            wire.End
	}{
		{`"from":"` + at[8] + `"`, "8 9 10", wire.End{Position: 10, Head: 10}},
		{`"from":"` + after(8) + `"`, "9 10", wire.End{Position: 10, Head: 10}},
		{`"to":"` + at[8] + `"`, "6 7", wire.End{Position: 7, Head: 10}},
		{`"to":"` + after(8) + `"`, "6 7 8", wire.End{Position: 8, Head: 10}},
		{`"from":"` + at[7] + `","to":"` + at[9] + `"`, "7 8", wire.End{Position: 8, Head: 10}},
		{`"from":"` + at[7] + `","to":"` + at[9] + `","reverse":true`, "8 7", wire.End{Position: 7, Head: 10}},
		{`"from":"` + at[7] + `","limit":1`, "7", wire.End{Position: 7, Head: 10, More: true}},
		{`"from":"` + at[7] + `","after":8`, "9 10", wire.End{Position: 10, Head: 10}},
		{`"from":"` + at[7] + `","until":8`, "7 8", wire.End{Position: 8, Head: 10}},
		{`"from":"` + at[9] + `","until":7`, "", wire.End{Position: 8, Head: 10}},
		{`"to":"` + at[8] + `","after":9`, "", wire.End{Position: 9, Head: 10}},
		{`"from":"` + past + `"`, "6 7 8 9 10", wire.End{Position: 10, Head: 10}},
		{`"to":"` + past + `"`, "", wire.End{Position: 0, Head: 10}},
		{`"to":"` + past + `","reverse":true`, "", wire.End{Position: 0, Head: 10}},
		{`"from":"` + future + `"`, "", wire.End{Position: 10, Head: 10}},
		{`"from":"` + future + `","reverse":true`, "", wire.End{Position: 10, Head: 10}},
		{`"to":"` + future + `"`, "6 7 8 9 10", wire.End{Position: 10, Head: 10}},
	} {
		for _, system := range []string{"", `"entity":"patron","key":"a",`} {
			events, end := n.selected(`{` + system + c.selector + `}`)
			if got := positions(events); got != c.want || end != c.end {
				t.Errorf("%s: %q %+v, want %q %+v", c.selector, got, end, c.want, c.end)
			}
		}
	}
}

func TestSelectBetweenTimesIsContinuedFromItsEnd(t *testing.T) {
	n := newNode(t)
	var times []time.Time
	for range 60 {
		times = append(times, n.receipt(single("")).Timestamp)
	}
	span := fmt.Sprintf(`"from":%q,"to":%q`, times[10].Format(quipu.TimeLayout), times[50].Format(quipu.TimeLayout))
	whole, _ := n.selected(`{` + span + `}`)
	var parts []quipu.Event
	for after, more := quipu.Position(0), true; more; {
		events, end := n.selected(fmt.Sprintf(`{%s,"after":%d,"limit":7}`, span, after))
		parts = append(parts, events...)
		after, more = end.Position, end.More
	}
	if len(whole) != 40 || positions(parts) != positions(whole) {
		t.Errorf("%s\nnot %s", positions(parts), positions(whole))
	}
}

func TestTimesAreForReads(t *testing.T) {
	n := newNode(t)
	n.refuses("POST", selectPath, []refusal{
		{`{"from":"yesterday"}`, 400, quipu.Invalid, "/from", "RFC 3339"},
		{`{"from":"2021-11-16T03:30:46Z","to":"2021-11-16T03:30:46Z"}`, 400, quipu.Invalid, "/to", "nothing can match"},
	})
	n.refuses("POST", appendPath, []refusal{
		{guarded(`{"from":"2021-11-16T03:30:46Z"}`), 400, quipu.Invalid, "/conditions/0/from", "no place in a condition"},
	})
	if e := n.do("GET", "/v1/ledgers/main/export?from=2021-11-16T03:30:46Z", "").problem(t, 400, quipu.Invalid); !strings.Contains(e.Hint, "known are") {
		t.Errorf("%+v", e)
	}
}
