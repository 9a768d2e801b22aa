package ledger_test

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/fsm/canonical"
	"github.com/quipu-ledger/quipu/fsm/command"
	"github.com/quipu-ledger/quipu/fsm/ledger"
	"github.com/quipu-ledger/quipu/fsm/record"
	"github.com/quipu-ledger/quipu/fsm/selector"
	"github.com/quipu-ledger/quipu/fsm/shape"
)

var update = flag.Bool("update", false, "write what the scripts of testdata give now; commit only what you can explain")

// TestScripts runs each script of testdata. A script is text; a block of it that has a line "----" is a command, and what
// it gives stands below that line:
//
//	time MICROS                        the leader's clock from here on
//	create NAME [DESCRIPTION]
//	register LEDGER "EVENT" TYPE…
//	unregister LEDGER "EVENT"
//	append LEDGER [key=KEY]            then a line of JSON for each event, and "if SELECTOR" for each condition
//	precheck NAME LEDGER [key=KEY]     the same, but only what a leader does before it proposes
//	apply NAME                         what a pre-check has let through
//	events LEDGER [AFTER]
//	ledgers
//	cluster NAME                       another cluster from here on, empty at first
//	begin|import|finish|abort CLUSTER LEDGER [FROM TO] [damage=POSITION]
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

func (s *script) command(lines []string) string {
	args := words(lines[0])
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
	case "ledgers":
		return s.ledgers()
	case "precheck":
		c := s.append(args[1:], lines[1:])
		return s.precheck(args[0], args[1], c)
	case "apply":
		if c := s.proposed[args[0]]; c != nil {
			return s.apply(c)
		}
		return "nothing of that name was proposed"
	case "append":
		c := s.append(args, lines[1:])
		if out := s.check(args[0], c); out != nil {
			return "pre-check: " + describe(out)
		}
		return s.apply(c)
	}
	return s.apply(s.other(verb, args))
}

func (s *script) apply(c command.Command) string {
	return describe(s.replicas().apply(s.t, s.micros, c))
}

func (s *script) other(verb string, args []string) command.Command {
	switch verb {
	case "create":
		return &command.CreateLedger{Name: args[0], Description: strings.Join(args[1:], " ")}
	case "register":
		return &command.Register{Ledger: s.id(args[0]), Event: args[1], Entities: args[2:]}
	case "unregister":
		return &command.Unregister{Ledger: s.id(args[0]), Event: args[1]}
	case "begin", "import", "finish", "abort":
		return s.importCommand(verb, args)
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
func (s *script) importCommand(verb string, args []string) command.Command {
	from := s.clusters[args[0]][0]
	state := from.view(s.t, args[1])
	records := from.slots[state.Slot].records
	first, last, damaged := 1, 1, 0
	if len(args) > 3 {
		first, _ = strconv.Atoi(args[2])
		last, _ = strconv.Atoi(args[3])
	}
	if given, ok := strings.CutPrefix(args[len(args)-1], "damage="); ok {
		damaged, _ = strconv.Atoi(given)
	}
	var list []command.Imported
	for p := first; p <= last; p++ {
		one := command.Imported{ID: records[p-1].ID, Draft: records[p-1].Draft}
		if p == damaged {
			one.Data = []byte(`"forged"`)
		}
		list = append(list, one)
	}
	switch verb {
	case "begin":
		return &command.BeginImport{Genesis: list[0]}
	case "import":
		return &command.ImportEvents{Ledger: state.ID, First: quipu.Position(first), Events: list}
	case "finish":
		return &command.FinishImport{Ledger: state.ID, Head: records[last-1].ID}
	}
	return &command.AbortImport{Ledger: state.ID}
}

func (s *script) append(args, lines []string) *command.Append {
	c := &command.Append{Ledger: s.id(args[0])}
	for _, line := range lines {
		if text, ok := strings.CutPrefix(line, "if "); ok {
			condition, err := selector.ParseCondition(shape.Of([]byte(text)))
			if err != nil {
				s.t.Fatal(err)
			}
			c.Conditions = append(c.Conditions, command.Condition{Selector: condition})
			continue
		}
		c.Events = append(c.Events, readDraft(s.t, line))
	}
	if len(args) > 1 {
		c.Key = strings.TrimPrefix(args[1], "key=")
		c.Digest = record.DigestOf(c.Events)
	}
	return c
}

func readDraft(t rapid.TB, line string) (d record.Draft) {
	o, err := shape.Of([]byte(line)).Only("event", "entities", "data", "meta")
	if err != nil {
		t.Fatal(err)
	}
	name, err := o.Member("event").Text()
	if err != nil {
		t.Fatal(err)
	}
	d.Name = []byte(name)
	for member, to := range map[string]*[]byte{"entities": &d.Entities, "data": &d.Data, "meta": &d.Meta} {
		if v := o.Member(member); v.Exists() {
			if *to, err = canonical.Append(nil, v.Bytes()); err != nil {
				t.Fatal(err)
			}
		}
	}
	return d
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

func (s *script) events(args []string) string {
	leader := s.replicas()[0]
	view := leader.view(s.t, args[0])
	if view == nil {
		return "no such ledger"
	}
	after := 0
	if len(args) > 1 {
		after, _ = strconv.Atoi(args[1])
	}
	var b bytes.Buffer
	for _, r := range leader.slots[view.Slot].records[after:] {
		fmt.Fprintf(&b, "%d %s %d µs %s %s data %s\n", r.Position, r.ID, r.ID.Micros(), r.Name, r.Entities, r.DataOrDefault())
	}
	return strings.TrimSuffix(b.String(), "\n")
}

func (s *script) ledgers() string {
	var lines []string
	for _, state := range s.replicas()[0].machine.States() {
		lines = append(lines, fmt.Sprintf("slot %d id %s name %q description %q importing %v head %d registry %v",
			state.Slot, state.ID, state.Name, state.Description, state.Importing, state.Head, state.Registry.Registrations()))
	}
	if lines == nil {
		return "none"
	}
	return strings.Join(lines, "\n")
}

// describe prints an outcome.
func describe(out *ledger.Outcome) string {
	switch {
	case out.Err != nil:
		return describeError(out.Err)
	case out.Receipt != nil:
		r := out.Receipt
		verb := "appended"
		if r.Replayed {
			verb = "replayed"
		}
		return fmt.Sprintf("%s %d to %d at %s\n%v", verb, r.First, r.Last, r.Timestamp.Format(quipu.TimeLayout), r.EventIDs)
	case out.Ledger != nil:
		return fmt.Sprintf("ledger %q id %s head %d, created %v", out.Ledger.Name, out.Ledger.ID, out.Ledger.Head.Position, out.Created)
	}
	return fmt.Sprintf("ok, created %v", out.Created)
}

func describeError(e *quipu.Error) string {
	text := fmt.Sprintf("%s: %s", e.Kind, e.Detail)
	if e.Pointer != "" {
		text += "\n  at   " + e.Pointer
	}
	if e.Hint != "" {
		text += "\n  hint " + e.Hint
	}
	if e.Clash != nil {
		text += fmt.Sprintf("\n  condition %d, head %d, more %v, events", e.Clash.Condition, e.Clash.Head, e.Clash.More)
		for _, event := range e.Clash.Events {
			text += fmt.Sprintf(" %d", event.Position)
		}
	}
	return text
}
