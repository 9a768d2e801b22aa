package devcluster

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"sync"
	"syscall"
)

// process is one node, which may run or not.
type process struct {
	name       string
	executable string
	args       []string

	mu    sync.Mutex
	cmd   *exec.Cmd     // guarded by mu; nil if it does not run
	ended chan struct{} // guarded by mu; closed when cmd has ended
	asked bool          // guarded by mu; somebody asked it to end
}

func (p *process) start(l *launcher, out io.WriteCloser, ended func(string, error, bool)) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.cmd != nil {
		return fmt.Errorf("%s runs already", p.name)
	}
	cmd := exec.Command(p.executable, p.args...)
	cmd.Stdout, cmd.Stderr = out, out
	cmd.SysProcAttr = attributes()
	if err := l.start(cmd); err != nil {
		return fmt.Errorf("start %s: %w", p.name, err)
	}
	p.cmd, p.ended, p.asked = cmd, make(chan struct{}), false
	go p.wait(cmd, out, ended)
	return nil
}

// wait ends with the process.
func (p *process) wait(cmd *exec.Cmd, out io.Closer, ended func(string, error, bool)) {
	err := errors.Join(cmd.Wait(), out.Close())
	p.mu.Lock()
	asked, done := p.asked, p.ended
	p.cmd = nil
	p.mu.Unlock()
	if ended != nil {
		ended(p.name, err, asked)
	}
	close(done)
}

func (p *process) stop() error { return p.signal(syscall.SIGTERM) }

func (p *process) kill() error { return p.signal(os.Kill) }

func (p *process) signal(signal os.Signal) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.cmd == nil {
		return fmt.Errorf("%s does not run", p.name)
	}
	p.asked = true
	if err := p.cmd.Process.Signal(signal); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("%s: %w", p.name, err)
	}
	return nil
}

func (p *process) pid() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.cmd == nil {
		return 0
	}
	return p.cmd.Process.Pid
}

// end stops the process and waits for it, and kills it when the context ends.
func (p *process) end(ctx context.Context) error {
	p.mu.Lock()
	running, ended := p.cmd != nil, p.ended
	p.mu.Unlock()
	if !running {
		if ended != nil {
			<-ended // what it printed last is out
		}
		return nil
	}
	_ = p.stop() // it may just have ended by itself
	select {
	case <-ended:
		return nil
	case <-ctx.Done():
	}
	_ = p.kill()
	<-ended
	return fmt.Errorf("%s did not end in time and was killed", p.name)
}
