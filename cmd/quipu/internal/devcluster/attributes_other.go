//go:build unix && !linux

package devcluster

import "syscall"

// attributes keep the terminal's Ctrl-C from a child: the parent is the one to
// say when it ends. Only Linux can also end it with a parent that is killed.
func attributes() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }
