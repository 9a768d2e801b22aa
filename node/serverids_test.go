package node_test

import (
	"context"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"sync"
	"testing"

	"github.com/google/uuid"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/client"
	"github.com/quipu-ledger/quipu/transport/wire"
)

// uuidOf is what the ids of a kind look like: the version is the first digit of
// the third group, the variant that of the fourth (RFC 9562, section 4).
var uuidOf = map[quipu.IDKind]*regexp.Regexp{
	quipu.UUID1: regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-1[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`),
	quipu.UUID4: regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`),
	quipu.UUID7: regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`),
}

// made is an id that a ledger made, with what it was made for.
type made struct {
	ledger, key, id string
	leader          int // -1 if it changed meanwhile
}

// TestLedgersMakeIDsThatNeverRepeat ensures that ids that the leader makes are
// UUIDs of the kind that the settings say, all different whoever leads and
// however often it was started, the same on every node, and the same again for
// the same idempotency key.
func TestLedgersMakeIDsThatNeverRepeat(t *testing.T) {
	t.Parallel()
	c := startCluster(t, 3)
	for _, kind := range quipu.IDKinds {
		one, ledger := c.client(0), string(kind)
		_, err := one.CreateLedgerWith(context.Background(), wire.NewLedger{Name: ledger, Settings: quipu.Settings{ID: kind}})
		must(t, err)
		must(t, one.Register(context.Background(), ledger, quipu.Registration{Event: "opened", Entities: []string{"account"}}))
	}
	var all []made
	for leader := range c.nodes {
		c.lead(leader)
		all = append(all, c.makeIDs(leader)...)
	}
	for i := range c.nodes {
		c.kill(i)
	}
	for i := range c.nodes {
		c.start(i)
	}
	c.ready()
	all = append(all, c.makeIDs(c.leader())...)

	ids := map[string]bool{}
	for n, m := range all {
		if ids[m.id] || !uuidOf[quipu.IDKind(m.ledger)].MatchString(m.id) {
			t.Errorf("the ledger of %s made the id %q; that it was there before is %v", m.ledger, m.id, ids[m.id])
		}
		ids[m.id] = true
		if n%7 == 0 {
			c.wantSameID(m, n%3)
		}
	}
	wantNodeOfLeader(t, all)
	for _, kind := range quipu.IDKinds {
		if n := len(c.agreedOn(string(kind))); n != 2+len(all)/3 {
			t.Errorf("the ledger of %s has %d events, want %d", kind, n, 2+len(all)/3)
		}
	}
	c.checkFiles()
}

// makeIDs appends events without ids to the ledger of each kind, through all nodes
// at once, while a node leads.
func (c *cluster) makeIDs(leader int) (list []made) {
	c.t.Helper()
	const each = 8
	var mu sync.Mutex
	var writing sync.WaitGroup
	for i := range c.nodes {
		one := c.client(i)
		writing.Go(func() {
			for k := range each {
				for _, kind := range quipu.IDKinds {
					m := made{ledger: string(kind), key: fmt.Sprintf("%p-%d-%d", one, i, k), leader: leader}
					receipt, err := one.Append(context.Background(), m.ledger, fact(m.key))
					if err != nil || len(receipt.IDs) != 1 {
						c.t.Errorf("append: %+v, %v", receipt, err)
						continue
					}
					m.id = receipt.IDs[0]
					mu.Lock()
					list = append(list, m)
					mu.Unlock()
				}
			}
		})
	}
	writing.Wait()
	if !c.nodes[leader].Leads() {
		for n := range list {
			list[n].leader = -1
		}
	}
	return list
}

// wantSameID sends an append again through a node, and reads its event there.
func (c *cluster) wantSameID(m made, through int) {
	c.t.Helper()
	one := c.client(through)
	again, err := one.Append(context.Background(), m.ledger, fact(m.key))
	if err != nil || !again.Replayed || !slices.Equal(again.IDs, []string{m.id}) {
		c.t.Errorf("%s was named %s; sent again: %+v, %v", m.key, m.id, again, err)
	}
	event, err := one.EventByID(context.Background(), m.ledger, m.id, 0, client.WithConsistency(quipu.Linearizable))
	if err != nil || event.Position != again.First || event.ID != m.id || event.Version != 0 {
		c.t.Errorf("by its id %s, node %d has %+v, %v", m.id, through, event, err)
	}
}

// TestMadeIDsAreThoseOfTheKey ensures that many who send the same append without ids
// at once, under one key, through different nodes, are told the same ids, although a
// leader makes new ones each time.
func TestMadeIDsAreThoseOfTheKey(t *testing.T) {
	t.Parallel()
	c := startCluster(t, 3)
	c.register(0)
	const rounds, writers = 9, 6
	for round := range rounds {
		kind := quipu.IDKinds[round%len(quipu.IDKinds)]
		c.want(http.StatusOK, 0, http.MethodPut, "/v1/ledgers/main/settings", fmt.Sprintf(`{"id":%q}`, kind))
		event := `{"event":"opened","entities":{"account":["a"]}}`
		k := contest{fmt.Sprint("ids of ", kind), func(round, _ int) string {
			return fmt.Sprintf(`{"events":[%s,%s],"idempotencyKey":"key-%d"}`, event, event, round)
		}, func(int) int { return 0 }}
		c.contend(k, round, writers)
	}
	if n := len(c.agreed()) - 2 - rounds; n != 2*rounds { // the settings are events, too
		t.Errorf("%d events, want %d", n, 2*rounds)
	}
}

// wantNodeOfLeader wants the node that ids of version 1 name to be one for each
// leader, also after it was started again, and random.
func wantNodeOfLeader(t *testing.T, all []made) {
	t.Helper()
	nodes := map[int]string{}
	for _, m := range all {
		if m.ledger != string(quipu.UUID1) || m.leader < 0 {
			continue
		}
		id, err := uuid.Parse(m.id)
		if err != nil || id.NodeID()[0]&1 == 0 {
			t.Errorf("the node of %s has no multicast bit: it may be a network card's address; %v", m.id, err)
		}
		for leader, node := range nodes {
			if same := node == string(id.NodeID()); same != (leader == m.leader) {
				t.Errorf("leader %d made %s, and leader %d made ids with the node %x", m.leader, m.id, leader, node)
			}
		}
		nodes[m.leader] = string(id.NodeID())
	}
	if len(nodes) < 2 {
		t.Errorf("only %d leaders stayed long enough", len(nodes))
	}
}

// TestSettingsCountFromTheNextAppend ensures that settings that were changed
// through one node hold for the next append through another, and that only
// events without an id get one.
func TestSettingsCountFromTheNextAppend(t *testing.T) {
	t.Parallel()
	c := startCluster(t, 3)
	c.register(0)
	kinds := append([]quipu.IDKind{""}, quipu.IDKinds...)
	for round := range 12 {
		kind := kinds[round%len(kinds)]
		settings := `{}`
		if kind != "" {
			settings = fmt.Sprintf(`{"id":%q}`, kind)
		}
		c.want(http.StatusOK, round%3, http.MethodPut, "/v1/ledgers/main/settings", settings)
		own := fmt.Sprint("own-", round)
		answer := c.want(http.StatusCreated, (round+1)%3, http.MethodPost, "/v1/ledgers/main/append", fmt.Sprintf(
			`{"events":[{"event":"opened","entities":{"account":["a"]}},{"event":"opened","entities":{"account":["a"]},"id":%q}]}`, own))
		ids := receiptOf(t, answer).IDs
		if len(ids) != 2 || ids[1] != own || (kind == "") != (ids[0] == "") || kind != "" && !uuidOf[kind].MatchString(ids[0]) {
			t.Errorf("with the settings %s the ids are %q", settings, ids)
		}
	}
	c.agreed()
}
