package path_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/jackc/pgx/v5"
)

// startPostgres starts a PostgreSQL 15 of its own, on a socket in a temporary directory, and connects to it. Where there
// is none, the test is skipped.
func startPostgres(t *testing.T) *pgx.Conn {
	t.Helper()
	bin, err := findPostgres()
	if err != nil {
		t.Skipf("skipped: no PostgreSQL 15 to compare with (%v); install postgresql-15 or set QUIPU_TEST_PG_BIN to its bin directory", err)
	}
	dir, err := os.MkdirTemp("", "pg") // not t.TempDir: the server runs as another user, and a socket's path is short
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	run := runner(t, dir)
	data := filepath.Join(dir, "data")
	run(filepath.Join(bin, "initdb"), "-D", data, "-U", "postgres", "--encoding=UTF8", "--locale=C.UTF-8", "-A", "trust", "-N")
	options := "-k " + dir + " -c listen_addresses='' -c fsync=off"
	run(filepath.Join(bin, "pg_ctl"), "-D", data, "-o", options, "-l", filepath.Join(dir, "log"), "-w", "start")
	t.Cleanup(func() { run(filepath.Join(bin, "pg_ctl"), "-D", data, "-m", "immediate", "-w", "stop") })
	conn, err := pgx.Connect(context.Background(), fmt.Sprintf("host=%s user=postgres dbname=postgres", dir))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close(context.Background()) })
	return conn
}

// findPostgres gives the directory of the programs of version 15.
func findPostgres() (string, error) {
	dirs := []string{os.Getenv("QUIPU_TEST_PG_BIN"), "/usr/lib/postgresql/15/bin"}
	if onPath, err := exec.LookPath("postgres"); err == nil {
		if real, err := filepath.EvalSymlinks(onPath); err == nil {
			dirs = append(dirs, filepath.Dir(real))
		}
	}
	for _, dir := range dirs {
		if dir == "" {
			continue
		}
		out, err := exec.Command(filepath.Join(dir, "postgres"), "--version").Output()
		if err != nil || !strings.Contains(string(out), ") 15.") {
			continue
		}
		if _, err := os.Stat(filepath.Join(dir, "initdb")); err == nil {
			return dir, nil
		}
	}
	return "", errors.New("looked at QUIPU_TEST_PG_BIN, /usr/lib/postgresql/15/bin and PATH")
}

// runner runs programs in dir, as a user who is not root, since PostgreSQL refuses that.
func runner(t *testing.T, dir string) func(name string, args ...string) {
	var as *syscall.Credential
	if os.Geteuid() == 0 {
		account, err := user.Lookup("postgres")
		if err != nil {
			if account, err = user.Lookup("nobody"); err != nil {
				t.Skipf("skipped: PostgreSQL refuses to run as root, and there is no other user: %v", err)
			}
		}
		uid, _ := strconv.Atoi(account.Uid)
		gid, _ := strconv.Atoi(account.Gid)
		if err := os.Chown(dir, uid, gid); err != nil {
			t.Fatal(err)
		}
		as = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
	}
	return func(name string, args ...string) {
		t.Helper()
		cmd := exec.Command(name, args...)
		cmd.Dir = dir
		cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "LC_ALL=C"}
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: as}
		// pg_ctl leaves the server behind with its outputs, so they go to a file, which nobody waits for.
		out, err := os.OpenFile(filepath.Join(dir, "commands"), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o644)
		if err != nil {
			t.Fatal(err)
		}
		defer out.Close()
		cmd.Stdout, cmd.Stderr = out, out
		if err := cmd.Run(); err != nil {
			said, _ := os.ReadFile(filepath.Join(dir, "commands"))
			t.Fatalf("%s: %v\n%s", filepath.Base(name), err, said)
		}
	}
}
