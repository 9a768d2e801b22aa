package intake_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/fsm/canonical"
)

// Each limit with the last value that is taken and the first that is not.
func TestLimitsOfEachMember(t *testing.T) {
	const name, key = quipu.NameCharsMax, quipu.KeyBytesMax
	aggregate := func(members string) string { return `"aggregate":{` + members + `}` }
	link := func(members string) string { return `"links":[{` + members + `}]` }
	file := func(members string) string { return `"files":[{"id":"f",` + members + `}]` }
	for _, c := range []struct {
		name, last, first string // members of an event
		pointer, detail   string
	}{
		{"data", `"data":` + quoted(quipu.DataBytesMax-2), `"data":` + quoted(quipu.DataBytesMax-1), "/data", "1048577 bytes, the limit is 1048576"},
		{"meta", `"meta":{"m":` + quoted(quipu.MetaBytesMax-8) + `}`, `"meta":{"m":` + quoted(quipu.MetaBytesMax-7) + `}`,
			"/meta", "65537 bytes, the limit is 65536"},
		{"id", `"id":` + quoted(name), `"id":` + quoted(name+1), "/id", "201 characters, the limit is 200"},
		{"its alias", `"eventId":` + quoted(name), `"eventId":` + quoted(name+1), "/eventId", "201 characters, the limit is 200"},
		{"producer", `"producer":` + quoted(name), `"producer":` + quoted(name+1), "/producer", "201 characters, the limit is 200"},
		{"schema", `"schema":` + quoted(name), `"schema":` + quoted(name+1), "/schema", "201 characters, the limit is 200"},
		{"aggregate's type", aggregate(`"type":` + quoted(name) + `,"key":"k"`), aggregate(`"type":` + quoted(name+1) + `,"key":"k"`),
			"/aggregate/type", "201 characters, the limit is 200"},
		{"aggregate's key", aggregate(`"type":"t","key":` + quoted(key)), aggregate(`"type":"t","key":` + quoted(key+1)),
			"/aggregate/key", "513 bytes, the limit is 512"},
		{"correlation's service", `"correlations":[` + triple(198, 1) + `]`, `"correlations":[` + triple(201, 1) + `]`,
			"/correlations/0/service", "201 characters, the limit is 200"},
		{"correlation's identifier", `"correlations":[{"service":"s","name":"n","identifier":` + quoted(key) + `}]`,
			`"correlations":[{"service":"s","name":"n","identifier":` + quoted(key+1) + `}]`, "/correlations/0/identifier", "513 bytes, the limit is 512"},
		{"correlations", `"correlations":` + list(quipu.CorrelationsMax, `{"service":"s","name":"n","identifier":"%d"}`),
			`"correlations":` + list(quipu.CorrelationsMax+1, `{"service":"s","name":"n","identifier":"%d"}`), "/correlations", "101 correlations, the limit is 100"},
		{"link's type", link(`"type":` + quoted(name) + `,"target":{"id":"x"}`), link(`"type":` + quoted(name+1) + `,"target":{"id":"x"}`),
			"/links/0/type", "201 characters, the limit is 200"},
		{"link's id", link(`"type":"t","target":{"id":` + quoted(name) + `}`), link(`"type":"t","target":{"id":` + quoted(name+1) + `}`),
			"/links/0/target/id", "201 characters, the limit is 200"},
		{"link's meta", link(`"type":"t","target":{"id":"x"},"meta":{"m":` + quoted(quipu.MetaBytesMax-8) + `}`),
			link(`"type":"t","target":{"id":"x"},"meta":{"m":` + quoted(quipu.MetaBytesMax-7) + `}`), "/links/0/meta", "65537 bytes, the limit is 65536"},
		{"links", `"links":` + list(quipu.LinksMax, `{"type":"t","target":{"id":"%d"}}`), `"links":` + list(quipu.LinksMax+1, `{"type":"t","target":{"id":"%d"}}`),
			"/links", "101 links, the limit is 100"},
		{"file's id", `"files":[{"data":"","id":` + quoted(name) + `}]`, `"files":[{"data":"","id":` + quoted(name+1) + `}]`,
			"/files/0/id", "201 characters, the limit is 200"},
		{"file's type", file(`"data":"","contentType":"a/` + strings.Repeat("x", quipu.FileTypeCharsMax-2) + `"`),
			file(`"data":"","contentType":"a/` + strings.Repeat("x", quipu.FileTypeCharsMax-1) + `"`), "/files/0/contentType", "256 characters, the limit is 255"},
		{"file's name", file(`"data":"","filename":"` + strings.Repeat("é", 255) + `"`), file(`"data":"","filename":"` + strings.Repeat("é", 256) + `"`),
			"/files/0/filename", "256 characters, the limit is 255"},
		{"reference", file(`"isReference":true,"data":` + quoted(quipu.FileDataCharsMax)), file(`"isReference":true,"data":` + quoted(quipu.FileDataCharsMax+1)),
			"/files/0/data", "4097 characters, the limit is 4096"},
		{"reference's hash", file(`"isReference":true,"data":"x","hash":"sha256:` + strings.Repeat("0", name) + `"`),
			file(`"isReference":true,"data":"x","hash":"sha256:` + strings.Repeat("0", name+1) + `"`), "/files/0/hash", "201 characters, the limit is 200"},
		{"files", `"files":` + list(quipu.FilesMax, `{"id":"%d","data":""}`), `"files":` + list(quipu.FilesMax+1, `{"id":"%d","data":""}`),
			"/files", "101 files, the limit is 100"},
		{"encrypted data", `"encryptedData":` + quoted(quipu.EncryptedDataBytesMax), `"encryptedData":` + quoted(quipu.EncryptedDataBytesMax+1),
			"/encryptedData", "65537 bytes, the limit is 65536"},
	} {
		t.Run(c.name, func(t *testing.T) {
			read(t, with(c.last))
			says(t, refusal(t, with(c.first), nil), quipu.TooLarge, "/events/0"+c.pointer, c.detail, "")
		})
	}
}

