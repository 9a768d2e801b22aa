package devcluster_test

import (
	"strings"
	"testing"

	"github.com/quipu-ledger/quipu/cmd/quipu/internal/devcluster"
)

func TestParse(t *testing.T) {
	for line, want := range map[string]devcluster.Command{
		"":           {},
		"  \t":       {},
		"kill 1":     {Verb: devcluster.Kill, Node: 0},
		" kill  n3 ": {Verb: devcluster.Kill, Node: 2},
		"stop 2":     {Verb: devcluster.Stop, Node: 1},
		"start 3":    {Verb: devcluster.Start, Node: 2},
		"status":     {Verb: devcluster.Status},
		"help":       {Verb: devcluster.Help},
		"?":          {Verb: devcluster.Help},
		"quit":       {Verb: devcluster.Quit},
		"exit":       {Verb: devcluster.Quit},
	} {
		if got, err := devcluster.Parse(line, 3); err != nil || got != want {
			t.Errorf("%q is %+v, %v; want %+v", line, got, err, want)
		}
	}
}

func TestParseSaysWhatWouldBeRight(t *testing.T) {
	for line, want := range map[string]string{
		"kil 2":    "did you mean kill?",
		"x":        "known are",
		"kill":     "such as: kill 2",
		"kill 0":   "from 1 to 3",
		"kill 4":   "from 1 to 3",
		"kill two": "from 1 to 3",
		"kill 1 2": "from 1 to 3",
		"kill nn1": "from 1 to 3",
		"status 1": "nothing behind it",
	} {
		if _, err := devcluster.Parse(line, 3); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: error is %v, want %q", line, err, want)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add("kill 2", 3)
	f.Fuzz(func(t *testing.T, line string, nodes int) {
		if c, err := devcluster.Parse(line, nodes); err == nil && (c.Node < 0 || c.Node >= max(nodes, 1)) {
			t.Errorf("%q is node %d of %d", line, c.Node, nodes)
		}
	})
}
