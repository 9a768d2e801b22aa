package ledger_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/fsm/command"
	"github.com/quipu-ledger/quipu/fsm/ledger"
	"github.com/quipu-ledger/quipu/fsm/record"
)

var update = flag.Bool("update", false, "write what the scripts of testdata give now; commit only what you can explain")

// TestScripts runs each script of testdata. A script is text; a block of it that has a line "----" is a command, and what
// it gives stands below that line:
//
//	time MICROS                        the leader's clock from here on
//	create NAME [DESCRIPTION] [ids=KIND]
//	settings LEDGER [ids=KIND]
//	register LEDGER "EVENT" TYPE… [default=VERSION] [required=true]
//	unregister LEDGER "EVENT"
//	schema LEDGER "EVENT" VERSION      then a line of JSON
//	append LEDGER [key=KEY]            then a line of JSON for each event (see readEvent), and "if CONDITION" for each condition
//	precheck NAME LEDGER [key=KEY]     the same, but only what a leader does before it proposes
//	apply NAME                         what a pre-check has let through
//	events LEDGER [AFTER]
//	files LEDGER
//	ledgers
//	cluster NAME                       another cluster from here on, empty at first
//	begin|import|finish|abort CLUSTER LEDGER [FROM TO] [damage=POSITION] [files=none]
//
// An append with "files=none" comes without the contents of its files.
//
// Each command runs on three replicas that hold their history differently, and these have to agree.
func TestScripts(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatal("no scripts", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			source, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			got := newScript(t).run(string(source))
			if got == string(source) {
				return
			}
			if *update {
				if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			t.Errorf("%s gives something else than it says:\n%s", file, firstDifference(string(source), got))
		})
	}
}

func firstDifference(want, got string) string {
	w, g := strings.Split(want, "\n"), strings.Split(got, "\n")
	for i := range min(len(w), len(g)) {
		if w[i] != g[i] {
			return fmt.Sprintf("line %d\nis   %s\nsaid %s", i+1, g[i], w[i])
		}
	}
	return fmt.Sprintf("%d lines, said %d", len(g), len(w))
}

type script struct {
	t        *testing.T
	micros   int64
	clusters map[string]replicas
	now      string
	proposed map[string]*command.Append
}

func newScript(t *testing.T) *script {
	return &script{t: t, clusters: map[string]replicas{"one": newReplicas()}, now: "one", proposed: map[string]*command.Append{}}
}

func (s *script) replicas() replicas { return s.clusters[s.now] }

// run gives the script with what its commands give now.
func (s *script) run(text string) string {
	blocks := strings.Split(strings.TrimRight(text, "\n"), "\n\n")
	for i, block := range blocks {
		lines := strings.Split(block, "\n")
		for n, line := range lines {
			if line == "----" {
				blocks[i] = strings.Join(append(lines[:n+1:n+1], s.command(lines[:n])), "\n")
				break
			}
		}
	}
	return strings.Join(blocks, "\n\n") + "\n"
}

// words splits a line at its blanks; what stands in double quotes is one word.
func words(line string) (out []string) {
	for line = strings.TrimSpace(line); line != ""; line = strings.TrimSpace(line) {
		end := strings.IndexByte(line, ' ')
		if quoted, err := strconv.QuotedPrefix(line); err == nil {
			word, _ := strconv.Unquote(quoted)
			out, line = append(out, word), line[len(quoted):]
			continue
		}
		if end < 0 {
			end = len(line)
		}
		out, line = append(out, line[:end]), line[end:]
	}
	return out
}

// options takes the words of the form NAME=VALUE from the end of a command.
func options(words []string) (args []string, given map[string]string) {
	given = map[string]string{}
	for len(words) > 0 {
		name, value, ok := strings.Cut(words[len(words)-1], "=")
		if !ok {
			break
		}
		given[name], words = value, words[:len(words)-1]
	}
	return words, given
}