// Limits whose passing has a way out that an error must name.
func TestLimitsWithAWayOut(t *testing.T) {
	for _, member := range []struct{ name, before, after string }{{"/correlations/0", `"correlations":[`, `]`}, {"/aggregate", `"aggregate":`, ``}} {
		read(t, with(member.before+triple(100, 99)+member.after))
		e := refusal(t, with(member.before+triple(100, 100)+member.after), nil)
		says(t, e, quipu.TooLarge, "/events/0"+member.name, "service and name together: 201 characters, the limit is 200", `"service/name"`)
		e = refusal(t, with(member.before+strings.Replace(triple(100, 99), "x", "/", 1)+member.after), nil) // escaped, it is longer
		says(t, e, quipu.TooLarge, "/events/0"+member.name, "201 characters", `"~1"`)
	}

	file := func(bytes int) string { return `"files":[{"id":"f","data":` + encoded(bytes) + `}]` }
	read(t, with(file(quipu.FileBytesMax)))
	says(t, refusal(t, with(file(quipu.FileBytesMax+1)), nil), quipu.TooLarge, "/events/0/files/0/data",
		"1048577 bytes, the limit is 1048576", `"isReference":true`)

	version := func(links int) string {
		return `"id":"x","version":2,"links":` + list(links, `{"type":"t","target":{"id":"%d"}}`)
	}
	read(t, with(version(quipu.LinksMax-1)))
	says(t, refusal(t, with(version(quipu.LinksMax)), nil), quipu.TooLarge, "/events/0/links", "101 links, the limit is 100", "to the one before")
	given := strings.Replace(version(quipu.LinksMax), `{"type":"t","target":{"id":"7"}}`, `{"type":"version","target":{"id":"x","version":1}}`, 1)
	read(t, with(given)) // the version's link is one of them

	// All optional members are one object, so what is within nests less deep than data.
	nested := func(depth int) string {
		return with(`"links":[{"type":"t","target":{"id":"x"},"meta":{"m":` + strings.Repeat("[", depth-1) + `"[{\"["` + strings.Repeat("]", depth-1) + `}}]`)
	}
	if got := rest(t, nested(quipu.DepthMax-3)); !canonical.Valid([]byte(got)) {
		t.Error("what is stored is not canonical")
	}
	says(t, refusal(t, nested(quipu.DepthMax-2), nil), quipu.Invalid, "/events/0/links/0/meta", "nested deeper than 61", "as a string")

	const most = 9223372036854775807
	size := func(text string) string {
		return with(`"files":[{"id":"f","isReference":true,"data":"x","size":` + text + `}]`)
	}
	read(t, size(fmt.Sprint(most)))
	says(t, refusal(t, size("9223372036854775808"), nil), quipu.Invalid, "/events/0/files/0/size", "is above 9223372036854775807", "number of bytes")
}

