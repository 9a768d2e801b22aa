package devcluster

import (
	"os/exec"
	"runtime"
)

// launcher starts children from one thread that lives as long as it does. The
// signal that a child gets when its parent dies is tied to the thread that
// started it, and Go ends threads (https://go.dev/issue/27505).
type launcher struct{ work chan func() }

func newLauncher() *launcher {
	l := &launcher{work: make(chan func())}
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		for do := range l.work {
			do()
		}
	}()
	return l
}

func (l *launcher) start(cmd *exec.Cmd) error {
	started := make(chan error)
	l.work <- func() { started <- cmd.Start() }
	return <-started
}

func (l *launcher) close() { close(l.work) }
