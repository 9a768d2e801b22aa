package node_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/quipu-ledger/quipu"
)

// TestSchemaCountsAtOnceEverywhere ensures that a version that was registered
// through one node is enforced by the next append through any other, also right
// after the leader has changed: what fits is accepted, and nothing else.
func TestSchemaCountsAtOnceEverywhere(t *testing.T) {
	t.Parallel()
	c := startCluster(t, 3)
	c.register(0)
	for round := range 18 {
		if round == 9 {
			c.lead((c.leader() + 1) % 3) // the new one has compiled none of them
			c.ready()
		}
		version := fmt.Sprint("v", round)
		schema := fmt.Sprintf(`{"properties":{"key":{"const":%q}},"required":["key"]}`, version)
		c.want(http.StatusCreated, round%3, http.MethodPut, "/v1/ledgers/main/registry/opened/schemas/"+version, schema)
		var appending sync.WaitGroup
		for i := range c.nodes {
			appending.Go(func() {
				if status, answer := ask(t, c.nodes[i], http.MethodPost, appendPath, checked(version, version)); status != http.StatusCreated {
					t.Errorf("data that fits %s through node %d: %d %s", version, i, status, answer)
				}
				status, answer := ask(t, c.nodes[i], http.MethodPost, appendPath, checked(version, "other"))
				if e := problemOf(status, answer); e.Kind != quipu.SchemaViolation || e.Pointer != "/data/key" {
					t.Errorf("data that does not fit %s through node %d: %d %s", version, i, status, answer)
				}
			})
		}
		appending.Wait()
		again := c.want(http.StatusOK, (round+1)%3, http.MethodPut, "/v1/ledgers/main/registry/opened/schemas/"+version, " "+schema)
		if !strings.Contains(again, version) {
			t.Errorf("the same version again: %s", again)
		}
		status, answer := ask(t, c.nodes[(round+2)%3], http.MethodPut, "/v1/ledgers/main/registry/opened/schemas/"+version, `{}`)
		if e := problemOf(status, answer); e.Kind != quipu.Mismatch {
			t.Errorf("another schema under the version: %d %s", status, answer)
		}
	}
	status, answer := ask(t, c.nodes[0], http.MethodPost, appendPath, checked("v18", "v18"))
	if e := problemOf(status, answer); e.Kind != quipu.NotRegistered || e.Pointer != "/schema" {
		t.Errorf("a version that is not registered: %d %s", status, answer)
	}
	if n := len(c.agreed()) - 2; n != 18*(1+3) {
		t.Errorf("%d events, want %d", n, 18*(1+3))
	}
}

// checked is an event that names a version of its schema.
func checked(version, key string) string {
	return fmt.Sprintf(`{"event":"opened","entities":{"account":["a"]},"schema":%q,"data":{"key":%q}}`, version, key)
}

// TestRuleOfSchemasCountsAtOnceEverywhere ensures the same of what a registration
// says of events that name no schema.
func TestRuleOfSchemasCountsAtOnceEverywhere(t *testing.T) {
	t.Parallel()
	c := startCluster(t, 3)
	c.register(0)
	const unnamed = `{"event":"opened","entities":{"account":["a"]},"data":{"key":"k"}}`
	for _, version := range []string{"1", "2"} {
		c.want(http.StatusCreated, 1, http.MethodPut, "/v1/ledgers/main/registry/opened/schemas/"+version, `{"properties":{"key":{"type":"string"}}}`)
	}
	for round := range 12 {
		rule, want := `{}`, ""
		switch round % 4 {
		case 1:
			rule, want = `{"default":"1"}`, "1"
		case 2:
			rule, want = `{"default":"2","required":true}`, "2"
		case 3:
			rule = `{"required":true}`
		}
		c.want(http.StatusOK, round%3, http.MethodPost, "/v1/ledgers/main/registry", `{"event":"opened","entities":["account"],"schema":`+rule+`}`)
		status, answer := ask(t, c.nodes[(round+1)%3], http.MethodPost, appendPath, unnamed)
		if round%4 == 3 {
			if e := problemOf(status, answer); e.Kind != quipu.SchemaViolation || e.Hint == "" {
				t.Errorf("an event that must name its schema, and does not: %d %s", status, answer)
			}
			continue
		}
		if status != http.StatusCreated {
			t.Errorf("with the rule %s: %d %s", rule, status, answer)
			continue
		}
		stored := c.want(http.StatusOK, (round+2)%3, http.MethodGet, fmt.Sprint("/v1/ledgers/main/events/", receiptOf(t, answer).First), "")
		var event quipu.Event
		if err := json.Unmarshal([]byte(stored), &event); err != nil || event.Schema != want {
			t.Errorf("with the rule %s the event has the schema %q, want %q, %v", rule, event.Schema, want, err)
		}
	}
	c.agreed()
}

