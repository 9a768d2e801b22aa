package raftlog

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"

	raftboltdb "github.com/hashicorp/raft-boltdb/v2"

	quipu "github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/node/identity"
)

// stampKey is ours among raft's keys, which are CurrentTerm, LastVoteTerm and
// LastVoteCand.
var stampKey = []byte("quipu.stamp")

// ErrKeyNotFound is what Get and GetUint64 answer for a key that was never set.
var ErrKeyNotFound = raftboltdb.ErrKeyNotFound

// Set stores a value of the stable store; it is durable when Set returns nil.
func (l *Log) Set(key, value []byte) error {
	return l.write(func() error { return l.store.Set(key, sealValue(key, value)) })
}

// Get reads and checks a value of the stable store. The error for a missing one is
// raftboltdb.ErrKeyNotFound, whose text raft compares.
func (l *Log) Get(key []byte) (value []byte, err error) {
	err = l.read(func() error {
		stored, err := l.store.Get(key)
		if err != nil {
			return err
		}
		value, err = unsealValue(l.path, key, stored)
		return err
	})
	return value, err
}

// SetUint64 stores a number of the stable store; see Set.
func (l *Log) SetUint64(key []byte, value uint64) error {
	return l.Set(key, binary.BigEndian.AppendUint64(nil, value))
}

// GetUint64 reads and checks a number of the stable store; see Get.
func (l *Log) GetUint64(key []byte) (uint64, error) {
	value, err := l.Get(key)
	if err != nil {
		return 0, err
	}
	if len(value) != 8 {
		return 0, fmt.Errorf("read %q of %s: the value has %d bytes and not the 8 of a number", key, l.path, len(value))
	}
	return binary.BigEndian.Uint64(value), nil
}

// Stamp reads who this file belongs to: the zero Stamp for a file that belongs
// to no cluster yet.
func (l *Log) Stamp() (identity.Stamp, error) {
	value, err := l.Get(stampKey)
	if errors.Is(err, raftboltdb.ErrKeyNotFound) {
		return identity.Stamp{}, nil
	}
	if err != nil {
		return identity.Stamp{}, err
	}
	var stamp identity.Stamp
	if err := json.Unmarshal(value, &stamp); err != nil {
		return identity.Stamp{}, fmt.Errorf("read stamp of %s: %w", l.path, err)
	}
	return stamp, nil
}

// SetStamp records durably who this file belongs to. The same again is no
// change; another owner is refused with an error of kind Invalid.
func (l *Log) SetStamp(stamp identity.Stamp) error {
	old, err := l.Stamp()
	if err != nil || old == stamp {
		return err
	}
	if old != (identity.Stamp{}) {
		return quipu.Errorf(quipu.Invalid, "%s belongs to %s and cannot be given to %s", l.path, old, stamp)
	}
	value, err := json.Marshal(stamp)
	if err != nil {
		return fmt.Errorf("write stamp of %s: %w", l.path, err)
	}
	return l.Set(stampKey, value)
}
