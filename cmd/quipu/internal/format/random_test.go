package format_test

import (
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/quipu-ledger/quipu/fsm/canonical"
	"github.com/quipu-ledger/quipu/fsm/record"
)

// Random documents of each format come back as they went in. What is drawn is rare in
// the wild and allowed: members that are there and empty, null, repetitions, members
// with names that the translation uses itself.

// object is a JSON object in the making: an optional member is there or not.
type object struct {
	t    *rapid.T
	text string
}

func (o *object) add(name, value string) {
	o.text += "," + quoted(name) + ":" + value
}

func (o *object) perhaps(name string, draw func(*rapid.T) string) {
	if rapid.Bool().Draw(o.t, "has "+name) {
		o.add(name, draw(o.t))
	}
}

func (o *object) String() string { return "{" + strings.TrimPrefix(o.text, ",") + "}" }

func quoted(text string) string { return string(canonical.AppendString(nil, text)) }

func one(t *rapid.T, of ...string) string { return rapid.SampledFrom(of).Draw(t, "one") }

func oneText(t *rapid.T, of ...string) string { return quoted(one(t, of...)) }

func drawList(t *rapid.T, draw func(*rapid.T) string) string {
	return "[" + strings.Join(rapid.SliceOfN(rapid.Custom(draw), 0, 3).Draw(t, "list"), ",") + "]"
}

func drawText(t *rapid.T) string {
	return quoted(rapid.OneOf(rapid.SampledFrom([]string{"", " ", "a\nb", "\"\\/", "é𒃻\u2028", "<&>"}), rapid.StringN(0, 8, -1)).Draw(t, "text"))
}

func drawValue(t *rapid.T) string { return drawNested(3)(t) }

func drawObject(t *rapid.T) string { return drawMembers(3)(t) }

// drawNested draws a value of at most the depth.
func drawNested(depth int) func(*rapid.T) string {
	return func(t *rapid.T) string {
		kind := rapid.IntRange(0, 5).Draw(t, "kind")
		switch {
		case kind == 0 && depth > 0:
			return drawMembers(depth)(t)
		case kind == 1 && depth > 0:
			return drawList(t, drawNested(depth-1))
		case kind == 2:
			return one(t, "true", "false", "null")
		case kind == 3:
			return drawText(t)
		}
		return one(t, "0", "-0", "1", "1.50", "1e3", "1E+03", "123456789012345678901234567890", "0.1")
	}
}

func drawMembers(depth int) func(*rapid.T) string {
	return func(t *rapid.T) string {
		o := &object{t: t}
		for _, name := range rapid.SliceOfNDistinct(rapid.SampledFrom(memberNames), 0, 3, rapid.ID).Draw(t, "names") {
			o.add(name, drawNested(depth-1)(t))
		}
		return o.String()
	}
}

var memberNames = []string{"a", "é\"", "trove", "libero", "serialized", "cloudevents", "$absent", "metadata", "data_base64"}

func drawTime(t *rapid.T) string {
	return oneText(t, "2018-03-08T12:00:00+00:00", "2018-03-08T12:00:00Z", "2018-03-08t12:00:00.123456789-07:30", "2016-12-31T23:59:60Z",
		"2018-03-08T12:00:00.1234567890123Z")
}

func drawUUID(t *rapid.T, version string) string {
	id := fmt.Sprintf("448278c4-22d6-%s1e8-b467-0ed5f89f71%02x", version, rapid.IntRange(0, 255).Draw(t, "id"))
	return oneText(t, id, strings.ToUpper(id))
}

var long = strings.Repeat("é", 300)

func drawTrove(t *rapid.T) string {
	o := &object{t: t}
	o.add("id", drawTroveID(t))
	o.add("schema", drawTroveSchema(t))
	o.add("payload", drawObject(t))
	o.perhaps("createdAt", func(t *rapid.T) string {
		if rapid.Bool().Draw(t, "odd") {
			return oneText(t, "", "yesterday", "2024-03-15", "1970-01-01T00:00:00.000000Z")
		}
		return drawTime(t)
	})
	o.perhaps("producer", func(t *rapid.T) string { return oneText(t, "web-api", "", "$core", "a\nb", long) })
	o.perhaps("files", drawTroveFiles)
	o.perhaps("links", func(t *rapid.T) string { return drawList(t, drawTroveLink) })
	o.perhaps("metadata", drawObject)
	return o.String()
}

