package node_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"reflect"
	"testing"
	"time"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/client"
	"github.com/quipu-ledger/quipu/fsm/record"
)

// wholeReads are reads of what appendWhole appended, in every way that there is:
// named is the receipt of the event that others link to, and whole of that with
// every member.
func wholeReads(named, whole quipu.Receipt) []reading {
	id, made := url.PathEscape("order/17"), named.IDs[0]
	reads := []reading{
		get("", `"settings":{"id":"uuid7"}`),
		get("/registry", `"versions":["1.0"]`),
		get("/registry/Item%20Ordered/schemas/1.0", itemSchema),
		get("/export", `"encryptedData":"opaque`),
		get("/export?files=omit", `"encryptedData":"opaque`),
		get("/aggregates/order", `"key":"o-17"`),
		get("/aggregates/order/o-17?files=inline", `"version":2,`),
		get("/aggregates/shop%2Ftill/1", `"menuItem":"two"`),
		get("/files/"+record.HashOf([]byte("hello")).String(), "hello"),
		get("/events/by-id/"+made, `"schema":"1.0"`),
		get("/events/by-id/"+made+"/graph?direction=in", `"type":"parent"`),
		get("/events/by-id/"+id, `"version":2`),
		get("/events/by-id/"+id+"?version=1", `"id":"note"`),
		get("/events/by-id/"+id+"/versions?files=inline", `"data":"aGVsbG8="`),
		get("/events/by-id/"+id+"/links?direction=both", `"type":"version"`),
		get("/events/by-id/"+id+"/graph", `"why":"combo"`),
	}
	for _, event := range []string{fmt.Sprint(whole.First), whole.EventIDs[0].String()} {
		reads = append(reads,
			get("/events/"+event, `"hash":"sha256:as its author says"`),
			get("/events/"+event+"?files=inline", `"data":"AAECAwQF`),
			get("/events/"+event+"/files/bytes", "\x00\x01\x02\x03"),
			get("/events/"+event+"/files/none", ""),
			get("/events/"+event+"/files/note%20again", "hello"),
			get("/events/"+event+"/links", `"type":"reference"`),
		)
	}
	for _, selector := range wholeSelectors(named) {
		body, err := json.Marshal(selector)
		if err != nil {
			panic(err)
		}
		reads = append(reads,
			reading{http.MethodPost, "/v1/ledgers/shop/select", string(body), `"encryptedData":"opaque`},
			reading{http.MethodPost, "/v1/ledgers/shop/select?files=inline", string(body), `"data":"AAECAwQF`})
	}
	return reads
}

func get(path, has string) reading {
	return reading{http.MethodGet, "/v1/ledgers/shop" + path, "", has}
}

// wholeSelectors find the event with every member, each by another one.
func wholeSelectors(named quipu.Receipt) []quipu.Selector {
	happened := time.Date(2021, 11, 16, 2, 0, 46, 120_000_000, time.UTC)
	return []quipu.Selector{
		{Entities: map[string][]string{"patron": {"Ämàl <&> \"Ω\"\u2028"}}},
		{Entities: map[string][]string{"order": {"o-17"}}, Reverse: true},
		{Entities: map[string][]string{"article-store/article": {"10627"}}},
		{Entities: map[string][]string{quipu.EntityType("", "a/b~c"): {"22341"}}},
		{Events: map[string]quipu.Query{"Item Ordered": {Path: "$ ? (@.price == 1.5)"}}},
		{Meta: &quipu.Query{Path: `$.actor ? (@ starts with "register-")`}},
		{Correlations: []quipu.Correlation{{Service: "article-store", Name: "article", Identifier: "10627"}}},
		{IDs: []string{"order/17", "none"}},
		{Producers: []string{"web-api"}},
		{Schemas: []string{"1.0"}},
		{Links: []quipu.LinkFilter{{Type: "version", Target: &quipu.Target{ID: "order/17", Version: 1}}}},
		{Links: []quipu.LinkFilter{{Target: &quipu.Target{Position: named.First}}}},
		{Links: []quipu.LinkFilter{{Target: &quipu.Target{EventID: &named.EventIDs[0]}}}},
		{Links: []quipu.LinkFilter{{Target: &quipu.Target{ID: named.IDs[0]}}}},
		{Schemas: []string{"1.0"}, From: named.Timestamp, System: true},
		{Schemas: []string{"1.0"}, HappenedFrom: happened, HappenedTo: happened.Add(time.Nanosecond)},
	}
}

// wantAsAppended wants an event to be read as its author sent it, with what is the
// ledger's to add.
func wantAsAppended(t *testing.T, one *client.Client, sent quipu.NewEvent, receipt quipu.Receipt) {
	t.Helper()
	event, err := one.Event(context.Background(), "shop", quipu.Place{Position: receipt.First}, client.WithMinPosition(receipt.Last))
	must(t, err)
	want, got := membersOf(t, sent), membersOf(t, event)
	for member, value := range map[string]string{
		"position": fmt.Sprint(receipt.First), "eventId": receipt.EventIDs[0].String(), "timestamp": receipt.Timestamp.Format(quipu.TimeLayout),
	} {
		if fmt.Sprint(got[member]) != value {
			t.Errorf("the %s is %v, the receipt says %s", member, got[member], value)
		}
		delete(got, member)
	}
	want["aggregate"] = membersOf(t, receipt.Aggregates[0])
	before := quipu.Link{Type: quipu.LinkVersion, Target: quipu.Target{ID: sent.ID, Version: sent.Version - 1}}
	want["links"] = append(want["links"].([]any), membersOf(t, before))
	for i, f := range sent.Files {
		if f.IsReference {
			continue
		}
		content, err := base64.StdEncoding.DecodeString(f.Data)
		must(t, err)
		file := want["files"].([]any)[i].(map[string]any)
		file["size"], file["hash"] = json.Number(fmt.Sprint(len(content))), record.HashOf(content).String()
		if len(content) > 0 {
			delete(file, "data") // of an empty content the client writes it
		}
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("the event is read as\n%v\nand was sent as\n%v", got, want)
	}
}

// membersOf are the members of a value's JSON, with numbers as they are written.
func membersOf(t *testing.T, value any) (members map[string]any) {
	t.Helper()
	text, err := json.Marshal(value)
	must(t, err)
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	must(t, decoder.Decode(&members))
	return members
}
