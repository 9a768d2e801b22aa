package format_test

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/quipu-ledger/quipu/cmd/quipu/internal/format"
)

// Each format's section shows a document and what is appended for it.
func TestDocumentedExamplesAreTranslatedAsShown(t *testing.T) {
	text, err := os.ReadFile("../../../../docs/formats.md")
	if err != nil {
		t.Fatal(err)
	}
	var shown []string
	for _, section := range strings.Split(string(text), "\n## ")[1:] {
		name, section, _ := strings.Cut(section, "\n")
		if !slices.Contains(format.Names, name) {
			continue
		}
		shown = append(shown, name)
		examples := regexp.MustCompile("(?s)```json\n(.*?)```").FindAllStringSubmatch(section, -1)
		if len(examples) != 2 {
			t.Fatalf("%s has %d examples", name, len(examples))
		}
		f := newFormat(t, name)
		got, err := f.ToQuipu([]byte(examples[0][1]))
		if want := canon(t, examples[1][1]); err != nil || string(got) != want {
			t.Errorf("%s: %v\ngot  %s\nwant %s", name, err, got, want)
		}
		wantIdentity(t, f, examples[0][1])
	}
	if !slices.Equal(shown, format.Names) {
		t.Errorf("sections are %v, formats %v", shown, format.Names)
	}
}
