package bulk

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/quipu-ledger/quipu"
)

// State is how far an import of one file into one ledger has come.
type State struct {
	// File and Ledger are for people who find the state on their disk.
	File   string         `json:"file"`
	Ledger quipu.LedgerID `json:"ledger"`
	// Chunks is the number of chunks that are in the ledger, from the first.
	Chunks int `json:"chunks"`
	// Key is that of the last of them, by which a changed file is recognised.
	Key string `json:"key"`
	// Events is the number of events in these chunks.
	Events int `json:"events"`
}

// StatePath names the file for the state of an import, below a directory for
// caches. A ledger's id, unlike its name, is another one in another cluster.
func StatePath(cacheDir, file string, ledger quipu.LedgerID) string {
	sum := sha256.Sum256([]byte(ledger.String() + "\x00" + file))
	return filepath.Join(cacheDir, "quipu", "imports", hex.EncodeToString(sum[:16])+".json")
}

// LoadState reads a state; there being none is the zero State.
func LoadState(path string) (State, error) {
	var s State
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return s, nil
	}
	if err != nil {
		return s, err
	}
	if err := json.Unmarshal(text, &s); err != nil {
		return State{}, fmt.Errorf("%s: %w", path, err)
	}
	return s, nil
}

// Save writes the state, whole or not at all. It is not synced: a state that is
// lost costs time, since chunks that are sent again are not appended again.
func (s State) Save(path string) error {
	text, err := json.Marshal(s)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	if err := os.WriteFile(path+".new", text, 0o600); err != nil {
		return err
	}
	return os.Rename(path+".new", path)
}