func (s *script) command(lines []string) string {
	args, given := options(words(lines[0]))
	verb, args := args[0], args[1:]
	switch verb {
	case "time":
		s.micros, _ = strconv.ParseInt(args[0], 10, 64)
		return "ok"
	case "cluster":
		s.now = args[0]
		if _, ok := s.clusters[s.now]; !ok {
			s.clusters[s.now] = newReplicas()
		}
		return "ok"
	case "events":
		return s.events(args)
	case "files":
		return s.files(args[0])
	case "ledgers":
		return s.ledgers()
	case "precheck":
		c := s.append(args[1], given, lines[1:])
		return s.precheck(args[0], args[1], c)
	case "apply":
		if c := s.proposed[args[0]]; c != nil {
			return s.apply(c)
		}
		return "nothing of that name was proposed"
	case "append":
		c := s.append(args[0], given, lines[1:])
		if out := s.check(args[0], c); out != nil {
			return "pre-check: " + describe(out)
		}
		return s.apply(c)
	}
	return s.apply(s.other(verb, args, given, lines[1:]))
}

func (s *script) apply(c command.Command) string {
	return describe(s.replicas().apply(s.t, s.micros, c))
}

func (s *script) other(verb string, args []string, given map[string]string, lines []string) command.Command {
	settings := quipu.Settings{ID: quipu.IDKind(given["ids"])}
	switch verb {
	case "create":
		return &command.CreateLedger{Name: args[0], Description: strings.Join(args[1:], " "), Settings: settings}
	case "settings":
		return &command.SetSettings{Ledger: s.id(args[0]), Settings: settings}
	case "register":
		rule := quipu.SchemaRule{Required: given["required"] == "true", Default: given["default"]}
		return &command.Register{Ledger: s.id(args[0]), Event: args[1], Entities: args[2:], Schema: rule}
	case "unregister":
		return &command.Unregister{Ledger: s.id(args[0]), Event: args[1]}
	case "schema":
		return &command.RegisterSchema{Ledger: s.id(args[0]), Event: args[1], Version: args[2], Schema: canonicalJSON(s.t, lines[0])}
	case "begin", "import", "finish", "abort":
		return s.importCommand(verb, args, given)
	}
	s.t.Fatalf("unknown command %q", verb)
	return nil
}

// id is a ledger's, in sight or not, or a wrong one.
func (s *script) id(name string) quipu.LedgerID {
	for _, state := range s.replicas()[0].machine.States() {
		if state.Name == name {
			return state.ID
		}
	}
	return 0x00c0ffe0
}

// importCommand takes the events that another cluster has.
func (s *script) importCommand(verb string, args []string, given map[string]string) command.Command {
	from := s.clusters[args[0]][0]
	state := from.view(s.t, args[1])
	first, last := 1, 1
	if len(args) > 3 {
		first, _ = strconv.Atoi(args[2])
		last, _ = strconv.Atoi(args[3])
	}
	list := from.exported(s.t, state.Slot)
	if damaged, _ := strconv.Atoi(given["damage"]); damaged > 0 {
		list[damaged-1].Data = []byte(`"forged"`)
	}
	if given["files"] == "none" {
		for i := range list {
			list[i].Files = nil
		}
	}
	switch verb {
	case "begin":
		return &command.BeginImport{Genesis: list[0]}
	case "import":
		return &command.ImportEvents{Ledger: state.ID, First: quipu.Position(first), Events: list[first-1 : max(first-1, last)]}
	case "finish":
		return &command.FinishImport{Ledger: state.ID, Head: list[last-1].ID}
	}
	return &command.AbortImport{Ledger: state.ID}
}

func (s *script) append(name string, given map[string]string, lines []string) *command.Append {
	c := &command.Append{Ledger: s.id(name)}
	for _, line := range lines {
		if text, ok := strings.CutPrefix(line, "if "); ok {
			c.Conditions = append(c.Conditions, readCondition(s.t, text))
		} else {
			readEvent(s.t, c, line)
		}
	}
	if given["files"] == "none" {
		c.Files = nil
	}
	if c.Key = given["key"]; c.Key != "" {
		c.Digest = record.DigestOf(c.Events)
	}
	return c
}

// check is what a leader does before it proposes.
func (s *script) check(name string, c *command.Append) *ledger.Outcome {
	leader := s.replicas()[0]
	view := leader.view(s.t, name)
	if view == nil {
		return nil
	}
	out, err := ledger.Precheck(view, leader, c)
	if err != nil {
		s.t.Fatal(err)
	}
	return out
}

func (s *script) precheck(label, name string, c *command.Append) string {
	if out := s.check(name, c); out != nil {
		return describe(out)
	}
	s.proposed[label] = c
	return fmt.Sprintf("proposed, checked through %d", c.CheckedThrough)
}
