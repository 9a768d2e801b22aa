package devcluster

import "syscall"

// attributes make a child end with its parent, however that ends, and keep the
// terminal's Ctrl-C from it: the parent is the one to say when it ends.
func attributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}
