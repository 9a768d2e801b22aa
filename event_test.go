package quipu_test

import (
	"encoding/json"
	"reflect"
	"testing"
	"time"

	"github.com/quipu-ledger/quipu"
)

// TestEventWritesItsTimeAsTheLedgerDoes ensures that an event that went through
// a program looks like one that came from a node.
func TestEventWritesItsTimeAsTheLedgerDoes(t *testing.T) {
	const line = `{"position":3,"eventId":"0005d0df8d1e990f13658533a0f8f294","timestamp":"2021-11-16T03:30:47.430400Z",` +
		`"event":"Item Ordered","entities":{"patron":["Harold_Cho"]},"data":{"menuItem":"<Bean & Burrito>"},"meta":{},"id":"448278c4"}`
	var e quipu.Event
	if err := json.Unmarshal([]byte(line), &e); err != nil {
		t.Fatal(err)
	}
	if want := time.Date(2021, 11, 16, 3, 30, 47, 430_400_000, time.UTC); !e.Timestamp.Equal(want) {
		t.Errorf("timestamp %v, want %v", e.Timestamp, want)
	}
	got, err := e.MarshalJSON()
	if err != nil || string(got) != line {
		t.Errorf("%s, %v, want\n%s", got, err, line)
	}
	var again quipu.Event
	through, err := json.Marshal(e)
	if err == nil {
		err = json.Unmarshal(through, &again)
	}
	if err != nil || again.Name != e.Name || !again.Timestamp.Equal(e.Timestamp) || !reflect.DeepEqual(again.Entities, e.Entities) {
		t.Errorf("%+v, %v, want %+v", again, err, e)
	}
}
