package quipu_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/client"
	"github.com/quipu-ledger/quipu/node"
)

// What the documents say is held here, as far as a program can: that links lead somewhere, that tests and files that
// they name exist, and that their commands and examples work against a real node.

// order is the program in README.md, to the letter: TestReadmeShowsTheExample compares them.
func order(ctx context.Context, endpoints ...string) error {
	c, err := client.New(client.Config{Endpoints: endpoints})
	if err != nil {
		return err
	}
	defer c.Close()
	harold := map[string][]string{"patron": {"Harold_Cho"}}
	_, err = c.Decide(ctx, "main", quipu.Selector{Entities: harold}, func(orders []quipu.Event) ([]quipu.NewEvent, error) {
		if len(orders) >= 3 {
			return nil, errors.New("three burritos are enough")
		}
		return []quipu.NewEvent{{Name: "Item Ordered", Entities: harold, Data: map[string]string{"menuItem": "Bean Burrito"}}}, nil
	})
	if err != nil {
		return err
	}
	for event, err := range c.Select(ctx, "main", quipu.Selector{Entities: harold}) {
		if err != nil {
			return err
		}
		fmt.Println(event.Position, event.Name)
	}
	return nil
}

// A decision on the events of an entity, which is made again if another append comes in between.
func Example() {
	url, stop, err := startNode()
	if err != nil {
		log.Fatal(err)
	}
	defer stop()
	ctx := context.Background()
	if status, body, err := send(http.MethodPost, url+"/v1/ledgers/main/registry", `{"event":"Item Ordered","entities":["patron"]}`); status != 201 {
		log.Fatal(status, body, err)
	}
	fmt.Println(order(ctx, url))
	fmt.Println(order(ctx, url))
	fmt.Println(order(ctx, url))
	fmt.Println(order(ctx, url))
	// Output:
	// 3 Item Ordered
	// <nil>
	// 3 Item Ordered
	// 4 Item Ordered
	// <nil>
	// 3 Item Ordered
	// 4 Item Ordered
	// 5 Item Ordered
	// <nil>
	// three burritos are enough
}

// startNode runs a cluster of one node in this process, on free ports, with data that is removed at its end.
func startNode() (url string, stop func(), err error) {
	dir, err := os.MkdirTemp("", "quipu-docs-")
	if err != nil {
		return "", nil, err
	}
	const free = "127.0.0.1:0"
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	n, err := node.Open(ctx, node.Config{DataDir: dir, APIAddr: free, PeerAddr: free, GossipAddr: free, Fatal: func(err error) { panic(err) }})
	if err != nil {
		return "", nil, errors.Join(err, os.RemoveAll(dir))
	}
	stop = func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if err := errors.Join(n.Shutdown(ctx), os.RemoveAll(dir)); err != nil {
			panic(err)
		}
	}
	if err := n.WaitReady(ctx); err != nil {
		stop()
		return "", nil, err
	}
	return "http://" + n.APIAddr(), stop, nil
}

func runningNode(t *testing.T) (url string) {
	t.Helper()
	url, stop, err := startNode()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stop)
	return url
}

