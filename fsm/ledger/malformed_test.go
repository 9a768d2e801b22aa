package ledger_test

import (
	"fmt"
	"testing"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/fsm/command"
	"github.com/quipu-ledger/quipu/fsm/ledger"
	"github.com/quipu-ledger/quipu/fsm/record"
)

// malformedDrafts are events that no edge lets through. One in a ledger would stop every node that reads it.
func malformedDrafts() (drafts []record.Draft) {
	for _, entities := range []string{
		``, `[]`, `{"patron":"a"}`, `{"patron":[1]}`, `{"patron":[["a"]]}`, `{"patron":["a]}`, "{\"patron\":[\"\n\"]}",
	} {
		drafts = append(drafts, record.Draft{Name: []byte("ordered"), Entities: []byte(entities)})
	}
	for _, rest := range []string{
		`[]`, `"a"`, `{`, `{"id":"a"`, `{"id":"a"},`, `{"id":5}`, `{"id":null}`, `{"id":"\x"}`, "{\"id\":\"\n\"}",
		`{"id":"a","version":"2"}`, `{"id":"a","version":0}`, `{"id":"a","version":-1}`, `{"id":"a","version":1.0}`,
		`{"id":"a","version":18446744073709551616}`,
		`{"happenedAt":5}`, `{"producer":{}}`, `{"schema":[]}`, `{"encryptedData":true}`,
		// What is not an optional member would take the place of what is, wherever the event is read as one object.
		`{"data":{"forged":1}}`, `{"event":"forged"}`, `{"position":7}`, `{"Position":7}`, `{"ID":"a"}`, `{"":1}`,
		// Members are looked up in their order.
		`{"producer":"p","id":"a"}`, `{"id":"a","id":"b"}`, `{"aggregate":{"type":"t","key":"k","version":1}}`,
		`{"aggregate":"a"}`, `{"aggregate":{"key":"k"}}`, `{"aggregate":{"key":"k","type":1}}`, `{"aggregate":{"key":"k","more":1,"type":"t"}}`,
		`{"aggregate":{"key":"k","type":"t","version":"1"}}`,
		`{"correlations":{}}`, `{"correlations":["a"]}`, `{"correlations":[{"identifier":"i","name":"n"}]}`,
		`{"links":{}}`, `{"links":[{}]}`, `{"links":[{"target":{},"type":"t"}]}`, `{"links":[{"target":{"position":"7"},"type":"t"}]}`,
		`{"links":[{"target":{"position":0},"type":"t"}]}`, `{"links":[{"target":{"id":"a","position":7},"type":"t"}]}`,
		`{"links":[{"target":{"eventId":"a"},"type":"t"}]}`, `{"links":[{"meta":[],"target":{"id":"a"},"type":"t"}]}`,
		`{"links":[{"target":{"version":2},"type":"t"}]}`,
		`{"files":{}}`, `{"files":[{"id":"f"}]}`, `{"files":[{"hash":"sha256:00","id":"f","size":1}]}`,
		`{"files":[{"data":"s3:","isReference":false}]}`, `{"files":[{"data":"s3:","id":"f","isReference":true,"size":"1"}]}`,
	} {
		drafts = append(drafts, record.Draft{Name: []byte("ordered"), Entities: []byte(`{"patron":["a"]}`), Rest: []byte(rest)})
	}
	return drafts
}

func TestImportRefusesWhatNobodyCouldRead(t *testing.T) {
	for _, d := range malformedDrafts() {
		rs := newReplicas()
		list := damagedExport(1000, d)
		id := list[0].ID.Ledger()
		rs.apply(t, 0, &command.BeginImport{Genesis: list[0]})
		out := rs.apply(t, 0, &command.ImportEvents{Ledger: id, First: 2, Events: list[1:]})
		if out.Err == nil || out.Err.Kind != quipu.Invalid {
			t.Errorf("%s %s: %s", d.Entities, d.Rest, describe(out))
		}
	}
}

// A ledger begins with an event that says its name, and nothing else.
func TestImportRefusesAGenesisThatNoLedgerHas(t *testing.T) {
	for _, d := range append(malformedDrafts(), versioned(1, 0), versioned(0, 1)) {
		d.Name, d.Data = []byte(quipu.LedgerCreated), []byte(`{"name":"x"}`)
		_, id := record.Genesis(&d, 1000)
		rs := newReplicas()
		if out := rs.apply(t, 0, &command.BeginImport{Genesis: command.Imported{ID: id, Draft: d}}); out.Err == nil || out.Err.Kind != quipu.Invalid {
			t.Errorf("%s %s: %s", d.Entities, d.Rest, describe(out))
		}
	}
}

// An append of such an event would be our bug. A leader does not propose it.
func TestPrecheckRefusesWhatNobodyCouldRead(t *testing.T) {
	rs, id := newLedger(t)
	for _, d := range malformedDrafts() {
		out, err := ledger.Precheck(rs[0].view(t, "main"), rs[0], &command.Append{Ledger: id, Events: []record.Draft{d}})
		if err != nil || out == nil || out.Err == nil || out.Err.Kind != quipu.Internal {
			t.Errorf("%s %s: %v, %v", d.Entities, d.Rest, out, err)
		}
	}
}

