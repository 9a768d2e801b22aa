package raftlog

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"os"
)

// The format of a bbolt file, in the byte order of the machine (internal/common
// of v1.5.0, format version 2). A page begins with its id (64 bits), flags
// (16), count of elements (16) and how many more pages it goes on for (32).
const (
	pageHeaderBytes   = 16
	bucketHeaderBytes = 16
	elementBytes      = 16 // of a branch and of a leaf

	branchPage = 1
	leafPage   = 2

	metaMagic     = 0xED0CDAED
	metaBytes     = 64
	pageSizeLeast = 512
	pageSizeMost  = 1 << 16

	bucketElement = 1 // flag of a leaf's element whose value is the root of a bucket
)

// meta is what a meta page holds of use here.
type meta struct {
	pageSize    int64
	root        uint64 // page of the root bucket
	highWater   uint64 // no page has this id or a higher one
	transaction uint64
}

// pages walks a bbolt file page by page.
//
// bbolt checks a part of this when it rebuilds its freelist, but in a goroutine
// that goes on after the first fault and may end the process with a panic that
// names no file. So the file is checked before bbolt gets it.
//
// What cannot be noticed is a page that was replaced by an older state of itself,
// or a damaged reference that leads to one.
type pages struct {
	file io.ReaderAt
	meta meta
	seen map[uint64]bool
}

// checkPages checks both meta pages and the tree of the newer one.
//
// bbolt is content with one whole meta page, and takes the state before the last
// commit if the newer is damaged: a silent truncation of entries that were
// acknowledged. A crash does not leave a meta page in pieces, as it is
// smaller than a disk's sector.
func checkPages(path string) error {
	file, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("open %s: %w", path, err)
	}
	defer file.Close() // opened for reading: nothing can be lost
	newest, err := newestMeta(file)
	if err != nil {
		return corrupt(path, err, "a meta page is not what was stored")
	}
	p := pages{file: file, meta: newest, seen: make(map[uint64]bool)}
	if err := p.walk(newest.root, nil, nil); err != nil {
		return corrupt(path, err, damagedStructure)
	}
	return nil
}

func newestMeta(file io.ReaderAt) (meta, error) {
	first, err := readMeta(file, 0)
	if err != nil {
		return meta{}, err
	}
	second, err := readMeta(file, first.pageSize)
	if err != nil {
		return meta{}, err
	}
	if second.transaction > first.transaction {
		return second, nil
	}
	return first, nil
}

// readMeta reads and checks the meta page at an offset: magic, version, page
// size and flags of 32 bits each, then root, sequence, freelist, high-water mark,
// transaction and an FNV-1a sum of all before it, of 64.
func readMeta(file io.ReaderAt, offset int64) (meta, error) {
	var b [metaBytes]byte
	if _, err := file.ReadAt(b[:], offset+pageHeaderBytes); err != nil {
		return meta{}, err
	}
	sum := fnv.New64a()
	_, _ = sum.Write(b[:56]) // a hash never fails
	m := meta{
		pageSize:    int64(binary.NativeEndian.Uint32(b[8:])),
		root:        binary.NativeEndian.Uint64(b[16:]),
		highWater:   binary.NativeEndian.Uint64(b[40:]),
		transaction: binary.NativeEndian.Uint64(b[48:]),
	}
	switch {
	case binary.NativeEndian.Uint32(b[:]) != metaMagic:
		return meta{}, errors.New("not a bbolt meta page")
	case binary.NativeEndian.Uint64(b[56:]) != sum.Sum64():
		return meta{}, ErrChecksum
	case m.pageSize < pageSizeLeast || m.pageSize > pageSizeMost:
		return meta{}, fmt.Errorf("a page size of %d bytes", m.pageSize)
	}
	return m, nil
}

// walk checks a page and those below it. Its keys ascend, from low on and
// below high, where nil is no bound.
func (p *pages) walk(id uint64, low, high []byte) error {
	page, err := p.read(id)
	if err != nil {
		return fmt.Errorf("page %d: %w", id, err)
	}
	if !page.ascending(low, high) {
		return fmt.Errorf("page %d: its keys are out of order", id)
	}
	for i, e := range page.elements {
		if page.branch {
			next := high
			if i+1 < len(page.elements) {
				next = page.elements[i+1].key
			}
			err = p.walk(e.child, e.key, next)
		} else if e.bucket {
			err = p.walkBucket(e.value)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// walkBucket checks a bucket, whose value is the page of its root (64 bits), a
// sequence that nothing uses (64), and if the root is 0 its only page itself.
func (p *pages) walkBucket(value []byte) error {
	if len(value) < bucketHeaderBytes {
		return errElement
	}
	if root := binary.NativeEndian.Uint64(value); root != 0 {
		return p.walk(root, nil, nil)
	}
	page, err := readInline(value[bucketHeaderBytes:])
	if err == nil && !page.ascending(nil, nil) {
		err = errors.New("the keys of a bucket are out of order")
	}
	return err
}

// ascending tells whether the keys ascend from low on and stay below high.
func (p page) ascending(low, high []byte) bool {
	for i, e := range p.elements {
		switch {
		case i == 0 && low != nil && bytes.Compare(low, e.key) > 0,
			i > 0 && bytes.Compare(p.elements[i-1].key, e.key) >= 0,
			high != nil && bytes.Compare(e.key, high) >= 0:
			return false
		}
	}
	return true
}