// TestEventHasTheSchemaOfItsPlace ensures that a rule that changes while appends are
// on their way holds exactly from its place in the ledger on: no event behind it
// has another default, and none was checked against another.
func TestEventHasTheSchemaOfItsPlace(t *testing.T) {
	t.Parallel()
	c := startCluster(t, 3)
	c.register(0)
	for version, kind := range map[string]string{"1": "string", "2": "number"} {
		c.want(http.StatusCreated, 1, http.MethodPut, "/v1/ledgers/main/registry/opened/schemas/"+version, `{"properties":{"value":{"type":"`+kind+`"}}}`)
	}
	rule := func(turn int) {
		c.want(http.StatusOK, turn%3, http.MethodPost, "/v1/ledgers/main/registry",
			fmt.Sprintf(`{"event":"opened","entities":["account"],"schema":{"default":"%d"}}`, 1+turn%2))
	}
	rule(0)
	var done atomic.Bool
	var appending sync.WaitGroup
	for w := range 6 {
		value := []string{`"text"`, `5`}[w%2]
		appending.Go(func() {
			for turn := 0; !done.Load(); turn++ {
				status, answer := ask(t, c.nodes[(w+turn)%3], http.MethodPost, appendPath, `{"event":"opened","entities":{"account":["a"]},"data":{"value":`+value+`}}`)
				switch e := problemOf(status, answer); {
				case status == http.StatusCreated, e.Kind == quipu.SchemaViolation:
				case e.Kind == quipu.Unavailable && strings.HasPrefix(e.Detail, "the registry changed"):
				default:
					t.Errorf("%d %s", status, answer)
					return
				}
			}
		})
	}
	for turn := range 30 {
		rule(turn + 1)
	}
	done.Store(true)
	appending.Wait()
	c.agreed()
	c.wantSchemasOfTheirPlaces()
}

// wantSchemasOfTheirPlaces folds the rule along the ledger, and holds each event against
// the one of its place.
func (c *cluster) wantSchemasOfTheirPlaces() {
	c.t.Helper()
	rule, checked := "", map[string]int{}
	system := quipu.Selector{Events: quipu.Names("opened", quipu.EventRegistered), System: true}
	for event, err := range c.client(0).Select(context.Background(), "main", system) {
		var data struct {
			Value  any
			Schema quipu.SchemaRule
		}
		if err := errors.Join(err, json.Unmarshal(event.Data, &data)); err != nil {
			c.t.Fatal(err)
		}
		if event.Name == quipu.EventRegistered {
			rule = data.Schema.Default
			continue
		}
		checked[rule]++
		if _, text := data.Value.(string); event.Schema != rule || text != (rule == "1") {
			c.t.Errorf("event %d, with the value %v and the schema %q, stands where the rule is %q", event.Position, data.Value, event.Schema, rule)
		}
	}
	if len(checked) != 2 {
		c.t.Errorf("events by the rule that they were appended under: %v", checked)
	}
}

// TestViolationListsEverything ensures that data that does not fit is refused with
// all that is wrong in all events of the append, through a follower as well, and
// that nothing of it is stored.
func TestViolationListsEverything(t *testing.T) {
	t.Parallel()
	c := startCluster(t, 3)
	c.register(0)
	c.want(http.StatusCreated, 0, http.MethodPut, "/v1/ledgers/main/registry/opened/schemas/1",
		`{"required":["name"],"properties":{"name":{"minLength":1},"age":{"type":"integer","minimum":0},"tags":{"items":{"type":"string"}}},"additionalProperties":false}`)
	head := c.head()
	event := func(data string) string {
		return `{"event":"opened","entities":{"account":["a"]},"schema":"1","data":` + data + `}`
	}
	body := fmt.Sprintf(`{"events":[%s,%s,%s],"idempotencyKey":"k"}`,
		event(`{"name":"","age":-1,"tags":["x",1,null]}`), event(`{"name":"fits"}`), event(`{"colour":"red"}`))
	want := []quipu.Violation{
		{Event: 0, Pointer: "/age", Keyword: "minimum"}, {Event: 0, Pointer: "/name", Keyword: "minLength"},
		{Event: 0, Pointer: "/tags/1", Keyword: "type"}, {Event: 0, Pointer: "/tags/2", Keyword: "type"},
		{Event: 2, Pointer: "", Keyword: "required"}, {Event: 2, Pointer: "/colour", Keyword: "additionalProperties"},
	}
	for i := range c.nodes {
		status, answer := ask(t, c.nodes[i], http.MethodPost, appendPath, body)
		e := problemOf(status, answer)
		if status != http.StatusUnprocessableEntity || e.Kind != quipu.SchemaViolation || len(e.Violations) != len(want) {
			t.Errorf("node %d: %d %s", i, status, answer)
			continue
		}
		for _, v := range want {
			if !listed(e.Violations, v) {
				t.Errorf("node %d does not list %+v: %s", i, v, answer)
			}
		}
	}
	long := fmt.Sprintf(`{"events":[%s,%s]}`,
		event(`{"name":"","tags":[`+strings.Repeat(`1,`, 200)+`1]}`), event(`{"name":"x","`+strings.Repeat("n", 1<<19)+`":[]}`))
	for i := range c.nodes {
		status, answer := ask(t, c.nodes[i], http.MethodPost, appendPath, long)
		if e := problemOf(status, answer); e.Kind != quipu.SchemaViolation || len(e.Violations) != quipu.ViolationsMax {
			t.Errorf("node %d lists %d of more than it may: %d %s", i, len(e.Violations), status, clip(answer))
		}
	}
	if now := c.head(); now != head {
		t.Errorf("the head is %d, it was %d", now, head)
	}
	c.want(http.StatusCreated, 0, http.MethodPost, appendPath, fmt.Sprintf(`{"events":[%s],"idempotencyKey":"k"}`, event(`{"name":"fits"}`)))
	c.agreed()
}

// listed finds a violation whatever the sentence that says it.
func listed(list []quipu.Violation, want quipu.Violation) bool {
	for _, v := range list {
		if v.Detail != "" && v.Event == want.Event && v.Pointer == want.Pointer && v.Keyword == want.Keyword {
			return true
		}
	}
	return false
}
