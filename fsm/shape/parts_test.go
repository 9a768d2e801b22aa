package shape_test

import (
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/fsm/shape"
)

const partsMax = 4096

func TestListsAreBoundedBeforeTheyTakeMemory(t *testing.T) {
	array := func(n int) string { return "[" + strings.Repeat("1,", n-1) + "1]" }
	object := func(n int) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, `,"\",%d":[1,2]`, i) // commas that are no members' ends
		}
		return "{" + b.String()[1:] + "}"
	}
	for _, test := range []struct {
		name, value string
		ok          bool
	}{
		{"most elements", array(partsMax), true},
		{"an element more", array(partsMax + 1), false},
		{"commas within elements", "[" + array(partsMax) + "," + array(partsMax) + "]", true},
		{"commas within strings", `["` + strings.Repeat(",", 3*partsMax) + `"]`, true},
		{"most members", object(partsMax), true},
		{"a member more", object(partsMax + 1), false},
	} {
		v := at(t, `{"x":`+test.value+`}`, "x")
		var err error
		if v.IsArray() {
			_, err = v.Array()
		} else {
			_, err = v.Object()
		}
		if test.ok && err != nil || !test.ok && !errors.Is(err, quipu.TooLarge) {
			t.Errorf("%s: %v", test.name, err)
		}
		if !test.ok && known(t, err).Pointer != "/x" {
			t.Errorf("%s: %+v", test.name, err)
		}
	}
}

func TestHugeListCostsNoMoreThanItsBody(t *testing.T) {
	body := []byte(`{"events":[` + strings.Repeat("1,", quipu.AppendBytesMax/2-10) + `1]}`)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	o, err := shape.Of(body).Object()
	if err != nil {
		t.Fatal(err)
	}
	_, err = o.Member("events").Array()
	runtime.ReadMemStats(&after)
	if !errors.Is(err, quipu.TooLarge) || after.TotalAlloc-before.TotalAlloc > 1<<20 {
		t.Errorf("%d bytes, %v", after.TotalAlloc-before.TotalAlloc, err)
	}
	if e := known(t, err); e.Detail != "the array: 4194295 elements, the limit is 4096" {
		t.Errorf("%+v", e)
	}
}
