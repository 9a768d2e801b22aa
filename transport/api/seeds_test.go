package api_test

import (
	"fmt"
	"testing"

	"github.com/quipu-ledger/quipu"
)

// The event and the selectors that the model's first description prints, with their braces closed.
const (
	seedEvent = `{
  "event": "Item Ordered",
  "entity": "patron",
  "key": "Harold_Cho",
  "eventId": "0005d0df8d1e990f13658533a0f8f294",
  "timestamp": "2021-11-16T03:30:47.430415Z",
  "data": {
    "menuItem": "Bean Burrito",
    "toppings": ["chiles", "salsa verde"],
    "spicy": true,
    "peppers": 5
  },
  "meta": {
    "actor": "register-2",
    "commandId": "e33692e9-3e73-4028-8962-2753ddae2a0f",
    "correlationId": "22341"
  }}`
	seedReplay = `{
  "entity": "game",
  "keys": ["Zirommok_Dun_&_Bradstreet_Inc._1968_Championship~15_1"],
  "events": ["game-started", "game-finished"]}`
	seedFilter = `{
  "data": {
    "match": {
      "match-created": "$.players ? (@==\"Elizabeth_Wilkerson\" || @==\"Amal_Hussein\")"}}}`
)

func TestSeedEventIsAppendedAsPrinted(t *testing.T) {
	n := newNode(t)
	p := decode[quipu.Receipt](t, n.want(201, "POST", appendPath, seedEvent).body).First
	e := decode[quipu.Event](t, n.want(200, "GET", fmt.Sprintf("/v1/ledgers/main/events/%d", p), "").body)
	if e.Name != "Item Ordered" || e.Entities["patron"][0] != "Harold_Cho" || e.ID != "0005d0df8d1e990f13658533a0f8f294" ||
		e.HappenedAt != "2021-11-16T03:30:47.430415Z" || e.EventID.String() == e.ID {
		t.Errorf("%+v", e)
	}
	if want := `{"menuItem":"Bean Burrito","peppers":5,"spicy":true,"toppings":["chiles","salsa verde"]}`; string(e.Data) != want {
		t.Errorf("data %s", e.Data)
	}
}

func TestSeedSelectorsWorkAsPrinted(t *testing.T) {
	n := newNode(t)
	n.register("main", "match-started", "match")
	n.want(200, "POST", "/v1/ledgers/main/registry", `{"event":"match-created","entities":["match","game"]}`)
	n.want(201, "POST", appendPath, `{"event":"game-started","entity":"game","key":"Zirommok_Dun_&_Bradstreet_Inc._1968_Championship~15_1"}`)
	n.want(201, "POST", appendPath, `{"event":"game-started","entity":"game","key":"another"}`)
	n.want(201, "POST", appendPath, `{"event":"match-created","entity":"match","key":"m1","data":{"players":["Amal_Hussein","x"]}}`)
	n.want(201, "POST", appendPath, `{"event":"match-created","entity":"match","key":"m2","data":{"players":["y"]}}`)
	n.want(201, "POST", appendPath, `{"event":"match-created","entity":"game","key":"m3","data":{"players":["Amal_Hussein"]}}`)

	if events, _ := n.selected(seedReplay); len(events) != 1 || events[0].Name != "game-started" {
		t.Errorf("replay: %+v", events)
	}
	if events, _ := n.selected(seedFilter); len(events) != 1 || events[0].Entities["match"][0] != "m1" {
		t.Errorf("filter: %+v", events)
	}
	// And as guards of an append.
	for _, selector := range []string{seedReplay, seedFilter} {
		body := `{"event":"Item Ordered","entity":"patron","key":"a","condition":` + selector + `}`
		n.do("POST", appendPath, body).problem(t, 409, quipu.Conflict)
	}
}
