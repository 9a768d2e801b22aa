package canonical_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/quipu-ledger/quipu/fsm/canonical"
)

func TestMembersGivesEachMember(t *testing.T) {
	const object = `{"\n":"a\"}","\"\\":"\\","a":{"b":[1,{"]":"}"}]},"n":-1.5e3,"z":null}`
	var got []string
	err := canonical.Members([]byte(object), func(key string, rawKey, value []byte) bool {
		got = append(got, fmt.Sprintf("%q %s %s", key, rawKey, value))
		return true
	})
	want := []string{
		`"\n" "\n" "a\"}"`, `"\"\\" "\"\\" "\\"`, `"a" "a" {"b":[1,{"]":"}"}]}`, `"n" "n" -1.5e3`, `"z" "z" null`,
	}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("got %q, %v", got, err)
	}
}

func TestElementsGivesEachElement(t *testing.T) {
	var got []string
	err := canonical.Elements([]byte(`[1,"a,]",[],{"a":[2,3]},true]`), func(value []byte) bool {
		got = append(got, string(value))
		return true
	})
	if err != nil || !slices.Equal(got, []string{`1`, `"a,]"`, `[]`, `{"a":[2,3]}`, `true`}) {
		t.Errorf("got %q, %v", got, err)
	}
}

func TestWalkStopsWhenTold(t *testing.T) {
	calls := 0
	stop := func() bool { calls++; return calls < 2 }
	err := canonical.Members([]byte(`{"a":1,"b":2,"c":3}`), func(string, []byte, []byte) bool { return stop() })
	if err != nil || calls != 2 {
		t.Errorf("Members: %d calls, %v", calls, err)
	}
	calls = 0
	err = canonical.Elements([]byte(`[1,2,3]`), func([]byte) bool { return stop() })
	if err != nil || calls != 2 {
		t.Errorf("Elements: %d calls, %v", calls, err)
	}
}

func TestWalkRefusesWhatItCannotSplit(t *testing.T) {
	for _, object := range []string{
		``, `{`, `}`, `[]`, `1`, `{"a"}`, `{"a":}`, `{"a":1,}`, `{a:1}`, `{"a":{}`, `{"a":"}`, `{"a}`, `{"a:1}`, `{"a":1}}`,
	} {
		err := canonical.Members([]byte(object), func(string, []byte, []byte) bool { return true })
		if err == nil {
			t.Errorf("Members(%s)", object)
		}
	}
	for _, array := range []string{``, `[`, `]`, `{}`, `[,]`, `[1,]`, `[,1]`, `["]`, `[[]`, `[]]`, `["a""b"]`} {
		if err := canonical.Elements([]byte(array), func([]byte) bool { return true }); err == nil {
			t.Errorf("Elements(%s)", array)
		}
	}
}

func TestWalkDoesNotAllocate(t *testing.T) {
	object := []byte(orderedObject)
	array := []byte(`["a",{"b":1},[2]]`)
	members := func(key string, _, _ []byte) bool { return key != "" }
	elements := func(value []byte) bool { return len(value) > 0 }
	n := testing.AllocsPerRun(100, func() {
		_ = canonical.Members(object, members)
		_ = canonical.Elements(array, elements)
	})
	if n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func TestWalkedValueCannotGrowIntoItsNeighbour(t *testing.T) {
	object := []byte(`{"a":1,"b":2}`)
	err := canonical.Members(object, func(_ string, rawKey, value []byte) bool {
		_, _ = append(rawKey, 'x'), append(value, 'x')
		return true
	})
	if err != nil || string(object) != `{"a":1,"b":2}` {
		t.Errorf("the object became %s, %v", object, err)
	}
}
