package intake_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/fsm/record"
	"github.com/quipu-ledger/quipu/transport/intake"
)

func TestContentsGoBesideTheEventsEachOnce(t *testing.T) {
	const hello, empty = `"data":"aGVsbG8="`, `"data":""`
	a := read(t, events("", `,"files":[{"id":"a",`+hello+`},{"id":"b",`+empty+`},{"id":"c",`+hello+`}]`,
		`,"files":[{"id":"a",`+hello+`,"size":5,"hash":"`+hashOf("hello")+`"},{"id":"r","isReference":true,"data":"aGVsbG8="}]`))
	if len(a.Files) != 2 || string(a.Files[0].Bytes) != "hello" || len(a.Files[1].Bytes) != 0 {
		t.Fatalf("%+v", a.Files)
	}
	for _, f := range a.Files {
		if f.Hash != record.HashOf(f.Bytes) {
			t.Errorf("%q has the hash %s", f.Bytes, f.Hash)
		}
	}
	var hashes []record.Hash
	for i := range a.Events {
		if bytes.Contains(a.Events[i].Rest, []byte("aGVsbG8=\"},")) {
			t.Errorf("a content is stored in %s", a.Events[i].Rest)
		}
		if err := a.Events[i].FileHashes(func(h record.Hash) bool { hashes = append(hashes, h); return true }); err != nil {
			t.Error(err)
		}
	}
	hello0, empty0 := a.Files[0].Hash, a.Files[1].Hash
	if want := []record.Hash{hello0, empty0, hello0, hello0}; !slices.Equal(hashes, want) {
		t.Errorf("the events have %v, want %v", hashes, want)
	}
}

// inParts is an append with files whose contents are in parts.
func inParts(files ...string) string {
	var members []string
	for _, list := range files {
		members = append(members, `,"files":`+list)
	}
	return events("", members...)
}

func TestPartsAreTheContentsOfFiles(t *testing.T) {
	given := parts(map[string]intake.Part{
		"a": {ContentType: "text/plain; charset=utf-8", Filename: "a.txt", Content: []byte("hello")},
		"b": {Content: []byte("other")},
		"x": {Content: []byte("belongs to no file")},
	})
	body := inParts(`[{"id":"a"},{"id":"c","data":"aGVsbG8="},{"id":"r","isReference":true,"data":"s3://x"}]`,
		`[{"id":"b","contentType":"text/html","filename":"b.html","size":5,"hash":"`+hashOf("other")+`"},{"id":"e","size":0}]`)
	a := readParts(t, body, given)
	if !slices.Equal(a.Parts, []string{"a", "b"}) {
		t.Errorf("the parts of %v were used", a.Parts)
	}
	want := `{"files":[{"contentType":"text/plain; charset=utf-8","filename":"a.txt","hash":"` + hashOf("hello") + `","id":"a","size":5},` +
		`{"hash":"` + hashOf("hello") + `","id":"c","size":5},{"data":"s3://x","id":"r","isReference":true}]}`
	if got := string(a.Events[0].Rest); got != want {
		t.Errorf("%s, want\n%s", got, want)
	}
	want = `{"files":[{"contentType":"text/html","filename":"b.html","hash":"` + hashOf("other") + `","id":"b","size":5},{"hash":"` + hashOf("") + `","id":"e","size":0}]}`
	if got := string(a.Events[1].Rest); got != want {
		t.Errorf("%s, want\n%s", got, want)
	}
	if len(a.Files) != 3 || string(a.Files[0].Bytes) != "hello" || string(a.Files[1].Bytes) != "other" {
		t.Errorf("%+v", a.Files)
	}
	// A file's own words count, and its part's are then not looked at.
	labelled := readParts(t, inParts(`[{"id":"a","contentType":"text/html","filename":"b"}]`), parts(map[string]intake.Part{"a": {ContentType: "?", Filename: "\n"}}))
	if got := string(labelled.Events[0].Rest); !strings.Contains(got, `"contentType":"text/html","filename":"b"`) {
		t.Error(got)
	}
}

