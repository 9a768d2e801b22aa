package identity

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	quipu "github.com/quipu-ledger/quipu"
)

const (
	// FileName is the name of the identity file in the data directory.
	FileName = "identity.json"

	format = 1

	fileMode = 0o600
	dirMode  = 0o700
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// file is identity.json. The checksum covers the encoding of all members
// before it, so the order of the fields is part of the format.
type file struct {
	Format    int       `json:"format"`
	ClusterID string    `json:"clusterId"`
	NodeID    string    `json:"nodeId"`
	Created   time.Time `json:"created"`
	Pending   *Proposal `json:"pending,omitempty"`
	Checksum  string    `json:"checksum"`
}

// sum is the CRC-32C, in 8 hex digits, of the file without its checksum.
func (f file) sum() (string, error) {
	f.Checksum = ""
	b, err := json.Marshal(f)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%08x", crc32.Checksum(b, castagnoli)), nil
}

// Load reads the identity of the data directory dir; found is false if there
// is none, which is no error. A file that fails a check is an error of kind
// Corrupt, and one that a newer release wrote an error of kind Invalid.
func Load(dir string) (identity Identity, found bool, err error) {
	path := filepath.Join(dir, FileName)
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return Identity{}, false, nil
	}
	if err != nil {
		return Identity{}, false, fmt.Errorf("read identity: %w", err)
	}
	identity, err = decode(b)
	if err != nil {
		var e *quipu.Error
		if errors.As(err, &e) {
			e.Op = "read " + path
		}
		return Identity{}, false, err
	}
	return identity, true, nil
}

// decode looks at the format number first and by itself: what else a newer
// format holds is not ours to judge.
func decode(b []byte) (Identity, error) {
	var version struct {
		Format int `json:"format"`
	}
	if err := json.Unmarshal(b, &version); err != nil {
		return Identity{}, corrupt("the file is not the JSON that Quipu writes").Because(err)
	}
	if version.Format > format {
		return Identity{}, quipu.Errorf(quipu.Invalid, "the file has format %d and this release knows formats up to %d", version.Format, format).
			WithHint("start the release that wrote it, or a newer one")
	}
	if version.Format != format {
		return Identity{}, corrupt("the file has format %d, which no release writes", version.Format)
	}
	return decodeFormat1(b)
}

func decodeFormat1(b []byte) (Identity, error) {
	var f file
	decoder := json.NewDecoder(bytes.NewReader(b))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&f); err != nil {
		return Identity{}, corrupt("the file is not the JSON that Quipu writes").Because(err)
	}
	sum, err := f.sum()
	if err != nil {
		return Identity{}, corrupt("the file is not the JSON that Quipu writes").Because(err)
	}
	if sum != f.Checksum {
		return Identity{}, corrupt("the checksum is %q and the content has %q", f.Checksum, sum)
	}
	identity := Identity{NodeID: f.NodeID, ClusterID: f.ClusterID, Created: f.Created, Pending: f.Pending}
	if err := identity.check(); err != nil {
		return Identity{}, corrupt("%s", err).Because(err)
	}
	return identity, nil
}

func corrupt(format string, args ...any) *quipu.Error {
	return quipu.Errorf(quipu.Corrupt, format, args...).
		WithHint("the file was damaged or edited: put back an unchanged copy of it, or empty the directory and let the node join as a new one")
}

// Save writes the identity to the data directory dir, which must exist. When
// it returns nil the file is durable; when it returns an error the file is the
// old one or the new one and never a part of either. An identity that is malformed,
// or that would change the node id or the cluster id of a formed node, is
// refused with an error of kind Invalid.
func Save(dir string, identity Identity) error {
	if err := identity.check(); err != nil {
		return err
	}
	old, found, err := Load(dir)
	if err != nil {
		return err
	}
	if found && old.Formed() && old.Stamp() != identity.Stamp() {
		return wrong("%s is %s and cannot become %s", filepath.Join(dir, FileName), old.Stamp(), identity.Stamp()).
			WithHint("a data directory belongs to one node of one cluster for ever: use an empty directory")
	}
	b, err := encode(identity)
	if err != nil {
		return fmt.Errorf("encode identity: %w", err)
	}
	if err := ReplaceFile(filepath.Join(dir, FileName), b); err != nil {
		return fmt.Errorf("write identity: %w", err)
	}
	return nil
}

// encode prints the file indented: an operator will look at it.
func encode(identity Identity) ([]byte, error) {
	f := file{
		Format:    format,
		ClusterID: identity.ClusterID,
		NodeID:    identity.NodeID,
		Created:   identity.Created.UTC(),
		Pending:   identity.Pending,
	}
	var err error
	if f.Checksum, err = f.sum(); err != nil {
		return nil, err
	}
	b, err := json.MarshalIndent(f, "", "  ")
	return append(b, '\n'), err
}

// ReplaceFile writes a small file of the data directory. It makes the content
// durable under another name before it takes the place of the old file, and the
// new name durable before it returns.
func ReplaceFile(path string, content []byte) error {
	temporary := path + ".tmp"
	if err := writeSynced(temporary, content); err != nil {
		return errors.Join(err, os.Remove(temporary))
	}
	if err := os.Rename(temporary, path); err != nil {
		return errors.Join(err, os.Remove(temporary))
	}
	return syncDir(filepath.Dir(path))
}

func writeSynced(path string, content []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, fileMode)
	if err != nil {
		return err
	}
	if _, err := f.Write(content); err != nil {
		return errors.Join(err, f.Close())
	}
	if err := f.Sync(); err != nil {
		return errors.Join(err, f.Close())
	}
	return f.Close()
}

// syncDir makes the names in a directory durable.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