func triple(service, name int) string {
	return `{"service":` + quoted(service) + `,"name":` + quoted(name) + `,"identifier":"i"}`
}

// sized is an append of events whose stored parts take so many bytes together.
func sized(bytes int) string {
	const events = 9
	const fixed = events * len(`e{"t":["k"]}""`)
	rest := bytes - fixed
	var b strings.Builder
	for i := range events {
		chars := rest / (events - i)
		rest -= chars
		fmt.Fprintf(&b, `,{"event":"e","entities":{"t":["k"]},"data":%s}`, quoted(chars))
	}
	return `{"events":[` + b.String()[1:] + `]}`
}

func TestAppendIsBoundedWithoutTheContentsOfItsFiles(t *testing.T) {
	read(t, sized(quipu.AppendBytesMax))
	says(t, refusal(t, sized(quipu.AppendBytesMax+1), nil), quipu.TooLarge, "/events", "8388609 bytes, the limit is 8388608", "several appends")
	white := strings.Replace(sized(quipu.AppendBytesMax), ",", strings.Repeat(" ", 1<<20)+",", 1)
	read(t, white) // what is not stored does not count

	large := `{` + bare + `,"entity":"t","key":"k","data":` + quoted(quipu.DataBytesMax-2) + `,"links":` +
		list(100, `{"type":"t","target":{"id":"%d"},"meta":{"m":"`+strings.Repeat("x", 65_000)+`"}}`)
	read(t, large+`}`)
	e := refusal(t, large+`,"files":`+list(100, `{"id":"%d","isReference":true,"data":"`+strings.Repeat("𒀀", quipu.FileDataCharsMax)+`"}`)+`}`, nil)
	says(t, e, quipu.TooLarge, "", "the append without the contents of its files", "several appends")
}

func TestContentsOfFilesAreBoundedTogether(t *testing.T) {
	files := func(last int) string {
		all := strings.TrimSuffix(list(8, `{"id":"%d","data":`+encoded(quipu.FileBytesMax-1)+`}`), "]")
		return `"files":` + all + `,{"id":"last","data":` + encoded(last) + `}]`
	}
	read(t, with(files(8)))
	const detail = "8388609 bytes, the limit is 8388608"
	says(t, refusal(t, with(files(9)), nil), quipu.TooLarge, "/events", detail, `"isReference":true`)
	says(t, refusal(t, `{`+bare+`,"entity":"t","key":"k",`+files(9)+`}`, nil), quipu.TooLarge, "/files", detail, "several appends")
}

func TestAppendIsBoundedInNumber(t *testing.T) {
	events := func(count int) string {
		return `{"events":` + list(count, `{"event":"e","entity":"t","key":"k"}`) + `}`
	}
	read(t, events(quipu.AppendEventsMax))
	says(t, refusal(t, events(quipu.AppendEventsMax+1), nil), quipu.TooLarge, "/events", "1001 events, the limit is 1000", "")

	guarded := func(count int) string {
		return `{"event":"e","entity":"t","key":"k","conditions":` + list(count, `{"aggregate":{"type":"t","key":"%d","version":0}}`) + `}`
	}
	read(t, guarded(quipu.AppendConditionsMax))
	says(t, refusal(t, guarded(quipu.AppendConditionsMax+1), nil), quipu.TooLarge, "/conditions", "101 conditions, the limit is 100", "")
}
