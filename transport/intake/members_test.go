package intake_test

import (
	"slices"
	"testing"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/fsm/canonical"
	"github.com/quipu-ledger/quipu/fsm/record"
	"github.com/quipu-ledger/quipu/transport/intake"
)

// What is stored of each member: canonical, in the order of the names.
func TestMembersAreStoredInOneCanonicalObject(t *testing.T) {
	for name, c := range map[string]struct{ members, rest string }{
		"nothing":               {`"data":1`, ``},
		"id":                    {`"id":"a\u0062\/"`, `{"id":"ab/"}`},
		"its alias":             {`"eventId":"x","timestamp":"2021-11-16T03:30:47Z"`, `{"happenedAt":"2021-11-16T03:30:47Z","id":"x"}`},
		"an id of the ledger's": {`"id":"$x"`, `{"id":"$x"}`},
		"the first version":     {`"id":"x","version":1`, `{"id":"x","version":1}`},
		"happenedAt as written": {`"happenedAt":"2021-11-16T04:30:47.5+01:00"`, `{"happenedAt":"2021-11-16T04:30:47.5+01:00"}`},
		"the farthest zone":     {`"happenedAt":"0000-01-01T23:59:59.999999999+23:59"`, `{"happenedAt":"0000-01-01T23:59:59.999999999+23:59"}`},
		"an unknown zone":       {`"happenedAt":"9999-12-31T23:59:59-00:00"`, `{"happenedAt":"9999-12-31T23:59:59-00:00"}`},
		"producer":              {`"producer":"$web"`, `{"producer":"$web"}`},
		"schema":                {`"schema":"1.0"`, `{"schema":"1.0"}`},
		"encrypted data":        {`"encryptedData":"a\tb<"`, `{"encryptedData":"a\tb<"}`},
		"an aggregate":          {`"aggregate":{"type":"order","key":"o\"17"}`, `{"aggregate":{"key":"o\"17","type":"order"}}`},
		"one of three parts": {`"aggregate":{"service":"a/b","name":"c~d","identifier":"i"}`,
			`{"aggregate":{"key":"i","type":"a~1b/c~0d"}}`},
		"what it expects is not content": {`"aggregate":{"type":"order","key":"o","expectedVersion":3}`, `{"aggregate":{"key":"o","type":"order"}}`},
		"correlations": {`"correlations":[{"service":"s","name":"n","identifier":"2"},{"service":"s","name":"n","identifier":"1"}]`,
			`{"correlations":[{"identifier":"2","name":"n","service":"s"},{"identifier":"1","name":"n","service":"s"}]}`},
		"links": {`"links":[{"type":"a","target":{"version":2,"id":"x"},"meta":{"b":1.50,"a":[]}},{"target":{"position":7},"type":"b"},` +
			`{"type":"c","target":{"eventId":"0005d0df8d1e990f13658533a0f8f294"}},{"type":"a","target":{"id":"x"}}]`,
			`{"links":[{"meta":{"a":[],"b":1.50},"target":{"id":"x","version":2},"type":"a"},{"target":{"position":7},"type":"b"},` +
				`{"target":{"eventId":"0005d0df8d1e990f13658533a0f8f294"},"type":"c"},{"target":{"id":"x"},"type":"a"}]}`},
		"a content": {`"files":[{"data":"aGVsbG8=","id":"f","isReference":false,"filename":"a.txt","contentType":"text/plain"}]`,
			`{"files":[{"contentType":"text/plain","filename":"a.txt","hash":"` + hashOf("hello") + `","id":"f","size":5}]}`},
		"an empty content":          {`"files":[{"data":"","id":"f"}]`, `{"files":[{"hash":"` + hashOf("") + `","id":"f","size":0}]}`},
		"an empty one without data": {`"files":[{"size":0,"id":"f"}]`, `{"files":[{"hash":"` + hashOf("") + `","id":"f","size":0}]}`},
		"a reference": {`"files":[{"isReference":true,"data":"s3://b/x","id":"f","size":7,"hash":"sha256:some"}]`,
			`{"files":[{"data":"s3://b/x","hash":"sha256:some","id":"f","isReference":true,"size":7}]}`},
		"empty lists": {`"files":[],"links":[ ],"correlations":[]`, ``},
		"all of them": {`"version":2,"schema":"s","producer":"p","links":[],"id":"i","happenedAt":"2021-11-16T03:30:47Z",` +
			`"files":[{"id":"f","isReference":true,"data":"x"}],"encryptedData":"e","correlations":[{"service":"s","name":"n","identifier":"i"}],` +
			`"aggregate":{"type":"t","key":"k"}`,
			`{"aggregate":{"key":"k","type":"t"},"correlations":[{"identifier":"i","name":"n","service":"s"}],"encryptedData":"e",` +
				`"files":[{"data":"x","id":"f","isReference":true}],"happenedAt":"2021-11-16T03:30:47Z","id":"i",` +
				`"links":[{"target":{"id":"i","version":1},"type":"version"}],"producer":"p","schema":"s","version":2}`},
	} {
		t.Run(name, func(t *testing.T) {
			got := rest(t, with(c.members))
			if got != c.rest {
				t.Errorf("stored\n%s, want\n%s", got, c.rest)
			}
			if got != "" && !canonical.Valid([]byte(got)) {
				t.Error("what is stored is not canonical")
			}
			if single := rest(t, `{`+bare+`,"entity":"t","key":"k",`+c.members+`}`); single != got {
				t.Errorf("as the body it is stored as\n%s", single)
			}
		})
	}
}

