package selector_test

import (
	"testing"
	"time"

	"github.com/quipu-ledger/quipu/fsm/selector"
)

// A recorded time is a whole microsecond, so a bound between two of them means the later one.
func TestRecordedTimesRoundUp(t *testing.T) {
	for text, want := range map[string]int64{
		"1970-01-01T00:00:00Z":                0,
		"1970-01-01T00:00:00.000001Z":         1,
		"1970-01-01T00:00:00.000001000Z":      1,
		"1970-01-01T00:00:00.000001001Z":      2,
		"1970-01-01T00:00:00.000001999Z":      2,
		"1969-12-31T23:59:59.999999Z":         -1,
		"1969-12-31T23:59:59.9999985Z":        -1,
		"1969-12-31T23:59:59.9999995Z":        0,
		"2021-11-16T03:30:47.430415Z":         1637033447430415,
		"2021-11-16T04:30:47.430415+01:00":    1637033447430415,
		"2021-11-15T22:00:47.430415-05:30":    1637033447430415,
		"2021-11-17T03:29:47.430415+23:59":    1637033447430415,
		"0000-01-01T00:00:00Z":                time.Date(0, 1, 1, 0, 0, 0, 0, time.UTC).UnixMicro(),
		"9999-12-31T23:59:59.999999999+00:00": time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC).UnixMicro(),
	} {
		given := selector.Moment{Micros: want, Given: true}
		if s := parse(t, `{"from":"`+text+`"}`); s.From != given || s.To.Given {
			t.Errorf("from %s: %+v, %+v", text, s.From, s.To)
		}
		if s := parse(t, `{"to":"`+text+`"}`); s.To != given || s.From.Given {
			t.Errorf("to %s: %+v, %+v", text, s.From, s.To)
		}
	}
	if s := parse(t, `{"events":["a"]}`); s.From.Given || s.To.Given {
		t.Errorf("%+v, %+v", s.From, s.To)
	}
	if s := parse(t, `{"from":"1970-01-01T00:00:00Z","to":"1970-01-01T00:00:00.0000001Z"}`); s.From.Micros != 0 || s.To.Micros != 1 {
		t.Errorf("the event at 0 is in the range: %+v, %+v", s.From, s.To)
	}
}

func TestRefusalsOfTimes(t *testing.T) {
	for _, name := range []string{"from", "to", "happenedFrom", "happenedTo"} {
		for _, test := range []refusal{
			{text: `1637033447430415`, detail: "expected a time, found a number", hint: "RFC 3339 with a zone"},
			{text: `null`, detail: "found null", hint: "RFC 3339 with a zone"},
			{text: `""`, detail: `"" is not a time`, hint: "RFC 3339 with a zone"},
			{text: `"2021-11-16"`, detail: `"2021-11-16" is not a time`, hint: "RFC 3339 with a zone"},
			{text: `"2021-11-16T03:30:46"`, detail: "has no zone", hint: "add Z"},
			{text: `"2021-11-16T03:30:46.5"`, detail: "has no zone", hint: "add Z"},
			{text: `"2021-11-16 03:30:46Z"`, detail: "is not a time"},
			{text: `"2021-11-16T3:30:46Z"`, detail: "is not a time"},
			{text: `"2021-11-16T03:30:46,5Z"`, detail: "is not a time"},
			{text: `"2021-11-16T24:00:00Z"`, detail: "there is no time", hint: "the hour"},
			{text: `"2021-02-29T00:00:00Z"`, detail: "there is no time", hint: "the day"},
			{text: `"2021-11-16T03:30:46+24:00"`, detail: "is not a time"},
			{text: `"2021-11-16T03:30:46+00:60"`, detail: "is not a time"},
			{text: `"2021-11-16t03:30:46z"`, detail: "is not a time"},
			{text: `"10000-01-01T00:00:00Z"`, detail: "is not a time"},
			{text: `"2021-11-16T03:30:46.0000000001Z"`, detail: "more than 9 digits behind the second", hint: "round"},
			{text: `"2021-11-16T03:30:46.0000000000-01:00"`, detail: "more than 9 digits behind the second", hint: "round"},
			{text: `"2021-11-16T03:30:46\u005"`, detail: "escape"},
		} {
			test.text, test.pointer = `{"`+name+`":`+test.text+`}`, "/"+name
			test.parsed(t)
		}
	}
	for _, test := range []refusal{
		{text: `{"from":"2021-11-16T03:30:46Z","to":"2021-11-16T03:30:46Z"}`, pointer: "/to", detail: "to is not after from", hint: "from is the first moment"},
		{text: `{"from":"2021-11-16T03:30:46Z","to":"2021-11-16T04:30:46+01:00"}`, pointer: "/to", detail: "to is not after from"},
		{text: `{"from":"2021-11-16T03:30:46Z","to":"2021-11-16T03:30:45.999999Z"}`, pointer: "/to", detail: "to is not after from"},
		{text: `{"from":"2021-11-16T03:30:46.0000001Z","to":"2021-11-16T03:30:46.000001Z"}`, pointer: "/to", detail: "to is not after from"},
		{text: `{"happenedFrom":"2021-11-16T03:30:46Z","happenedTo":"2021-11-16T04:30:46+01:00"}`, pointer: "/happenedTo",
			detail: "happenedTo is not after happenedFrom", hint: "happenedFrom is the first moment"},
		{text: `{"happenedFrom":"2021-11-16T03:30:46Z","happenedTo":"2021-11-16T03:30:45Z"}`, pointer: "/happenedTo", detail: "is not after"},
	} {
		test.parsed(t)
	}
	parse(t, `{"from":"2021-11-16T03:30:46Z","to":"2021-11-16T03:30:46.000000001Z"}`)
	parse(t, `{"happenedFrom":"2021-11-16T03:30:46Z","happenedTo":"2021-11-16T03:30:46.000000001Z"}`)
	parse(t, `{"from":"2021-11-16T03:30:46Z","happenedTo":"2020-11-16T03:30:46Z"}`)
}
