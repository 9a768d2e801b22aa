package main

import (
	"bufio"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

var update = flag.Bool("update", false, "rewrite what the scripts expect; only commit a change that you can explain")

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"quipu": main})
}

// TestScripts runs testdata/script: the commands as a person types them, against
// real nodes. Beside testscript's own commands there are:
//
//	code N COMMAND...    runs a command that must end with exit code N
//	node DIR             runs `quipu serve` on free ports and sets QUIPU_URL; what ran before is stopped
//	stopnode             stops it in good order
//	until REGEXP COMMAND...  runs a command until it prints a matching line, interrupts it, and wants exit code 0
func TestScripts(t *testing.T) {
	part, err := filepath.Abs("testdata/etcd-part.ndjson")
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		UpdateScripts:       *update,
		RequireExplicitExec: true,
		Setup: func(env *testscript.Env) error {
			env.Setenv("HOME", env.WorkDir) // where an import keeps its progress
			env.Setenv("ETCD", part)
			env.Setenv("QUIPU_URL", "http://127.0.0.1:1") // nothing listens there
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"code": scriptCode, "node": scriptNode, "stopnode": scriptStopNode, "until": scriptUntil,
		},
	})
}

func scriptCode(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: code N COMMAND...")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		var exit *exec.ExitError
		if !errors.As(err, &exit) {
			ts.Fatalf("%v", err)
		}
		got = exit.ExitCode()
	}
	if got != want {
		ts.Fatalf("exit code is %d, want %d", got, want)
	}
}

// command is a quipu that a script runs beside others.
func command(ts *testscript.TestScript, args ...string) *exec.Cmd {
	path, err := exec.LookPath(args[0])
	ts.Check(err)
	cmd := exec.Command(path, args[1:]...)
	cmd.Dir = ts.MkAbs(".")
	cmd.Env = append(os.Environ(), "QUIPU_URL="+ts.Getenv("QUIPU_URL"), "HOME="+ts.Getenv("HOME"))
	return cmd
}

// runningNode is a node that a script has started.
type runningNode struct {
	cmd  *exec.Cmd
	said syncBuffer // its words, from the start
	done chan error
}

// nodes are those of all scripts, by the script's name.
var nodes = newRegister[*runningNode]()

func scriptNode(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: node DIR")
	}
	stopNode(ts)
	cmd := command(ts, "quipu", "serve", "--data-dir", ts.MkAbs(args[0]),
		"--api-addr", "127.0.0.1:0", "--peer-addr", "127.0.0.1:0", "--gossip-addr", "127.0.0.1:0", "--log-level", "warn")
	stderr, err := cmd.StderrPipe()
	ts.Check(err)
	ts.Check(cmd.Start())
	node := &runningNode{cmd: cmd, done: make(chan error, 1)}
	nodes.set(ts.Name(), node)
	ts.Defer(func() { _ = cmd.Process.Kill() })

	lines := bufio.NewScanner(stderr)
	for lines.Scan() {
		fmt.Fprintln(&node.said, lines.Text())
		if name, url, _ := strings.Cut(strings.TrimSpace(lines.Text()), " "); name == "API" {
			ts.Setenv("QUIPU_URL", strings.TrimSpace(url))
			go func() {
				_, _ = io.Copy(&node.said, stderr)
				node.done <- cmd.Wait()
			}()
			return
		}
	}
	ts.Fatalf("the node ended: %v\n%s", cmd.Wait(), &node.said)
}

func scriptStopNode(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 0 {
		ts.Fatalf("usage: stopnode")
	}
	stopNode(ts)
}

func stopNode(ts *testscript.TestScript) {
	node, ok := nodes.take(ts.Name())
	if !ok {
		return
	}
	ts.Check(node.cmd.Process.Signal(syscall.SIGTERM))
	if err := <-node.done; err != nil {
		ts.Fatalf("the node ended with %v\n%s", err, &node.said)
	}
}

func scriptUntil(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: until REGEXP COMMAND...")
	}
	wanted, err := regexp.Compile(args[0])
	ts.Check(err)
	cmd := command(ts, args[1:]...)
	stdout, err := cmd.StdoutPipe()
	ts.Check(err)
	cmd.Stderr = ts.Stderr()
	ts.Check(cmd.Start())
	found := false
	for lines := bufio.NewScanner(stdout); lines.Scan(); {
		fmt.Fprintln(ts.Stdout(), lines.Text())
		if !found && wanted.MatchString(lines.Text()) {
			found = true
			ts.Check(cmd.Process.Signal(os.Interrupt))
		}
	}
	if err := cmd.Wait(); err != nil || !found {
		ts.Fatalf("ended with %v, the line was printed: %v", err, found)
	}
}
