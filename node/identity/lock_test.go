package identity_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	quipu "github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/node/identity"
)

func TestAcquireRefusesADirectoryInUse(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data") // made by Acquire
	first, err := identity.Acquire(dir)
	if err != nil {
		t.Fatal(err)
	}
	_, err = identity.Acquire(dir)
	if want := fmt.Sprintf("pid %d", os.Getpid()); !errors.Is(err, quipu.Unavailable) || !strings.Contains(err.Error(), want) {
		t.Fatalf("got %v, want kind unavailable and %q", err, want)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	second, err := identity.Acquire(dir)
	if err != nil {
		t.Fatalf("after the release: %v", err)
	}
	if err := second.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestAcquireDoesNotMakeTheWholePath(t *testing.T) {
	if _, err := identity.Acquire(filepath.Join(t.TempDir(), "typo", "data")); !errors.Is(err, os.ErrNotExist) {
		t.Fatalf("got %v, want that the parent is missing", err)
	}
}