func send(method, url, body string) (status int, answer string, err error) {
	request, err := http.NewRequest(method, url, strings.NewReader(body))
	if err != nil {
		return 0, "", err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0, "", err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	return response.StatusCode, string(text), err
}

func TestReadmeShowsTheExample(t *testing.T) {
	source := readDocument(t, "docs_test.go")
	for _, program := range blocks(readDocument(t, "README.md"), "go") {
		if !strings.Contains(source, "\n"+program) {
			t.Errorf("this program is not in docs_test.go, where it is run:\n%s", program)
		}
	}
}

// The commands of README.md are sent to a node, and answered as it says. They are curl's simplest forms, read here, so
// that the test needs no curl.
func TestReadmeCommandsWork(t *testing.T) {
	readme, url := readDocument(t, "README.md"), runningNode(t)
	address := regexp.MustCompile(`http://127\.0\.0\.1:74[0-9]0`)
	curl := regexp.MustCompile(`^curl (?:--json '([^']*)' )?(http\S+)$`)
	got := ""
	for _, block := range blocks(readme, "sh") {
		for line := range strings.Lines(block) {
			if line = strings.TrimSpace(line); strings.HasPrefix(line, "make ") {
				continue
			}
			command := curl.FindStringSubmatch(address.ReplaceAllString(line, url))
			if command == nil {
				t.Fatalf("this test cannot read %q", line)
			}
			method := http.MethodPost
			if command[1] == "" {
				method = http.MethodGet
			}
			status, body, err := send(method, command[2], command[1])
			if status/100 != 2 || err != nil {
				t.Fatalf("%s: %d %s %v", line, status, body, err)
			}
			got += body + "\n"
		}
	}
	if err := sameValues(strings.Join(blocks(readme, "json"), ""), got); err != nil {
		t.Errorf("%v in\n%s", err, got)
	}
}

// The examples of the documents hold for a real node, not only for the one in memory with which transport/api tests
// those of the API.
func TestExamplesOfTheDocumentsWork(t *testing.T) {
	for _, document := range []string{"docs/api.md", "docs/events.md"} {
		url := runningNode(t)
		examples := blocks(readDocument(t, document), "http")
		if len(examples) < 5 {
			t.Fatalf("%s: %d examples", document, len(examples))
		}
		for _, example := range examples {
			request, want, _ := strings.Cut(example, "\n\n")
			line, body, _ := strings.Cut(request, "\n")
			method, path, _ := strings.Cut(line, " ")
			wantStatus, wantBody, _ := strings.Cut(want, "\n")
			status, got, err := send(method, url+path, body)
			if err != nil || fmt.Sprint(status) != wantStatus {
				t.Errorf("%s: %s: %d %s %v, documented %s", document, line, status, got, err, wantStatus)
			} else if err := sameValues(wantBody, got); err != nil {
				t.Errorf("%s: %s: %v in %s", document, line, err, got)
			}
		}
	}
}

// What selectors.md writes is taken, and what it refuses is refused.
func TestSelectorsWorkAsDocumented(t *testing.T) {
	text, url := readDocument(t, "docs/selectors.md"), runningNode(t)
	accepted := blocks(text, "json")
	for _, row := range rows(text, "| to find | write |") {
		for _, path := range regexp.MustCompile("`([$][^`]*)`").FindAllStringSubmatch(row, -1) {
			query := map[string]any{"query": strings.ReplaceAll(path[1], `\|`, "|"), "vars": map[string]any{"list": []string{"go"}}}
			selector, err := json.Marshal(map[string]any{"events": map[string]any{"e": query}})
			if err != nil {
				t.Fatal(err)
			}
			accepted = append(accepted, string(selector))
		}
	}
	var refused []string
	for _, row := range rows(text, "| | why, and what to write |") {
		refused = append(refused, strings.Split(row, "`")[1])
	}
	if len(accepted) < 8 || len(refused) < 5 {
		t.Fatalf("%d and %d selectors", len(accepted), len(refused))
	}
	check := func(selectors []string, want int) {
		for _, selector := range selectors {
			// A local read takes places that are not in this empty ledger.
			status, body, err := send(http.MethodPost, url+"/v1/ledgers/main/select?consistency=local", selector)
			if status != want || err != nil {
				t.Errorf("%s: %d %s %v", selector, status, body, err)
			}
		}
	}
	check(accepted, 200)
	check(refused, 400)
}

func TestLinksOfDocumentsLeadSomewhere(t *testing.T) {
	link := regexp.MustCompile(`\]\(([^)\s]+)\)`)
	for name, text := range documents(t) {
		for _, found := range link.FindAllStringSubmatch(prose(text), -1) {
			if strings.Contains(found[1], "://") {
				continue
			}
			target, anchor, _ := strings.Cut(found[1], "#")
			file := name
			if target != "" {
				file = filepath.Join(filepath.Dir(name), target)
			}
			if _, err := os.Stat(file); err != nil {
				t.Errorf("%s: link to %s: %v", name, found[1], err)
			} else if anchor != "" && !slices.Contains(anchors(readDocument(t, file)), anchor) {
				t.Errorf("%s: %s has no heading for #%s", name, file, anchor)
			}
		}
	}
}

// testName is how documents name a test: `fsm/store.TestStoreAgreesWithModel`.
var testName = regexp.MustCompile("`([a-z][a-z0-9/]*)\\.((?:Test|Fuzz|Benchmark|Example)[A-Z]\\w*)`")

func TestTestsAndFilesInDocumentsExist(t *testing.T) {
	file := regexp.MustCompile("`((?:[a-z]+/)+[a-z0-9_]+\\.[a-z]+)`")
	for name, text := range documents(t) {
		for _, found := range testName.FindAllStringSubmatch(text, -1) {
			if !hasFunction(t, found[1], found[2]) {
				t.Errorf("%s: there is no %s in %s", name, found[2], found[1])
			}
		}
		for _, found := range file.FindAllStringSubmatch(text, -1) {
			if _, err := os.Stat(found[1]); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
}

func hasFunction(t *testing.T, folder, function string) bool {
	files, err := filepath.Glob(filepath.Join(folder, "*_test.go"))
	if err != nil {
		t.Fatal(err)
	}
	return slices.ContainsFunc(files, func(file string) bool {
		return strings.Contains(readDocument(t, file), "\nfunc "+function+"(")
	})
}

func TestEveryPromiseNamesItsTest(t *testing.T) {
	_, promises, _ := strings.Cut(readDocument(t, "docs/guarantees.md"), "\n## What is promised\n")
	promises, _, found := strings.Cut(promises, "\n## What is not promised\n")
	if !found {
		t.Fatal("guarantees.md has other headings")
	}
	for line := range strings.Lines(promises) {
		if strings.HasPrefix(line, "- ") && !testName.MatchString(line) && !strings.Contains(line, "**no test yet**") {
			t.Errorf("no test is named: %s", line)
		}
	}
}

func TestEveryDependencyHasItsRow(t *testing.T) {
	row := regexp.MustCompile("(?m)^\\| `([^`]+)` v")
	var known []string
	for _, found := range row.FindAllStringSubmatch(readDocument(t, "docs/decisions/0001-dependencies.md"), -1) {
		known = append(known, found[1], "github.com/"+found[1])
	}
	for name, p := range packages(t) {
		for _, path := range p.Imports {
			host, _, _ := strings.Cut(path, "/")
			if strings.Contains(host, ".") && !under(path, module) && !under(path, known...) {
				t.Errorf("%s imports %s, which has no row in 0001-dependencies.md: what for, licence, upkeep, what was rejected", name, path)
			}
		}
	}
}

// documents are the texts of all documents by their path.
func documents(t *testing.T) map[string]string {
	t.Helper()
	list := map[string]string{"README.md": readDocument(t, "README.md")}
	err := filepath.WalkDir("docs", func(path string, _ fs.DirEntry, err error) error {
		if err == nil && filepath.Ext(path) == ".md" {
			list[path] = readDocument(t, path)
		}
		return err
	})
	if err != nil || len(list) < 10 {
		t.Fatalf("%d documents, %v", len(list), err)
	}
	return list
}

func readDocument(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// blocks are the contents of a document's code blocks in a language.
func blocks(text, language string) (list []string) {
	for _, found := range regexp.MustCompile("(?ms)^```"+language+"\n(.*?)^```").FindAllStringSubmatch(text, -1) {
		list = append(list, found[1])
	}
	return list
}

// rows are those of the table with a head.
func rows(text, head string) (list []string) {
	_, table, _ := strings.Cut(text, head+"\n|---|---|\n")
	for line := range strings.Lines(table) {
		if !strings.HasPrefix(line, "|") {
			break
		}
		list = append(list, line)
	}
	return list
}

// prose is a document without its code.
func prose(text string) string {
	text = regexp.MustCompile("(?ms)^```.*?^```").ReplaceAllString(text, "")
	return regexp.MustCompile("`[^`\n]*`").ReplaceAllString(text, "")
}

// anchors are those that GitHub makes of a document's headings.
func anchors(text string) (list []string) {
	for _, heading := range regexp.MustCompile(`(?m)^#+ (.*)$`).FindAllStringSubmatch(text, -1) {
		kept := regexp.MustCompile(`[^\p{L}\p{N} _-]`).ReplaceAllString(strings.ToLower(heading[1]), "")
		list = append(list, strings.ReplaceAll(kept, " ", "-"))
	}
	return list
}

// sameValues compares the JSON values of an answer with the documented ones, in which "…" is any text.
func sameValues(documented, answered string) error {
	want, got := json.NewDecoder(strings.NewReader(documented)), json.NewDecoder(strings.NewReader(answered))
	for {
		var w, g any
		wantErr, gotErr := want.Decode(&w), got.Decode(&g)
		if errors.Is(wantErr, io.EOF) && errors.Is(gotErr, io.EOF) {
			return nil
		}
		if err := errors.Join(wantErr, gotErr); err != nil {
			return err
		}
		if err := like(w, g); err != nil {
			return err
		}
	}
}

func like(want, got any) error {
	switch want := want.(type) {
	case string:
		if text, ok := got.(string); !ok || want != "…" && text != want {
			return fmt.Errorf("%v, documented %q", got, want)
		}
	case []any:
		items, ok := got.([]any)
		if !ok || len(items) != len(want) {
			return fmt.Errorf("%v, documented %v", got, want)
		}
		for i := range want {
			if err := like(want[i], items[i]); err != nil {
				return err
			}
		}
	case map[string]any:
		members, ok := got.(map[string]any)
		if !ok || len(members) != len(want) {
			return fmt.Errorf("%v, documented %v", got, want)
		}
		for name := range want {
			if err := like(want[name], members[name]); err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
		}
	default:
		if got != want {
			return fmt.Errorf("%v, documented %v", got, want)
		}
	}
	return nil
}
