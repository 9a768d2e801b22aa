package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"runtime"
	"strings"
	"testing"
	"time"
)

// devSession is `quipu dev` with its commands from a pipe.
type devSession struct {
	t     *testing.T
	cmd   *exec.Cmd
	stdin io.WriteCloser
	lines chan string
}

func startDev(t *testing.T, args ...string) *devSession {
	t.Helper()
	cmd := exec.Command(quipuPath(t), append([]string{"dev", "--log-level", "warn", "--dir", t.TempDir()}, args...)...)
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill() })
	s := &devSession{t, cmd, stdin, make(chan string, 1000)}
	go func() {
		defer close(s.lines)
		for in := bufio.NewScanner(stdout); in.Scan(); {
			s.lines <- in.Text()
		}
	}()
	return s
}

func (s *devSession) say(command string) {
	s.t.Helper()
	if _, err := fmt.Fprintln(s.stdin, command); err != nil {
		s.t.Fatal(err)
	}
}

// until waits for a line that holds the text.
func (s *devSession) until(text string) {
	s.t.Helper()
	late := time.After(patience)
	var seen []string
	for {
		select {
		case line, ok := <-s.lines:
			if seen = append(seen, line); ok && strings.Contains(line, text) {
				return
			}
			if !ok {
				s.t.Fatalf("ended without %q:\n%s", text, strings.Join(seen, "\n"))
			}
		case <-late:
			s.t.Fatalf("no line with %q:\n%s", text, strings.Join(seen, "\n"))
		}
	}
}

func TestDevLetsAPersonKillAndStartNodes(t *testing.T) {
	if testing.Short() {
		t.Skip("starts processes")
	}
	s := startDev(t, "--base-port", fmt.Sprint(freeBasePort(t, 3)))
	s.say("status") // waits until there is a cluster
	s.until("The cluster is ready: 3 nodes")
	s.until("/v1/ledgers/main")
	s.until("The cluster is well: all 3 nodes answer")
	s.say("kil 2")
	s.until("did you mean kill?")
	s.say("kill 2")
	s.until("n2 was killed")
	s.say("kill 2")
	s.until("n2 does not run")
	s.say("status")
	s.until("does not run")
	s.say("start 2")
	s.say("stop 3")
	s.until("n3 has ended")
	s.say("quit")
	s.until("ending all nodes")
	if err := s.cmd.Wait(); err != nil {
		t.Errorf("ended with %v", err)
	}
}

func TestDevEndsIfNoNodeCanRun(t *testing.T) {
	s := startDev(t, "--nodes", "1", "--base-port", fmt.Sprint(freeBasePort(t, 1)), "--log-level", "nonsense")
	s.until("n1 has ended by itself")
	for range s.lines { // to its end, which Wait must not be called before
	}
	if err := s.cmd.Wait(); exitStatus(err) != exitFailure {
		t.Errorf("ended with %v, want exit code 1", err)
	}
}

// The nodes must not outlive a parent that could not tell them to end.
func TestDevNodesEndWithAParentThatIsKilled(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("only Linux ends a child with its parent")
	}
	port := freeBasePort(t, 1)
	s := startDev(t, "--nodes", "1", "--base-port", fmt.Sprint(port))
	s.until("The cluster is ready")
	if err := s.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	for range s.lines {
	}
	_ = s.cmd.Wait()
	poll(t, "the node's ports are free", func() bool { return portsFree(port, 1) })
}

func exitStatus(err error) int {
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return exit.ExitCode()
	}
	return 0
}