func TestEachVersionLinksToTheOneBefore(t *testing.T) {
	const parent = `{"target":{"id":"o"},"type":"parent"}`
	const version = `{"target":{"id":"x","version":2},"type":"version"}`
	for name, c := range map[string]struct{ members, links string }{
		"the only link":     {`"id":"x","version":3`, version},
		"of an alias":       {`"eventId":"x","version":3`, version},
		"behind the others": {`"id":"x","version":3,"links":[{"type":"parent","target":{"id":"o"}}]`, parent + `,` + version},
		"given by the author": {`"id":"x","version":3,"links":[{"type":"version","target":{"id":"x","version":2},"meta":{"a":1}}]`,
			`{"meta":{"a":1},"target":{"id":"x","version":2},"type":"version"}`},
		"beside one of another": {`"id":"x","version":3,"links":[{"type":"version","target":{"id":"x"}}]`,
			`{"target":{"id":"x"},"type":"version"},` + version},
		"beside one of its version": {`"id":"x","version":3,"links":[{"type":"parent","target":{"id":"x","version":2}}]`,
			`{"target":{"id":"x","version":2},"type":"parent"},` + version},
		"not of the first":   {`"id":"x","version":1`, ``},
		"nor of one without": {`"id":"x"`, ``},
	} {
		a := read(t, with(c.members))
		if links := string(a.Events[0].Member(record.MemberLinks)); links != "["+c.links+"]" && links+c.links != "" {
			t.Errorf("%s: links are %s, want %s", name, links, c.links)
		}
	}
}

func TestVersionStandsOnceInAnAppend(t *testing.T) {
	event := func(members string) string { return `{` + bare + `,"entity":"t","key":"k",` + members + `}` }
	for _, c := range []struct{ first, second, pointer string }{
		{`"id":"x"`, `"id":"x"`, "/events/1/id"},
		{`"id":"x"`, `"id":"x","version":1`, "/events/1/id"},
		{`"id":"x","version":2`, `"eventId":"x","version":2`, "/events/1/eventId"},
	} {
		e := refusal(t, `{"events":[`+event(c.first)+`,`+event(c.second)+`]}`, nil)
		says(t, e, quipu.Invalid, c.pointer, `of the id "x" is event 0 already`, "or the next version")
	}
	read(t, `{"events":[`+event(`"id":"x"`)+`,`+event(`"id":"x","version":2`)+`,`+event(`"id":"x1"`)+`,`+event(`"data":1`)+`,`+event(`"data":1`)+`]}`)
}

func TestAppendKeepsItsKeyAndConditions(t *testing.T) {
	a := read(t, `{"event":"e","entity":"t","key":"k","idempotencyKey":"once","conditions":[
		{"entities":{"t":["k"]},"after":7},{"aggregate":{"type":"order","key":"o-17","version":3}}]}`)
	if a.Key != "once" || a.Digest != record.DigestOf(a.Events) || len(a.Conditions) != 2 {
		t.Fatalf("%+v", a)
	}
	first, second := a.Conditions[0], a.Conditions[1]
	if first.Selector == nil || first.Aggregate != nil || first.After.Position != 7 {
		t.Errorf("the selector is %+v", first)
	}
	if second.Selector != nil || second.Aggregate == nil || *second.Aggregate != (quipu.Aggregate{Type: "order", Key: "o-17", Version: 3}) {
		t.Errorf("the aggregate is %+v", second)
	}
	if one := read(t, `{"event":"e","entity":"t","key":"k","condition":{"aggregate":{"service":"s","name":"n","identifier":"i","version":0}}}`); len(one.Conditions) != 1 ||
		*one.Conditions[0].Aggregate != (quipu.Aggregate{Type: "s/n", Key: "i"}) {
		t.Errorf("%+v", one.Conditions)
	}
	if plain := read(t, `{"event":"e","entity":"t","key":"k"}`); plain.Key != "" || plain.Digest != (record.Digest{}) || plain.Expect != nil || plain.Files != nil {
		t.Errorf("%+v", plain)
	}
}

// A list of the members exists twice, for checks and for readers; both know the same.
func TestEveryMemberIsRead(t *testing.T) {
	values := map[string]string{
		"event": `"e"`, "entities": `{"t":["k"]}`, "data": `1`, "meta": `{"m":1}`, "id": `"i"`, "version": `1`,
		"happenedAt": `"2021-11-16T03:30:47Z"`, "producer": `"p"`, "aggregate": `{"type":"t","key":"k"}`, "schema": `"s"`,
		"links": `[{"type":"t","target":{"id":"x"}}]`, "files": `[{"id":"f","data":""}]`,
		"correlations": `[{"service":"s","name":"n","identifier":"i"}]`, "encryptedData": `"e"`,
	}
	aliases := []string{"entity", "key", "eventId", "timestamp"}
	whole := ""
	for _, member := range intake.EventMembers {
		if value, ok := values[member]; ok {
			whole += `,"` + member + `":` + value
		} else if !slices.Contains(aliases, member) {
			t.Errorf("%s is in no test", member)
		}
	}
	d := read(t, `{`+whole[1:]+`}`).Events[0]
	for member := range values {
		switch member {
		case "event", "entities", "data", "meta":
		default:
			if d.Member(member) == nil {
				t.Errorf("%s is not in %s", member, d.Rest)
			}
		}
	}
	for _, member := range intake.ExportMembers {
		if _, ok := values[member]; !ok && !slices.Contains([]string{"position", "eventId", "timestamp"}, member) {
			t.Errorf("%s is in no test", member)
		}
	}
	if len(intake.ExportMembers) != len(values)+3 {
		t.Error("an event of an export may not have every member")
	}
	if string(d.Name) != "e" || string(d.Data) != "1" || string(d.Meta) != `{"m":1}` {
		t.Errorf("%s %s %s", d.Name, d.Data, d.Meta)
	}
}
