package quipu_test

import (
	"encoding/json"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// What the house looks like, as rules that fail with their reason: DESIGN section 8 and STYLE "Shape" in prose.

const module = "github.com/quipu-ledger/quipu"

// pkg is a package of the module as go list describes it. Name is its path within the module, "." for the root.
type pkg struct {
	Name       string `json:"-"`
	Package    string `json:"Name"`
	ImportPath string
	Dir        string
	Imports    []string
	Deps       []string
	GoFiles    []string

	TestGoFiles, XTestGoFiles []string
}

// packages are all of the module's, by name.
func packages(t *testing.T) map[string]*pkg {
	t.Helper()
	out, err := exec.Command("go", "list", "-e", "-deps=false", "-json=Name,ImportPath,Dir,Imports,Deps,GoFiles,TestGoFiles,XTestGoFiles", "./...").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	list := map[string]*pkg{}
	decoder := json.NewDecoder(strings.NewReader(string(out)))
	for {
		p := new(pkg)
		if err := decoder.Decode(p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		if p.Name = strings.TrimPrefix(p.ImportPath, module+"/"); p.ImportPath == module {
			p.Name = "."
		}
		list[p.Name] = p
	}
	if list["."] == nil || len(list) < 10 {
		t.Fatalf("go list gives %d packages", len(list))
	}
	return list
}

// local gives the module's packages that this one imports.
func (p *pkg) local() (names []string) {
	for _, path := range p.Imports {
		if path == module {
			names = append(names, ".")
		} else if name, ok := strings.CutPrefix(path, module+"/"); ok {
			names = append(names, name)
		}
	}
	return names
}

// under reports whether a name is one of the folders or below one.
func under(name string, folders ...string) bool {
	return slices.ContainsFunc(folders, func(f string) bool { return name == f || strings.HasPrefix(name, f+"/") })
}

// pure are the packages that decide, and what they stand on.
var pure = []string{
	".", "fsm/canonical", "fsm/shape", "fsm/codec", "fsm/record", "fsm/selector", "fsm/selector/path", "fsm/command", "fsm/ledger", "fsm/graph",
}

func TestWhatDecidesIsPure(t *testing.T) {
	all := packages(t)
	impure := []string{"os", "net", "log", "sync", "io/fs", "math/rand", "crypto/rand", "github.com/hashicorp", "go.etcd.io"}
	check := func(p *pkg, allowed ...string) {
		for _, path := range p.Imports {
			if under(path, impure...) && !slices.Contains(allowed, path) {
				t.Errorf("%s imports %s: the same command must have the same outcome on each replica, so what decides has no I/O, "+
					"no lock and no chance; give it what it needs as a value, or through an interface of its own", p.Name, path)
			}
		}
		for _, name := range p.local() {
			if !slices.Contains(pure, name) && p.Name != "fsm/tail" {
				t.Errorf("%s imports %s, which is not pure", p.Name, name)
			}
		}
		eachFile(t, p, p.GoFiles, func(name string, fset *token.FileSet, file *ast.File) {
			for _, at := range uses(fset, file, "time", "Now", "Since", "Until", "Sleep", "After", "AfterFunc", "Tick", "NewTimer", "NewTicker") {
				t.Errorf("%s: this uses a clock: the leader puts the time into the entry, since two replicas' clocks differ", at)
			}
		})
	}
	for _, name := range pure {
		if all[name] == nil {
			t.Errorf("there is no package %s", name)
			continue
		}
		check(all[name])
	}
	check(all["fsm/tail"], "sync") // it is shared with readers, but does nothing else that is impure
}

func TestImportsPointOneWay(t *testing.T) {
	// For each part of the house the parts that it may use, beside itself and the root. The first that fits counts.
	type rule struct {
		part    string
		uses    []string
		because string
	}
	rules := []rule{
		{".", nil, "the root is the vocabulary that all others speak"},
		{"fsm", nil, "the state machine knows neither nodes nor transports, so that it can be tested and replayed without them"},
		{"transport/wire", nil, "the wire's shapes are for clients too, which have no state machine"},
		{"transport", []string{"fsm"}, "a transport speaks to a node through an interface of its own"},
		{"node/clustertest", []string{"fsm", "transport", "node", "client"}, "a cluster for tests is used as one for work is"},
		{"node", []string{"fsm", "transport"}, "a node composes"},
		{"client", []string{"transport/wire"}, "a program that uses the client must not link a server"},
		{"cmd", []string{"fsm", "transport", "node", "client"}, "commands choose and compose, and nothing else does"},
	}
	for name, p := range packages(t) {
		i := slices.IndexFunc(rules, func(r rule) bool { return under(name, r.part) })
		if i < 0 {
			t.Errorf("%s is in none of the folders of the house: the top level is node, fsm, transport, cmd, client and docs", name)
			continue
		}
		for _, used := range p.local() {
			if used != "." && !under(used, rules[i].part) && !under(used, rules[i].uses...) {
				t.Errorf("%s imports %s: %s", name, used, rules[i].because)
			}
		}
	}
}

func TestOneHomeForEachDependency(t *testing.T) {
	homes := []struct {
		path    string
		homes   []string
		because string
	}{
		{"go.etcd.io/bbolt", []string{"fsm/store", "node/raftlog"}, "files are opened in two places, the ledgers' and raft's log, and nowhere else"},
		{"github.com/hashicorp/raft-boltdb", []string{"node/raftlog"}, "the log's store is hidden behind node/raftlog"},
		{"github.com/hashicorp/raft", []string{"fsm", "node", "node/clustertest", "node/raftlog", "transport/peer"}, "only the adapter, the node and raft's transport know raft"},
		{"github.com/hashicorp/memberlist", []string{"node/membership"}, "gossip is discovery only, behind node/membership"},
		{"github.com/google/uuid", []string{"node/uuids"}, "ids are made in node/uuids, since the package's own version 1 publishes the network card's address"},
		{"github.com/santhosh-tekuri/jsonschema", []string{"fsm/schema"}, "schemas of strangers are refused or made safe in one place"},
		{"github.com/urfave/cli", []string{"cmd/quipu"}, "commands are parsed in cmd/quipu"},
	}
	for name, p := range packages(t) {
		for _, rule := range homes {
			for _, path := range p.Imports {
				if (under(path, rule.path) || strings.HasPrefix(path, rule.path+"/v")) && !slices.Contains(rule.homes, name) &&
					!(rule.path == "github.com/urfave/cli" && under(name, rule.homes...)) {
					t.Errorf("%s imports %s: %s", name, path, rule.because)
				}
			}
		}
	}
}

func TestClientLinksNoServer(t *testing.T) {
	all := packages(t)
	for _, name := range []string{"client", "transport/wire"} {
		for _, path := range all[name].Deps {
			standard := !strings.Contains(strings.Split(path, "/")[0], ".")
			if !standard && path != module && path != module+"/transport/wire" {
				t.Errorf("%s links %s: what a client's program is built with is the root, transport/wire and the standard library", name, path)
			}
		}
	}
}

func TestTestsDoNotSleep(t *testing.T) {
	for _, p := range packages(t) {
		eachFile(t, p, slices.Concat(p.TestGoFiles, p.XTestGoFiles), func(name string, fset *token.FileSet, file *ast.File) {
			fake := fakeClock(fset, file)
			for _, at := range uses(fset, file, "time", "Sleep") {
				if !fake[at.Line] {
					t.Errorf("%s: a sleep is too long or too short: wait for the event, or poll with a deadline; in a synctest bubble, say // on the fake clock", at)
				}
			}
		})
	}
}

func TestNoTestingInProductionCode(t *testing.T) {
	for _, p := range packages(t) {
		if slices.Contains(p.Imports, "testing") {
			t.Errorf("%s imports testing: it brings flags and a runtime of its own into whatever links the package", p.Name)
		}
	}
}

func TestTestsAreExternal(t *testing.T) {
	for _, p := range packages(t) {
		for _, file := range p.TestGoFiles {
			if !strings.HasPrefix(file, "export_") && p.Package != "main" { // nobody can import a main
				t.Errorf("%s/%s is inside the package: a test uses what others can use, or what an export_test.go shows it", p.Name, file)
			}
		}
	}
}

func TestEveryPackageSaysWhatItIs(t *testing.T) {
	for _, p := range packages(t) {
		said := 0
		eachFile(t, p, p.GoFiles, func(_ string, _ *token.FileSet, file *ast.File) {
			if file.Doc != nil {
				said++
			}
		})
		if len(p.GoFiles) > 0 && said != 1 {
			t.Errorf("%s has %d package comments: one sentence on what it is and one on what it is not, in one file", p.Name, said)
		}
	}
}

func TestPackagesHaveANameOfTheirOwn(t *testing.T) {
	vague := []string{"util", "utils", "common", "helper", "helpers", "types", "models", "pkg", "misc", "http", "errors", "log", "sync", "time"}
	for name := range packages(t) {
		if slices.Contains(vague, filepath.Base(name)) {
			t.Errorf("%s: if something has no name, it has no home yet", name)
		}
	}
}

func eachFile(t *testing.T, p *pkg, files []string, fn func(string, *token.FileSet, *ast.File)) {
	t.Helper()
	fset := token.NewFileSet()
	for _, file := range files {
		parsed, err := parser.ParseFile(fset, filepath.Join(p.Dir, file), nil, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			t.Error(err)
			continue
		}
		fn(file, fset, parsed)
	}
}

// uses gives the places where a file uses one of the names of a package, under whatever name it imports it.
func uses(fset *token.FileSet, file *ast.File, path string, names ...string) (places []token.Position) {
	as := ""
	for _, spec := range file.Imports {
		if strings.Trim(spec.Path.Value, `"`) == path {
			as = path
			if spec.Name != nil {
				as = spec.Name.Name
			}
		}
	}
	if as == "" {
		return nil
	}
	ast.Inspect(file, func(n ast.Node) bool {
		if s, ok := n.(*ast.SelectorExpr); ok && slices.Contains(names, s.Sel.Name) {
			if x, ok := s.X.(*ast.Ident); ok && x.Name == as {
				places = append(places, fset.Position(s.Pos()))
			}
		}
		return true
	})
	return places
}

// fakeClock gives the lines of a file that say that they are in a synctest bubble, where time stands until all wait.
func fakeClock(fset *token.FileSet, file *ast.File) map[int]bool {
	lines := map[int]bool{}
	for _, group := range file.Comments {
		for _, comment := range group.List {
			if strings.Contains(comment.Text, "on the fake clock") {
				lines[fset.Position(comment.Pos()).Line] = true
			}
		}
	}
	return lines
}
