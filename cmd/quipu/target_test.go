package main

import (
	"reflect"
	"strings"
	"testing"

	"github.com/quipu-ledger/quipu"
)

func TestTargetsAsPeopleWriteThem(t *testing.T) {
	id, _ := quipu.ParseEventID("0005d0df8d1e990f13658533a0f8f294")
	for text, want := range map[string]quipu.Target{
		"1042":      {Position: 1042},
		id.String(): {EventID: &id},
		"id:o-17":   {ID: "o-17"},
		"id:o-17@2": {ID: "o-17", Version: 2},
		"id:a@b":    {ID: "a@b"},
		"id:a@b@2":  {ID: "a@b", Version: 2},
		"id:a@0":    {ID: "a@0"},
		"id:a@":     {ID: "a@"},
		"id:@2":     {ID: "@2"},
		"id:7":      {ID: "7"},
		"id:id:7":   {ID: "id:7"},
	} {
		got, err := parseTarget(text)
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%q is %+v, %v; want %+v", text, got, err, want)
		}
		if again := describeTarget(got); again != text {
			t.Errorf("%q is written as %q", text, again)
		}
	}
	for _, text := range []string{"", "0", "-1", "1.5", "o-17", "id:", "0005d0df8d1e990f13658533a0f8f29", "18446744073709551616", strings.Repeat("0", 32)} {
		if got, err := parseTarget(text); err == nil {
			t.Errorf("%q is taken as %+v", text, got)
		}
	}
}

func TestCorrelationsAsPeopleWriteThem(t *testing.T) {
	for text, want := range map[string]quipu.Correlation{
		"article-store/article/10627": {Service: "article-store", Name: "article", Identifier: "10627"},
		"a/b/2018-03-08/1":            {Service: "a", Name: "b", Identifier: "2018-03-08/1"},
		"a/b//":                       {Service: "a", Name: "b", Identifier: "/"},
		"/order/o-17":                 {Name: "order", Identifier: "o-17"},
		"a~1b/c~0d/e~1f":              {Service: "a/b", Name: "c~d", Identifier: "e~1f"},
	} {
		got, ok := parseCorrelation(text)
		if !ok || got != want {
			t.Errorf("%q is %+v, %v; want %+v", text, got, ok, want)
		}
		if again := describeCorrelation(got); again != text {
			t.Errorf("%q is written as %q", text, again)
		}
	}
	for _, text := range []string{"", "a", "a/b", "a/b/", "a//c", "//c", "a~2/b/c", "a/b~/c", "1042", "0005d0df8d1e990f13658533a0f8f294"} {
		if got, ok := parseCorrelation(text); ok {
			t.Errorf("%q is taken as %+v", text, got)
		}
	}
}

func TestLinkFiltersAsPeopleWriteThem(t *testing.T) {
	for text, want := range map[string]quipu.LinkFilter{
		"parent":         {Type: "parent"},
		"parent=7":       {Type: "parent", Target: &quipu.Target{Position: 7}},
		"=id:a=b":        {Target: &quipu.Target{ID: "a=b"}},
		"parent=id:o@12": {Type: "parent", Target: &quipu.Target{ID: "o", Version: 12}},
	} {
		if got, err := parseLinkFilter(text); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%q is %+v, %v; want %+v", text, got, err, want)
		}
	}
	for _, text := range []string{"", "=", "parent=", "parent=x"} {
		if got, err := parseLinkFilter(text); err == nil {
			t.Errorf("%q is taken as %+v", text, got)
		}
	}
}
