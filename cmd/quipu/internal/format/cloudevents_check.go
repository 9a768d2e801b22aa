package format

import (
	"errors"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"unicode"

	"github.com/quipu-ledger/quipu/fsm/shape"
)

const (
	specVersion = "1.0"
	base64Data  = "data_base64"
)

const exampleCloudEvent = `an event is such as {"specversion":"1.0","id":"A234-1234-1234","source":"/mycontext","type":"com.example.someevent"}`

// attributes are those that the specification defines, each by what it is.
var attributes = form{
	{"specversion", required, version1, `it is "1.0"`},
	{"id", required, aLine, exampleCloudEvent},
	{"source", required, uriReference, `a source is a URI or a part of one, such as "https://example.com/orders" or "/orders"`},
	{"type", required, aName("the event's type"), `a type is such as "com.example.someevent"`},
	{"datacontenttype", optional, orNull(aLine), `it is a media type, such as "application/json"`},
	{"dataschema", optional, orNull(uriReference), `it is a URI, such as "https://example.com/order.json"`},
	{"subject", optional, orNull(aLine), `a subject is such as "mynewfile.jpg"; leave it out for none`},
	{"time", optional, orNull(zonedTime), exampleTime},
	{"data", optional, anything, "data is any JSON value"},
	{base64Data, optional, base64Text, "it is bytes in standard base64 with padding"},
}

func checkCloudEvent(doc shape.Object) error {
	known := map[string]bool{}
	for _, attribute := range attributes {
		known[attribute.name] = true
		if err := attribute.in(doc); err != nil {
			return err
		}
	}
	if doc.Has("data") && doc.Has(base64Data) {
		return doc.Member(base64Data).Errorf("both data and data_base64 are given").WithHint("an event has one of them")
	}
	return doc.Each(func(name string, v shape.Value) error {
		if known[name] {
			return nil
		}
		if !attributeName.MatchString(name) {
			return v.Errorf("%.80q is no name of an attribute", name).WithHint("a name has small letters and digits, such as traceparent")
		}
		return extension(v)
	})
}

var attributeName = regexp.MustCompile(`^[a-z0-9]+$`)

// extension is a string, a boolean or a whole number of 32 bits, or null, which stands
// for none.
func extension(v shape.Value) error {
	const hint = "an attribute is a text, true, false, or a whole number of 32 bits; write anything else as a text, or into data"
	switch v.Kind() {
	case "a string", "a boolean", "null":
		return nil
	case "a number":
		_, err := strconv.ParseInt(string(v.Bytes()), 10, 32)
		switch {
		case errors.Is(err, strconv.ErrRange):
			return v.Errorf("the number %.30s does not fit into 32 bits", v.Bytes()).WithHint(hint)
		case err != nil:
			return v.Errorf("the number %.30s is not whole", v.Bytes()).WithHint(hint)
		}
		return nil
	}
	return v.Errorf("the attribute is %s", v.Kind()).WithHint(hint)
}

func version1(v shape.Value) error {
	text, err := v.Text()
	if err == nil && text != specVersion {
		return v.Errorf("version %.20q of CloudEvents is not known", text)
	}
	return err
}

// aLine is a text that says something, without control characters, which no string of
// CloudEvents has.
func aLine(v shape.Value) error {
	if err := someText(v); err != nil {
		return err
	}
	text, err := v.Text()
	for _, r := range text {
		if unicode.IsControl(r) {
			return v.Errorf("the text holds the control character U+%04X", r)
		}
	}
	return err
}

// uriReference is RFC 3986, section 4.1, as far as url.Parse checks it; letters beyond
// ASCII are let through.
func uriReference(v shape.Value) error {
	if err := aLine(v); err != nil {
		return err
	}
	text, err := v.Text()
	if err != nil {
		return err
	}
	if _, err := url.Parse(text); err != nil || strings.ContainsFunc(text, notInURI) {
		return v.Errorf("%.80q is no URI reference", text)
	}
	return nil
}

func notInURI(r rune) bool { return unicode.IsSpace(r) || strings.ContainsRune("\"<>\\^`{|}", r) }

func base64Text(v shape.Value) error {
	text, err := v.Text()
	if _, ok := decode(text); err == nil && !ok {
		return v.Errorf("the text is not base64")
	}
	return err
}

func orNull(check func(shape.Value) error) func(shape.Value) error {
	return func(v shape.Value) error {
		if v.IsNull() {
			return nil
		}
		return check(v)
	}
}