func TestPartsThatDoNotFitAreRefused(t *testing.T) {
	part := func(p intake.Part) intake.Parts { return parts(map[string]intake.Part{"a": p}) }
	plain := part(intake.Part{Content: []byte("hello")})
	for name, c := range map[string]struct {
		body          string
		parts         intake.Parts
		kind          quipu.Kind
		pointer, says string
		hint          string
	}{
		"no such part": {inParts(`[{"id":"b"}]`), plain, quipu.Invalid,
			"/events/0/files/0", `no part named "b"`, "a part whose name is the file's id"},
		"a part and data": {inParts(`[{"id":"a","data":""}]`), plain, quipu.Invalid,
			"/events/0/files/0/data", "comes twice", "leave out either"},
		"a part of a reference": {inParts(`[{"id":"a","isReference":true,"data":"x"}]`), plain, quipu.Invalid,
			"/events/0/files/0", "is a reference, and a part has its name", "leave isReference out"},
		"a part of two events": {inParts(`[{"id":"a"}]`, `[{"id":"a"}]`), plain, quipu.Invalid,
			"/events/1/files/0/id", "stands in two events", "an id of its own"},
		"an id in two events": {inParts(`[{"id":"b","data":""}]`, `[{"id":"b","data":""}]`), plain, quipu.Invalid,
			"/events/1/files/0/id", "stands in two events", "an id of its own"},
		"another size": {inParts(`[{"id":"a","size":6}]`), plain, quipu.Invalid,
			"/events/0/files/0/size", "given as 6, and the content has 5 bytes", "leave it out"},
		"another hash": {inParts(`[{"id":"a","hash":"sha256:0"}]`), plain, quipu.Invalid,
			"/events/0/files/0/hash", hashOf("hello"), "leave it out"},
		"a type that is none": {inParts(`[{"id":"a"}]`), part(intake.Part{ContentType: "pdf"}), quipu.Invalid,
			"/events/0/files/0", `"pdf" is no media type`, "such as application/pdf"},
		"a type too long": {inParts(`[{"id":"a"}]`), part(intake.Part{ContentType: "a/" + strings.Repeat("x", 254)}),
			quipu.TooLarge, "/events/0/files/0", "256 characters, the limit is 255", ""},
		"a name too long": {inParts(`[{"id":"a"}]`), part(intake.Part{Filename: strings.Repeat("x", 256)}), quipu.TooLarge,
			"/events/0/files/0", "256 characters, the limit is 255", ""},
		"a control character in a name": {inParts(`[{"id":"a"}]`), part(intake.Part{Filename: "a\x00"}), quipu.Invalid,
			"/events/0/files/0", "U+0000", "such as report.pdf"},
		"a name that is not UTF-8": {inParts(`[{"id":"a"}]`), part(intake.Part{Filename: "a\xff"}), quipu.Invalid,
			"/events/0/files/0", "not valid UTF-8", "such as report.pdf"},
		"a type whose parameter is not": {inParts(`[{"id":"a"}]`), part(intake.Part{ContentType: "a/b; c=\"\xff\""}), quipu.Invalid,
			"/events/0/files/0", "the file's type", "such as application/pdf"},
		"a content too large": {inParts(`[{"id":"a"}]`), part(intake.Part{Content: make([]byte, quipu.FileBytesMax+1)}),
			quipu.TooLarge, "/events/0/files/0", "1048577 bytes, the limit is 1048576", "isReference"},
		"a file without data and no parts ": {inParts(`[{"id":"a"}]`), nil, quipu.Invalid,
			"/events/0/files/0", `"a" has no data`, "multipart/form-data"},
	} {
		t.Run(name, func(t *testing.T) { says(t, refusal(t, c.body, c.parts), c.kind, c.pointer, c.says, c.hint) })
	}
	read(t, inParts(`[{"id":"b","data":""}]`, `[{"id":"b","data":""}]`)) // without parts an id is its event's alone
	readParts(t, inParts(`[{"id":"a"}]`), part(intake.Part{Content: make([]byte, quipu.FileBytesMax)}))
}

// What a reader must never repeat is in no error, whatever is wrong with the event.
func TestSecretsAreInNoError(t *testing.T) {
	const secret = "5ecret"
	padded := strings.Repeat(secret, quipu.EncryptedDataBytesMax/len(secret)+1)
	for name, members := range map[string]string{
		"too large":             `"encryptedData":"` + padded + `"`,
		"of another type":       `"encryptedData":{"` + secret + `":"` + secret + `","` + secret + `":1}`,
		"in a list":             `"encryptedData":["` + secret + `"]`,
		"half a surrogate":      `"encryptedData":"` + secret + `\udead"`,
		"half of one within":    `"encryptedData":{"` + secret + `":["\udead"]}`,
		"not UTF-8":             "\"encryptedData\":\"" + secret + "\xff\"",
		"a bad escape":          `"encryptedData":"` + secret + `\q"`,
		"a control character":   "\"encryptedData\":\"" + secret + "\x01\"",
		"beside what is wrong":  `"encryptedData":"` + secret + `","id":1`,
		"a reference":           `"files":[{"id":"f","isReference":true,"data":"` + padded + `"}]`,
		"a content":             `"files":[{"id":"f","data":"` + secret + `"}]`,
		"a content in an array": `"files":[{"id":"f","data":["` + secret + `"]}]`,
		"a content of a size":   `"files":[{"id":"f","size":1,"data":"NWVjcmV0"}]`,
		"one not UTF-8":         "\"files\":[{\"id\":\"f\",\"data\":\"" + secret + "\xff\"}]",
		"one with a surrogate":  `"files":[{"id":"f","data":"` + secret + `\udead"}]`,
		"an object of one":      `"files":[{"id":"f","data":{"` + secret + `":"\udead"}}]`,
	} {
		t.Run(name, func(t *testing.T) {
			for _, body := range []string{with(members), `{` + bare + `,` + members + `}`} {
				e := refusal(t, body, nil)
				text := e.Detail + e.Hint + e.Pointer + e.Error()
				for _, part := range []string{secret, "udead", "0xff", "NWVjcmV0", `\q`} {
					if strings.Contains(text, part) {
						t.Errorf("%q is in %q at %q; %q", part, e.Detail, e.Pointer, e.Hint)
					}
				}
			}
		})
	}
	// Elsewhere the scanner says what it cannot read.
	if e := refusal(t, with(`"data":{"files":[{"data":"\udead"}]}`), nil); !strings.Contains(e.Detail, "udead") {
		t.Errorf("%+v", e)
	}
}
