package devcluster

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/quipu-ledger/quipu"
)

// Verb is what a person can ask for at the prompt.
type Verb string

// The verbs. None is an empty line.
const (
	None   Verb = ""
	Kill   Verb = "kill"
	Stop   Verb = "stop"
	Start  Verb = "start"
	Status Verb = "status"
	Help   Verb = "help"
	Quit   Verb = "quit"
)

// CommandHelp explains the verbs.
const CommandHelp = `  kill N     end node N at once, with SIGKILL
  stop N     end node N in good order
  start N    start node N
  status     describe the nodes
  quit       end all nodes and this program
`

// Command is one line of the prompt.
type Command struct {
	Verb Verb
	// Node counts from 0; only kill, stop and start have one.
	Node int
}

// aliases are words that people try.
var aliases = map[string]Verb{"exit": Quit, "?": Help}

// Parse reads a line of the prompt for a cluster of so many nodes.
func Parse(line string, nodes int) (Command, error) {
	words := strings.Fields(line)
	if len(words) == 0 {
		return Command{}, nil
	}
	verb := Verb(words[0])
	if alias, ok := aliases[words[0]]; ok {
		verb = alias
	}
	switch verb {
	case Kill, Stop, Start:
		node, err := parseNode(words[1:], nodes)
		return Command{verb, node}, err
	case Status, Help, Quit:
		if len(words) > 1 {
			return Command{}, fmt.Errorf("%s takes nothing behind it", verb)
		}
		return Command{Verb: verb}, nil
	}
	known := []string{string(Kill), string(Stop), string(Start), string(Status), string(Help), string(Quit)}
	if near := quipu.Nearest(words[0], known); near != "" {
		return Command{}, fmt.Errorf("unknown command %q: did you mean %s?", words[0], near)
	}
	return Command{}, fmt.Errorf("unknown command %q: known are %s", words[0], strings.Join(known, ", "))
}

// parseNode takes 2 and n2.
func parseNode(words []string, nodes int) (int, error) {
	want := fmt.Sprintf("a node from 1 to %d", nodes)
	if len(words) != 1 {
		return 0, fmt.Errorf("want %s, such as: kill 2", want)
	}
	number, err := strconv.Atoi(strings.TrimPrefix(words[0], "n"))
	if err != nil || number < 1 || number > nodes {
		return 0, fmt.Errorf("%q is not %s", words[0], want)
	}
	return number - 1, nil
}
