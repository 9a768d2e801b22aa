package identity

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"syscall"

	quipu "github.com/quipu-ledger/quipu"
)

// LockName is the name of the lock file in the data directory. It stays there
// after the process ends: what counts is the lock on it, which the kernel
// releases with the process, and not that it exists.
const LockName = "LOCK"

// Lock is the right of one process to use a data directory.
type Lock struct {
	file *os.File
}

// Acquire locks the data directory dir, and creates it durably if its parent
// exists and it does not. If another process holds the lock, the error is of kind Unavailable and
// names that process. The caller owns the Lock and releases it with Close.
func Acquire(dir string) (*Lock, error) {
	if err := makeDir(dir); err != nil {
		return nil, fmt.Errorf("create data directory: %w", err)
	}
	path := filepath.Join(dir, LockName)
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, fileMode)
	if err != nil {
		return nil, fmt.Errorf("lock data directory: %w", err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		err = lockError(dir, f, err)
		return nil, errors.Join(err, f.Close())
	}
	if err := writePID(f); err != nil {
		return nil, errors.Join(fmt.Errorf("write %s: %w", path, err), f.Close())
	}
	return &Lock{file: f}, nil
}

// Close releases the directory.
func (l *Lock) Close() error { return l.file.Close() }

func makeDir(dir string) error {
	err := os.Mkdir(dir, dirMode)
	if errors.Is(err, os.ErrExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return syncDir(filepath.Dir(filepath.Clean(dir)))
}

// lockError tells a directory in use from a file system that cannot lock.
func lockError(dir string, f *os.File, cause error) error {
	if !errors.Is(cause, syscall.EWOULDBLOCK) {
		return fmt.Errorf("lock data directory %s: %w", dir, cause)
	}
	return quipu.Errorf(quipu.Unavailable, "%s holds the data directory %s", holder(f), dir).
		WithHint("stop it, or use another data directory").Because(cause)
}

// holder names the process that wrote its id into the lock file. The id may be
// missing for an instant, between the lock and the write.
func holder(f *os.File) string {
	b, err := io.ReadAll(io.NewSectionReader(f, 0, 32))
	if pid, convErr := strconv.Atoi(string(bytes.TrimSpace(b))); err == nil && convErr == nil {
		return fmt.Sprintf("another process (pid %d)", pid)
	}
	return "another process"
}

// writePID is information for people only, so it is not synced.
func writePID(f *os.File) error {
	if err := f.Truncate(0); err != nil {
		return err
	}
	_, err := f.WriteAt([]byte(strconv.Itoa(os.Getpid())+"\n"), 0)
	return err
}