// versioned is an event with an aggregate at a version, if that is not 0, and an id at one.
func versioned(aggregate, id int) record.Draft {
	rest := ""
	if aggregate > 0 {
		rest += fmt.Sprintf(`,"aggregate":{"key":"k","type":"t","version":%d}`, aggregate)
	}
	if id > 0 {
		rest += fmt.Sprintf(`,"id":"i","version":%d`, id)
	}
	return record.Draft{Name: []byte("ordered"), Entities: []byte("{}"), Rest: []byte("{" + rest[1:] + "}")}
}

func TestImportCountsVersions(t *testing.T) {
	unversioned := record.Draft{Name: []byte("ordered"), Entities: []byte("{}"), Rest: []byte(`{"aggregate":{"key":"k","type":"t"}}`)}
	for _, test := range []struct {
		name   string
		drafts []record.Draft
		wrong  int // the position of the first that is refused; 0 if none is
	}{
		{"as they count", []record.Draft{versioned(1, 1), versioned(2, 0), versioned(0, 2), versioned(3, 3)}, 0},
		{"one append", []record.Draft{versioned(1, 1), versioned(1, 2), versioned(2, 0)}, 0},
		{"an aggregate without one", []record.Draft{unversioned}, 2},
		{"an aggregate from 2", []record.Draft{versioned(2, 0)}, 2},
		{"an aggregate with a gap", []record.Draft{versioned(1, 0), versioned(3, 0)}, 3},
		{"an aggregate backwards", []record.Draft{versioned(1, 0), versioned(2, 0), versioned(1, 0)}, 4},
		{"an id from 2", []record.Draft{versioned(0, 2)}, 2},
		{"an id with a gap", []record.Draft{versioned(0, 1), versioned(0, 3)}, 3},
		{"an id twice", []record.Draft{versioned(0, 1), versioned(0, 2), versioned(0, 2)}, 4},
	} {
		for _, size := range []int{1, 2, 10} { // of a command
			rs := newReplicas()
			list := damagedExport(1000, test.drafts...)
			rs.apply(t, 0, &command.BeginImport{Genesis: list[0]})
			refusedAt := 0
			for first := 1; first < len(list) && refusedAt == 0; first += size {
				part := list[first:min(first+size, len(list))]
				out := rs.apply(t, 0, &command.ImportEvents{Ledger: list[0].ID.Ledger(), First: quipu.Position(first + 1), Events: part})
				if out.Err == nil {
					continue
				}
				refusedAt = test.wrong
				if out.Err.Kind != quipu.Invalid || out.Err.Hint == "" || first+1 > test.wrong || test.wrong > first+len(part) {
					t.Errorf("%s, %d at a time: %s", test.name, size, describe(out))
				}
			}
			if refusedAt != test.wrong {
				t.Errorf("%s, %d at a time: nothing is refused", test.name, size)
			}
		}
	}
}

func TestImportRefusesContentsThatAreNotOfTheFiles(t *testing.T) {
	some, other := []byte("some"), []byte("other")
	d := record.Draft{Name: []byte("filed"), Entities: []byte("{}")}
	d.Rest = fmt.Appendf(nil, `{"files":[{"hash":"%s","id":"f","size":4}]}`, record.HashOf(some))
	for name, test := range map[string]struct {
		files []command.File
		ok    bool
	}{
		"the content":             {[]command.File{{Hash: record.HashOf(some), Bytes: some}}, true},
		"none":                    {nil, false},
		"another":                 {[]command.File{{Hash: record.HashOf(other), Bytes: other}}, false},
		"another, under its hash": {[]command.File{{Hash: record.HashOf(some), Bytes: other}}, false},
	} {
		rs := newReplicas()
		list := damagedExport(1000, d)
		list[1].Files = test.files
		rs.apply(t, 0, &command.BeginImport{Genesis: list[0]})
		out := rs.apply(t, 0, &command.ImportEvents{Ledger: list[0].ID.Ledger(), First: 2, Events: list[1:]})
		if test.ok != (out.Err == nil) || out.Err != nil && (out.Err.Kind != quipu.Invalid || out.Err.Hint == "") {
			t.Errorf("%s: %s", name, describe(out))
		}
	}
}

// What a leader did not look at is not taken for a link to nothing.
func TestApplyRefusesLinksThatCannotBeRead(t *testing.T) {
	rs, id := newLedger(t)
	for _, target := range []string{`{"position":"7"}`, `{"position":-1}`, `{"eventId":"a"}`, `{"id":7}`, `{"id":"a","version":"1"}`, `7`} {
		d := record.Draft{Name: []byte("ordered"), Entities: []byte(`{"patron":["a"]}`), Rest: []byte(`{"links":[{"target":` + target + `,"type":"t"}]}`)}
		out := rs.apply(t, 0, &command.Append{Ledger: id, Events: []record.Draft{d}})
		if out.Err == nil || out.Err.Kind != quipu.Invalid {
			t.Errorf("%s: %s", target, describe(out))
		}
	}
}