func drawTroveID(t *rapid.T) string {
	o := &object{t: t}
	o.add("id", oneText(t, "evt_1", "é𒃻", "a/b c", "$x", strings.Repeat("𒃻", 200)))
	o.perhaps("version", func(t *rapid.T) string { return one(t, "1", "2", "3") })
	return o.String()
}

func drawTroveSchema(t *rapid.T) string {
	if rapid.Bool().Draw(t, "inline") {
		o := &object{t: t}
		o.add("$id", `"test.event+v1.0.0"`)
		o.perhaps("id", drawValue)
		o.perhaps("version", drawValue)
		o.perhaps("properties", drawObject)
		return o.String()
	}
	o := &object{t: t}
	o.add("id", oneText(t, "document.uploaded", "a b"))
	o.perhaps("version", func(t *rapid.T) string { return oneText(t, "1.0", "", "2", "a\tb", long) })
	return o.String()
}

func drawTroveFiles(t *rapid.T) string {
	var files []string
	for _, id := range []string{"f1", "f2"} {
		if rapid.Bool().Draw(t, "has "+id) {
			files = append(files, drawTroveFile(t, id))
		}
	}
	return "[" + strings.Join(files, ",") + "]"
}

func drawTroveFile(t *rapid.T, id string) string {
	o := &object{t: t}
	o.add("id", quoted(id))
	o.perhaps("contentType", func(t *rapid.T) string { return oneText(t, "text/plain; charset=utf-8", "", "unknown", "a/"+long) })
	o.perhaps("filename", func(t *rapid.T) string { return oneText(t, "a b.pdf", "", "a\nb", long[:500], long) })
	if rapid.Bool().Draw(t, "reference") {
		o.add("isReference", "true")
		o.add("data", oneText(t, "s3://b/k", "not base64"))
		o.perhaps("size", func(t *rapid.T) string { return one(t, "0", "7", "1.5", "-1", "99999999999999999999") })
		o.perhaps("hash", func(t *rapid.T) string { return oneText(t, "sha256:abc...", "sha256:", "", "md5:x", "sha256:"+long) })
		return o.String()
	}
	content := rapid.SliceOfN(rapid.Byte(), 0, 5).Draw(t, "content")
	o.add("data", quoted(base64.StdEncoding.EncodeToString(content)))
	o.perhaps("isReference", func(*rapid.T) string { return "false" })
	o.perhaps("size", func(*rapid.T) string { return strconv.Itoa(len(content)) })
	o.perhaps("hash", func(*rapid.T) string { return quoted(record.HashOf(content).String()) })
	return o.String()
}

func drawTroveLink(t *rapid.T) string {
	o := &object{t: t}
	o.add("type", oneText(t, "parent", "version", "version", "$own"))
	target := &object{t: t}
	target.add("id", oneText(t, "evt_1", "evt_2"))
	target.perhaps("version", func(t *rapid.T) string { return one(t, "1", "2") })
	o.add("targetEvent", target.String())
	o.perhaps("metadata", drawObject)
	return o.String()
}

func drawTriple(t *rapid.T) string {
	return fmt.Sprintf(`{"service":%s,"name":%s,"identifier":%s}`, oneText(t, "article-store", "a/b", "~", "A b"),
		oneText(t, "run", "/", "~1", "$"), oneText(t, "1", "2018-03-08/1", "$é", strings.Repeat("x", 512)))
}

func drawLibero(t *rapid.T) string {
	o := &object{t: t}
	o.add("eventId", drawUUID(t, "1"))
	o.add("happenedAt", drawTime(t))
	o.add("aggregate", drawTriple(t))
	o.add("type", oneText(t, "deposit-assets-started", "article.version.started", "Any Name"))
	o.perhaps("data", drawValue)
	o.perhaps("correlationIds", func(t *rapid.T) string { return drawList(t, drawTriple) })
	return o.String()
}

