package intake_test

import (
	"encoding/base64"
	"strings"
	"testing"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/fsm/canonical"
	"github.com/quipu-ledger/quipu/fsm/command"
	"github.com/quipu-ledger/quipu/fsm/record"
	"github.com/quipu-ledger/quipu/fsm/shape"
	"github.com/quipu-ledger/quipu/transport/intake"
)

func readExported(t testing.TB, line string) (*command.Imported, error) {
	t.Helper()
	o, err := shape.Of([]byte(line)).Only(intake.ExportMembers...)
	if err != nil {
		t.Fatalf("%v in %.300s", err, line)
	}
	event := new(command.Imported)
	return event, intake.ReadExported(o, event)
}

// exported is an event of an append as an export has it: with the version of its
// aggregate, and with the contents of its files.
func exported(a *intake.Append, index int) string {
	r := record.Record{Position: 7, ID: quipu.NewEventID(5, 6, 8), Draft: a.Events[index]}
	if r.Member(record.MemberAggregate) != nil {
		r.SetAggregateVersion(3)
	}
	inline(&r.Draft, a.Files)
	return string(record.AppendJSON(nil, &r))
}

// inline puts the contents of files into an event, where an export has them.
func inline(d *record.Draft, contents []command.File) {
	if d.Member(record.MemberFiles) == nil {
		return
	}
	var list []byte
	_ = canonical.Elements(d.Member(record.MemberFiles), func(file []byte) bool {
		text := string(file)
		for _, f := range contents {
			if strings.Contains(text, `"hash":"`+f.Hash.String()+`"`) && !strings.Contains(text, `"isReference":true`) {
				text = text[:len(text)-1] + `,"data":"` + base64.StdEncoding.EncodeToString(f.Bytes) + `"}`
			}
		}
		list = append(append(list, ','), text...)
		return true
	})
	list[0] = '['
	d.SetMember(record.MemberFiles, append(list, ']'))
}

const wholeEvent = `"id":"i","version":2,"happenedAt":"2021-11-16T04:30:47.50+01:00","producer":"$p","schema":"1.0",` +
	`"aggregate":{"type":"order","key":"o\"17","expectedVersion":2},"encryptedData":"e\u0001","data":{"n":1.50},` +
	`"correlations":[{"service":"a/b","name":"n","identifier":"i"}],` +
	`"links":[{"type":"parent","target":{"eventId":"0005d0df8d1e990f13658533a0f8f294"},"meta":{"x":1e2}},{"type":"p","target":{"id":"y"}}],` +
	`"files":[{"id":"a","data":"aGVsbG8=","contentType":"text/plain","filename":"a"},{"id":"b","data":""},` +
	`{"id":"r","isReference":true,"data":"s3://x","size":9,"hash":"sha256:z"}]`

func TestExportedEventIsReadByteForByte(t *testing.T) {
	for name, body := range map[string]string{
		"with everything":         with(wholeEvent),
		"with nothing":            with(`"data":null`),
		"of its aggregate alone":  `{` + bare + `,"aggregate":{"type":"order","key":"o"}}`,
		"with links and position": with(`"links":[{"type":"p","target":{"position":5}},{"type":"version","target":{"id":"x","version":1}}]`),
		"of the ledger":           "",
	} {
		t.Run(name, func(t *testing.T) {
			a := new(intake.Append)
			if body == "" {
				a.Events = []record.Draft{{Name: []byte(quipu.LedgerCreated), Entities: []byte("{}"), Data: []byte(`{"name":"x"}`)}}
			} else {
				a = read(t, body)
			}
			line := exported(a, 0)
			event, err := readExported(t, line)
			if err != nil {
				t.Fatalf("%v in %s", err, line)
			}
			want := a.Events[0]
			if want.Member(record.MemberAggregate) != nil {
				want.SetAggregateVersion(3)
			}
			if string(event.Rest) != string(want.Rest) || string(event.Entities) != string(want.Entities) || string(event.Name) != string(want.Name) ||
				string(event.DataOrDefault()) != string(want.DataOrDefault()) || string(event.MetaOrDefault()) != string(want.MetaOrDefault()) {
				t.Errorf("read %+v, stored %s %s", event.Draft, want.Entities, want.Rest)
			}
			if record.NextID(&event.Draft, 9, 8, quipu.EventID{}) != record.NextID(&want, 9, 8, quipu.EventID{}) {
				t.Error("its id would be another")
			}
			if len(event.Files) != len(a.Files) {
				t.Fatalf("%d contents, want %d", len(event.Files), len(a.Files))
			}
			for i := range event.Files {
				if event.Files[i].Hash != a.Files[i].Hash || string(event.Files[i].Bytes) != string(a.Files[i].Bytes) {
					t.Errorf("%+v", event.Files[i])
				}
			}
		})
	}
}

