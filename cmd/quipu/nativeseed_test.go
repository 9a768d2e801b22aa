package main

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/quipu-ledger/quipu"
)

// TestNativeSeedWorksAsPrinted ensures the same of the example event that has an entity
// and a key, and that the example selectors find on each node what they mean, and
// guard appends.
func TestNativeSeedWorksAsPrinted(t *testing.T) {
	t.Parallel()
	urls := startNodes(t, 3)
	seed := canon(t, seedLines(t, "evently.json")[0])
	const key = "Zirommok_Dun_&_Bradstreet_Inc._1968_Championship~15_1"
	path := func(i int, path string) string { return urls[i%3] + "/v1/ledgers/main/" + path }
	want := func(wanted int, i int, to, body string) (answer string) {
		t.Helper()
		status, answer := sendJSON(t, http.MethodPost, path(i, to), body)
		if status != wanted {
			t.Fatalf("%s: %d %s", body, status, answer)
		}
		return answer
	}
	for i, body := range []string{
		`{"event":"Item Ordered","entities":["patron"]}`, `{"event":"match-created","entities":["match"]}`,
		`{"event":"game-started","entities":["game"]}`, `{"event":"game-paused","entities":["game"]}`,
	} {
		want(http.StatusCreated, i, "registry", body)
	}
	first := want(http.StatusCreated, 1, "append", seed)
	again := want(http.StatusOK, 2, "append", seed)
	if strings.Replace(first, `"replayed":false`, `"replayed":true`, 1) != again {
		t.Errorf("the seed was appended as %s and then as %s", first, again)
	}
	for i, body := range []string{
		`{"event":"game-started","entity":"game","key":"` + key + `"}`, `{"event":"game-paused","entity":"game","key":"` + key + `"}`,
		`{"event":"game-started","entity":"game","key":"other"}`,
		`{"event":"match-created","entity":"match","key":"m1","data":{"players":["x","Amal_Hussein"]}}`,
		`{"event":"match-created","entity":"match","key":"m2","data":{"players":["x"]}}`,
	} {
		want(http.StatusCreated, i, "append", body)
	}
	for k, selector := range seedLines(t, "evently-selectors.ndjson") {
		found := []string{`"game-started","entities":{"game":["` + key + `"]}`, `"entities":{"match":["m1"]}`}[k]
		for i := range urls {
			answer := want(http.StatusOK, i, "select", selector)
			if strings.Count(answer, "\n") != 2 || !strings.Contains(answer, found) {
				t.Errorf("%s finds\n%s", selector, answer)
			}
			want(http.StatusConflict, i, "append", `{"event":"game-paused","entity":"game","key":"a","condition":`+selector+`}`)
		}
	}
	for i := range urls {
		_, answer := sendJSON(t, http.MethodGet, path(i, "events/by-id/0005d0df8d1e990f13658533a0f8f294"), "")
		if got := asNativeSeed(t, answer); got != seed {
			t.Errorf("%s has\n%s\nwant\n%s", urls[i], got, seed)
		}
	}
	wantSameFrom(t, urls, "main")
}

// asNativeSeed writes an event as the example is written: with one entity, and with the
// id and the time under the names that they had.
func asNativeSeed(t *testing.T, answer string) string {
	t.Helper()
	var e quipu.Event
	if err := json.Unmarshal([]byte(answer), &e); err != nil || len(e.Entities) != 1 {
		t.Fatalf("%s: %v", answer, err)
	}
	members := map[string]any{"event": e.Name, "eventId": e.ID, "timestamp": e.HappenedAt, "data": e.Data, "meta": e.Meta}
	for entityType, keys := range e.Entities {
		members["entity"], members["key"] = entityType, strings.Join(keys, "\x00")
	}
	text, err := json.Marshal(members)
	if err != nil {
		t.Fatal(err)
	}
	return canon(t, string(text))
}