func drawSerializedEvent(t *rapid.T) string {
	o := &object{t: t}
	o.add("eventType", oneText(t, "OrderPlaced", "order_placed-2"))
	o.perhaps("eventId", func(t *rapid.T) string { return drawUUID(t, one(t, "1", "4", "7")) })
	o.perhaps("data", drawObject)
	o.perhaps("encryptedData", func(t *rapid.T) string { return oneText(t, "", "secret\n", strings.Repeat("x", 65535)) })
	return o.String()
}

func drawSerialized(t *rapid.T) string {
	if rapid.Bool().Draw(t, "alone") {
		return drawSerializedEvent(t)
	}
	o := &object{t: t}
	o.add("aggregateType", oneText(t, "order", "payment"))
	o.add("aggregateId", `"b1b0ee7c-c758-4f7b-8185-2bf599435eb9"`)
	o.perhaps("expectedVersion", func(t *rapid.T) string { return one(t, "0", "1", "12345678901234567890", "null") })
	var events []string
	for i := range rapid.IntRange(1, 3).Draw(t, "events") { // one id names one event
		event := drawSerializedEvent(t)
		events = append(events, strings.NewReplacer("448278c4", fmt.Sprintf("448278c%d", i), "448278C4", fmt.Sprintf("448278C%d", i)).Replace(event))
	}
	o.add("events", "["+strings.Join(events, ",")+"]")
	return o.String()
}

func drawCloudEvent(t *rapid.T) string {
	o := &object{t: t}
	o.add("specversion", `"1.0"`)
	o.add("id", oneText(t, "A234-1234-1234", "1", "a b", "urn:quipu:ledger:main x", long))
	o.add("source", oneText(t, "https://github.com/cloudevents", "mailto:cncf-wg-serverless@lists.cncf.io", "/cloudevents/spec/pull/123", "urn:quipu:ledger:main",
		"é", "/"+strings.Repeat("x", 600)))
	o.add("type", oneText(t, "com.github.pull_request.opened", "Item Ordered"))
	orNull := func(draw func(*rapid.T) string) func(*rapid.T) string {
		return func(t *rapid.T) string {
			if rapid.IntRange(0, 4).Draw(t, "null") == 0 {
				return "null"
			}
			return draw(t)
		}
	}
	o.perhaps("subject", orNull(func(t *rapid.T) string { return oneText(t, "mynewfile.jpg", "$a b", strings.Repeat("x", 513)) }))
	o.perhaps("time", orNull(drawTime))
	o.perhaps("datacontenttype", orNull(func(t *rapid.T) string { return oneText(t, "application/json", "text/xml") }))
	o.perhaps("dataschema", orNull(func(t *rapid.T) string { return oneText(t, "https://example.com/s.json", "#/x") }))
	for _, name := range []string{"comexampleextension1", "absent", "set", "partitionkey", "cloudevents"} {
		o.perhaps(name, func(t *rapid.T) string {
			return one(t, `""`, `"a\nb"`, "true", "false", "0", "-2147483648", "2147483647", "null")
		})
	}
	switch rapid.IntRange(0, 2).Draw(t, "data") {
	case 0:
		o.add("data", drawValue(t))
	case 1:
		o.add("data_base64", oneText(t, "", "AQID", "aGVsbG8="))
	}
	return o.String()
}

var draws = map[string]func(*rapid.T) string{
	"trove": drawTrove, "libero": drawLibero, "serialized": drawSerialized, "cloudevents": drawCloudEvent,
}

func TestDocumentsComeBackAsTheyWere(t *testing.T) {
	for name, draw := range draws {
		t.Run(name, func(t *testing.T) {
			f := newFormat(t, name)
			rapid.Check(t, func(t *rapid.T) { wantIdentity(t, f, draw(t)) })
		})
	}
}

func TestDocumentsComeBackInTheirOrder(t *testing.T) {
	for name, draw := range draws {
		t.Run(name, func(t *testing.T) {
			f := newFormat(t, name)
			rapid.Check(t, func(t *rapid.T) {
				wantIdentity(t, f, rapid.SliceOfN(rapid.Custom(draw), 0, 5).Draw(t, "documents")...)
			})
		})
	}
}