// line is an event of an export with some members.
func line(members string) string {
	return `{"position":7,"eventId":"0005d0df8d1e990f13658533a0f8f294","timestamp":"2021-11-16T03:30:47Z","event":"e","entities":{"t":["k"]},"data":null,"meta":{}` +
		members + `}`
}

// What is larger than it may be today was not when it was appended; and an empty
// content needs no text.
func TestExportedEventMayPassLimitsOfSize(t *testing.T) {
	for name, members := range map[string]string{
		"encrypted data":            `,"encryptedData":` + quoted(quipu.EncryptedDataBytesMax+1),
		"a link's meta":             `,"links":[{"type":"t","target":{"id":"x"},"meta":{"m":` + quoted(quipu.MetaBytesMax) + `}}]`,
		"files":                     `,"files":` + list(quipu.FilesMax+1, `{"id":"%d","isReference":true,"data":"x"}`),
		"a reference":               `,"files":[{"id":"f","isReference":true,"data":` + quoted(quipu.FileDataCharsMax+1) + `}]`,
		"a file's type":             `,"files":[{"id":"f","isReference":true,"data":"x","contentType":` + quoted(256) + `}]`,
		"a file's name":             `,"files":[{"id":"f","isReference":true,"data":"x","filename":` + quoted(256) + `}]`,
		"an empty content left out": `,"files":[{"id":"f","size":0,"hash":"` + hashOf("") + `"}]`,
		"a content": `,"files":[{"id":"f","data":` + encoded(quipu.FileBytesMax+1) + `,"size":1048577,"hash":"` +
			hashOf(strings.Repeat("x", quipu.FileBytesMax+1)) + `"}]`,
	} {
		if _, err := readExported(t, line(members)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	larger := strings.Replace(line(""), `"data":null,"meta":{}`, `"data":`+quoted(quipu.DataBytesMax)+`,"meta":{"m":`+quoted(quipu.MetaBytesMax)+`}`, 1)
	if _, err := readExported(t, larger); err != nil {
		t.Error(err)
	}
}

// A time that only package time takes is refused of an author, and kept where it is stored.
func TestExportedEventKeepsItsTime(t *testing.T) {
	const member = `"happenedAt":"2021-11-16T3:30:47,5+24:00"`
	event, err := readExported(t, line(","+member))
	if err != nil || string(event.Rest) != "{"+member+"}" {
		t.Errorf("%s, %v", event.Rest, err)
	}
}

// What an append would be given is not added to what was stored without it.
func TestExportedEventIsGivenNoLink(t *testing.T) {
	event, err := readExported(t, line(`,"version":2,"id":"x"`))
	if err != nil || string(event.Rest) != `{"id":"x","version":2}` {
		t.Errorf("%s, %v", event.Rest, err)
	}
}

// What would be an index entry, or cannot be read, is refused in an export too.
func TestExportedEventIsRefused(t *testing.T) {
	const name = quipu.NameCharsMax + 1
	file := func(members string) string { return `,"files":[{"id":"f",` + members + `}]` }
	for title, c := range map[string]struct {
		line, pointer, says string
		kind                quipu.Kind
	}{
		"no entities":                {strings.Replace(line(""), `"entities":{"t":["k"]},`, "", 1), "", "entities is missing", quipu.Invalid},
		"none where some are needed": {strings.Replace(line(""), `{"t":["k"]}`, "{}", 1), "/entities", "no entities", quipu.Invalid},
		"entities of a list":         {strings.Replace(line(""), `{"t":["k"]}`, "[]", 1), "/entities", "expected an object", quipu.Invalid},
		"no name":                    {strings.Replace(line(""), `"event":"e",`, "", 1), "", "event is missing", quipu.Invalid},
		"a key too long": {strings.Replace(line(""), `"k"`, quoted(quipu.KeyBytesMax+1), 1), "/entities/t/0", "limit is 512",
			quipu.TooLarge},
		"an id too long":             {line(`,"id":` + quoted(name)), "/id", "limit is 200", quipu.TooLarge},
		"a version without an id":    {line(`,"version":1`), "/version", "without an id", quipu.Invalid},
		"a producer too long":        {line(`,"producer":` + quoted(name)), "/producer", "limit is 200", quipu.TooLarge},
		"an aggregate not versioned": {line(`,"aggregate":{"type":"t","key":"k"}`), "/aggregate", "version is missing", quipu.Invalid},
		"an aggregate as authors name it": {line(`,"aggregate":{"service":"s","name":"n","identifier":"i","version":1}`),
			"/aggregate/service", "unknown member", quipu.Invalid},
		"an aggregate at 0": {line(`,"aggregate":{"type":"t","key":"k","version":0}`), "/aggregate/version", "the version is 0",
			quipu.Invalid},
		"an aggregate too long": {line(`,"aggregate":{"type":"t","version":1,"key":` + quoted(quipu.KeyBytesMax+1) + `}`),
			"/aggregate/key", "limit is 512", quipu.TooLarge},
		"too many links": {line(`,"links":` + list(quipu.LinksMax+1, `{"type":"t","target":{"id":"%d"}}`)),
			"/links", "limit is 100", quipu.TooLarge},
		"a link's type too long": {line(`,"links":[{"target":{"id":"x"},"type":` + quoted(name) + `}]`), "/links/0/type", "limit is 200",
			quipu.TooLarge},
		"a link to nothing": {line(`,"links":[{"type":"t","target":{}}]`), "/links/0/target", "named in 0 ways", quipu.Invalid},
		"too many correlations": {line(`,"correlations":` + list(quipu.CorrelationsMax+1, `{"service":"s","name":"n","identifier":"%d"}`)),
			"/correlations", "limit is 100", quipu.TooLarge},
		"a content left out": {line(file(`"size":5,"hash":"` + hashOf("hello") + `"`)), "/files/0", "has no data", quipu.Invalid},
		"a content without its size": {line(file(`"data":"aGVsbG8=","hash":"` + hashOf("hello") + `"`)), "/files/0", "size is missing",
			quipu.Invalid},
		"a content without its hash": {line(file(`"data":"aGVsbG8=","size":5`)), "/files/0", "hash is missing", quipu.Invalid},
		"a content that was changed": {line(file(`"data":"aGVsbG8=","size":5,"hash":"` + hashOf("hallo") + `"`)),
			"/files/0/hash", hashOf("hallo"), quipu.Invalid},
		"a content that was cut": {line(file(`"data":"aGVsbG8=","size":6,"hash":"` + hashOf("hello") + `"`)), "/files/0/size", "given as 6",
			quipu.Invalid},
		"encrypted data of a number": {line(`,"encryptedData":1`), "/encryptedData", "expected a string", quipu.Invalid},
	} {
		t.Run(title, func(t *testing.T) {
			_, err := readExported(t, c.line)
			if e := known(t, err); e.Kind != c.kind || e.Pointer != c.pointer || !strings.Contains(e.Detail, c.says) {
				t.Errorf("%+v", e)
			}
		})
	}
}
