package raftlog

import (
	"encoding/binary"
	"errors"
	"fmt"
)

var errElement = errors.New("its elements are not what was stored")

// page is one branch or leaf of a bbolt file: its header, its elements, and
// then without a gap the keys and values of the elements in their order.
type page struct {
	branch   bool
	elements []element
}

// element is a value or a bucket in a leaf, or a child in a branch.
type element struct {
	key, value []byte // value is nil in a branch
	bucket     bool
	child      uint64 // in a branch
}

// read reads a page that no other one claims, and checks all of it.
func (p *pages) read(id uint64) (page, error) {
	var header [pageHeaderBytes]byte
	if id < 2 || id >= p.meta.highWater {
		return page{}, fmt.Errorf("it is not among the %d of the file", p.meta.highWater)
	}
	if _, err := p.file.ReadAt(header[:], int64(id)*p.meta.pageSize); err != nil {
		return page{}, err
	}
	if found := binary.NativeEndian.Uint64(header[:]); found != id {
		return page{}, fmt.Errorf("it has the id of page %d", found)
	}
	more := uint64(binary.NativeEndian.Uint32(header[12:]))
	if more >= p.meta.highWater-id {
		return page{}, fmt.Errorf("it goes on for %d pages", more)
	}
	for i := id; i <= id+more; i++ {
		if p.seen[i] {
			return page{}, fmt.Errorf("page %d is used twice", i)
		}
		p.seen[i] = true
	}
	content := make([]byte, int64(more+1)*p.meta.pageSize)
	if _, err := p.file.ReadAt(content, int64(id)*p.meta.pageSize); err != nil {
		return page{}, err
	}
	parsed, _, err := parsePage(content)
	return parsed, err
}

// readInline reads the page of a bucket that is so small that it has none of
// its own: its header, with the id 0 and of no further page, and its elements
// are the value of the bucket's element, to the last byte.
func readInline(content []byte) (page, error) {
	if len(content) < pageHeaderBytes {
		return page{}, errElement
	}
	id, more := binary.NativeEndian.Uint64(content), binary.NativeEndian.Uint32(content[12:])
	parsed, rest, err := parsePage(content)
	if err == nil && (id != 0 || more != 0 || parsed.branch || len(rest) > 0) {
		err = errElement
	}
	return parsed, err
}

// parsePage gives the elements of a page and what is behind the last of them.
// bbolt itself looks neither for gaps nor at the rest, and so would not miss
// elements when their count is damaged.
func parsePage(content []byte) (parsed page, rest []byte, err error) {
	flags := binary.NativeEndian.Uint16(content[8:])
	if flags != branchPage && flags != leafPage {
		return page{}, nil, fmt.Errorf("it has the flags %#x", flags)
	}
	count := int(binary.NativeEndian.Uint16(content[10:]))
	parsed = page{branch: flags == branchPage, elements: make([]element, count)}
	end := pageHeaderBytes + count*elementBytes // of what is read so far
	if end > len(content) {
		return page{}, nil, errElement
	}
	for i := range parsed.elements {
		if parsed.elements[i], end, err = parsed.element(content, i, end); err != nil {
			return page{}, nil, err
		}
	}
	rest = content[end:]
	if count == 0 && !allZero(rest) {
		return page{}, nil, errElement
	}
	return parsed, rest, nil
}

// element reads the i-th element, whose key begins where the previous one ended, and
// gives where it ends itself. Its fixed part holds, in a branch, the place of its
// key relative to that part (32 bits), the size of the key (32) and the child
// (64); in a leaf flags, place, size of the key and of the value (32 each).
func (p page) element(content []byte, i, begin int) (e element, end int, err error) {
	at := pageHeaderBytes + i*elementBytes
	field := func(n int) uint64 { return uint64(binary.NativeEndian.Uint32(content[at+4*n:])) }
	place, keySize, valueSize := field(0), field(1), uint64(0)
	if p.branch {
		e.child = binary.NativeEndian.Uint64(content[at+8:])
	} else {
		e.bucket = field(0) == bucketElement
		place, keySize, valueSize = field(1), field(2), field(3)
	}
	left := uint64(len(content) - begin)
	if uint64(at)+place != uint64(begin) || keySize == 0 || keySize+valueSize > left {
		return element{}, 0, errElement
	}
	middle := begin + int(keySize)
	end = middle + int(valueSize)
	e.key, e.value = content[begin:middle], content[middle:end]
	return e, end, nil
}

func allZero(b []byte) bool {
	for _, c := range b {
		if c != 0 {
			return false
		}
	}
	return true
}
