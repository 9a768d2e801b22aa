package bulk_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/cmd/quipu/internal/bulk"
	"github.com/quipu-ledger/quipu/fsm/shape"
	"github.com/quipu-ledger/quipu/transport/intake"
)

const good = `{"event":"e","entities":{"t":["k"]}}`

// keysOf imports a text and gives the keys of the appends that it was made of.
func keysOf(t *testing.T, text string) (keys []string, sizes []int) {
	t.Helper()
	target := &fakeLedger{}
	if _, err := bulk.Import(context.Background(), strings.NewReader(text), target, bulk.Options{Register: true}); err != nil {
		t.Fatal(err)
	}
	for _, a := range target.appends {
		keys, sizes = append(keys, a.IdempotencyKey), append(sizes, len(a.Events))
	}
	return keys, sizes
}

func lines(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `{"event":"e","entities":{"t":["k%d"]},"data":%d}`+"\n", i, i)
	}
	return b.String()
}

func TestChunksAreBounded(t *testing.T) {
	large := `{"event":"e","entities":{"t":["k"]},"data":"` + strings.Repeat("x", 600<<10) + `"}` + "\n"
	for name, c := range map[string]struct {
		text string
		want []int
	}{
		"nothing":                         {"", nil},
		"only blank lines":                {"\n \n", nil},
		"one without its line's end":      {good, []int{1}},
		"the most of one chunk":           {lines(500), []int{500}},
		"one more":                        {lines(501), []int{500, 1}},
		"blank lines are no events":       {strings.Repeat("\n", 700) + lines(500), []int{500}},
		"a chunk is bounded by bytes":     {large + large + good, []int{1, 2}},
		"carriage returns do no harm":     {strings.ReplaceAll(lines(3), "\n", "\r\n"), []int{3}},
		"an end of an export is no event": {good + "\n" + `{"end":{"position":1,"head":1,"more":false}}` + "\n", []int{1}},
	} {
		t.Run(name, func(t *testing.T) {
			if _, sizes := keysOf(t, c.text); !slices.Equal(sizes, c.want) {
				t.Errorf("chunks of %v events, want %v", sizes, c.want)
			}
		})
	}
}

// A key that changes makes every import that was interrupted append twice. So
// the keys of a known text are written down here.
func TestKeysNeverChange(t *testing.T) {
	want := []string{
		"import-bebfd507c55e922548a114444cc6dd27f2c24ad9f3c96475b047f4da94d3eecc",
		"import-b96300624f87dbd0bb866e60ba9ace6ea8e9df156af00b27fa6bfa9e6d7a1dc9",
	}
	if keys, _ := keysOf(t, lines(501)); !slices.Equal(keys, want) {
		t.Errorf("keys are\n%s", strings.Join(keys, "\n"))
	}
}

func TestKeysFollowFromTheLinesAlone(t *testing.T) {
	plain, _ := keysOf(t, lines(501))
	for name, text := range map[string]string{
		"carriage returns": strings.ReplaceAll(lines(501), "\n", "\r\n"),
		"no end of a line": strings.TrimSuffix(lines(501), "\n"),
		"blank lines":      "\n" + strings.ReplaceAll(lines(501), "\n", "\n\n"),
		"blanks around it": "  " + strings.ReplaceAll(lines(501), "\n", " \n\t"),
	} {
		if keys, _ := keysOf(t, text); !slices.Equal(keys, plain) {
			t.Errorf("%s change the keys", name)
		}
	}
	other, _ := keysOf(t, strings.Replace(lines(501), "k0", "k9", 1))
	if other[0] == plain[0] || other[1] == plain[1] {
		t.Error("a change in the first chunk must change its key and every later one")
	}
}

func TestLineTooLongIsRefused(t *testing.T) {
	for chars, want := range map[int]string{quipu.AppendBodyBytesMax: "unexpected", quipu.AppendBodyBytesMax + 1: "longer than 20621994 bytes"} {
		text := good + "\n" + strings.Repeat("x", chars)
		_, err := bulk.Import(context.Background(), strings.NewReader(text), &fakeLedger{}, bulk.Options{Register: true})
		if err == nil || !strings.Contains(err.Error(), "line 2") || !strings.Contains(err.Error(), want) {
			t.Errorf("%d: error is %v, want one that names line 2 and says %q", chars, err, want)
		}
	}
}

// files is a line of an event with so many files of so many bytes.
func files(count, bytes int) string {
	content := base64.StdEncoding.EncodeToString(make([]byte, bytes))
	list := strings.Repeat(`,{"id":"%d","data":"`+content+`"}`, count)
	for i := range count {
		list = strings.Replace(list, "%d", fmt.Sprint(i), 1)
	}
	return `{"event":"e","entities":{"t":["k"]},"files":[` + list[1:] + `]}` + "\n"
}

// A chunk is an append that a server takes, whatever the files of its lines.
func TestChunkIsWithinTheBoundsOfAnAppend(t *testing.T) {
	for name, c := range map[string]struct {
		text string
		want []int
	}{
		"the shortest files":            {strings.Repeat(files(quipu.FilesMax, 0), 500), []int{468, 32}},
		"contents of a chunk":           {strings.Repeat(files(1, 200<<10), 9), []int{3, 3, 3}},
		"the largest files of an event": {good + "\n" + files(8, quipu.FileBytesMax) + good + "\n", []int{1, 1, 1}},
	} {
		t.Run(name, func(t *testing.T) {
			target := &fakeLedger{}
			if _, err := bulk.Import(context.Background(), strings.NewReader(c.text), target, bulk.Options{Register: true}); err != nil {
				t.Fatal(err)
			}
			var sizes []int
			for _, a := range target.appends {
				sizes = append(sizes, len(a.Events))
				body, err := json.Marshal(a)
				if err != nil {
					t.Fatal(err)
				}
				if len(body) > quipu.AppendBodyBytesMax {
					t.Errorf("the body of an append has %d bytes", len(body))
				}
				if _, err := intake.ReadAppend(shape.Of(body), nil); err != nil {
					t.Error(err)
				}
			}
			if !slices.Equal(sizes, c.want) {
				t.Errorf("chunks of %v events, want %v", sizes, c.want)
			}
		})
	}
	_, err := importLine(strings.TrimSpace(files(9, quipu.FileBytesMax-1)))
	if quipu.KindOf(err) != quipu.TooLarge || !strings.Contains(err.Error(), "line 2") {
		t.Errorf("error is %v, want one that says that the files of line 2 are too large", err)
	}
}
