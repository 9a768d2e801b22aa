package store

import (
	"encoding/binary"
	"hash/fnv"
	"io"
	"os"

	"github.com/quipu-ledger/quipu"
)

// bbolt follows the page numbers, lengths and offsets in the file without a check,
// in memory that is mapped: one flipped bit ends the process with a fault that
// cannot be caught. So a file from elsewhere, or one that is to be checked, is read
// here first, with plain reads. What is verified is that nothing leads outside; that
// keys are in order and pages counted once is what bbolt's own check looks at.
//
// The layout is that of bbolt's internal/common, in the machine's byte order.
const (
	pageHeader    = 16 // id 8, flags 2, count 2, overflow 4
	elementHeader = 16 // both kinds of element
	bucketHeader  = 16 // root page 8, sequence 8
	metaBytes     = 64

	branchFlag   = 0x01
	leafFlag     = 0x02
	freelistFlag = 0x10
	bucketFlag   = 0x01 // of a leaf element

	boltMagic   = 0xED0CDAED
	pageSizeMin = 512
	pageSizeMax = 64 << 10
	noFreelist  = ^uint64(0)
)

var native = binary.NativeEndian

// boltMeta is what a meta page says.
type boltMeta struct {
	pageSize uint32
	root     uint64
	freelist uint64
	pages    uint64 // the number of pages in use, free ones included
	tx       uint64
}

// verifyPages reads a whole file and reports the first thing that could lead
// bbolt astray.
func verifyPages(path string) error {
	return withMeta(path, func(file *os.File, meta *boltMeta) error {
		w := pageWalker{file: file, meta: meta, seen: make([]uint64, meta.pages/64+1)}
		return w.walk()
	})
}

// verifyLength checks that all pages are in the file at all, at no cost: reading
// beyond the end of a mapped file ends the process.
func verifyLength(path string) error {
	return withMeta(path, func(*os.File, *boltMeta) error { return nil })
}

func withMeta(path string, fn func(*os.File, *boltMeta) error) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }()
	meta, err := readBoltMeta(file)
	if err != nil {
		return err
	}
	info, err := file.Stat()
	if err != nil {
		return err
	}
	if need := meta.pages * uint64(meta.pageSize); uint64(info.Size()) < need {
		return damaged("it has %d bytes, but its pages take %d", info.Size(), need)
	}
	return fn(file, meta)
}

// readBoltMeta finds the valid meta page of the newest transaction.
func readBoltMeta(file io.ReaderAt) (*boltMeta, error) {
	var newest *boltMeta
	buf := make([]byte, pageHeader+metaBytes)
	try := func(offset int64) *boltMeta {
		if _, err := file.ReadAt(buf, offset); err != nil {
			return nil
		}
		meta := parseBoltMeta(buf[pageHeader:])
		if meta != nil && (newest == nil || meta.tx > newest.tx) {
			newest = meta
		}
		return meta
	}
	if first := try(0); first != nil {
		try(int64(first.pageSize))
	} else {
		for size := int64(pageSizeMin); size <= pageSizeMax; size *= 2 {
			try(size)
		}
	}
	if newest == nil {
		return nil, damaged("neither of its two meta pages is whole")
	}
	return newest, nil
}

func parseBoltMeta(b []byte) *boltMeta {
	sum := fnv.New64a()
	_, _ = sum.Write(b[:metaBytes-8])
	size := native.Uint32(b[8:])
	switch {
	case native.Uint32(b) != boltMagic, native.Uint64(b[metaBytes-8:]) != sum.Sum64(),
		size < pageSizeMin, size > pageSizeMax, size&(size-1) != 0:
		return nil
	}
	meta := &boltMeta{
		pageSize: size,
		root:     native.Uint64(b[16:]), freelist: native.Uint64(b[32:]),
		pages: native.Uint64(b[40:]), tx: native.Uint64(b[48:]),
	}
	if meta.pages < 3 || meta.pages > 1<<40 {
		return nil
	}
	return meta
}

// pageWalker goes through all pages that are reached from the root.
type pageWalker struct {
	file  io.ReaderAt
	meta  *boltMeta
	seen  []uint64 // a bit for each page
	stack []uint64
	buf   []byte
}

func (w *pageWalker) walk() error {
	if w.meta.freelist != noFreelist {
		if err := w.freelist(); err != nil {
			return err
		}
	}
	w.stack = append(w.stack, w.meta.root)
	for len(w.stack) > 0 {
		id := w.stack[len(w.stack)-1]
		w.stack = w.stack[:len(w.stack)-1]
		page, err := w.read(id)
		if err != nil {
			return err
		}
		if err := w.elements(id, page); err != nil {
			return err
		}
	}
	return nil
}

// read gives a page with all that overflows from it.
func (w *pageWalker) read(id uint64) ([]byte, error) {
	size := uint64(w.meta.pageSize)
	if id < 2 || id >= w.meta.pages {
		return nil, damaged("it leads to page %d of %d", id, w.meta.pages)
	}
	if w.seen[id/64]&(1<<(id%64)) != 0 {
		return nil, damaged("page %d is reached twice", id)
	}
	w.seen[id/64] |= 1 << (id % 64)
	page, err := w.readAt(id*size, size)
	if err != nil {
		return nil, err
	}
	if found := native.Uint64(page); found != id {
		return nil, damaged("page %d says that it is page %d", id, found)
	}
	overflow := uint64(native.Uint32(page[12:]))
	if overflow >= w.meta.pages-id {
		return nil, damaged("page %d goes beyond the end", id)
	}
	if overflow == 0 {
		return page, nil
	}
	return w.readAt(id*size, (overflow+1)*size)
}

func (w *pageWalker) readAt(offset, length uint64) ([]byte, error) {
	if uint64(cap(w.buf)) < length {
		w.buf = make([]byte, length)
	}
	w.buf = w.buf[:length]
	_, err := w.file.ReadAt(w.buf, int64(offset))
	return w.buf, err
}

// elements checks a branch or leaf page, which may be one inside a value.
func (w *pageWalker) elements(id uint64, page []byte) error {
	flags, count := native.Uint16(page[8:]), int(native.Uint16(page[10:]))
	if flags != branchFlag && flags != leafFlag {
		return damaged("page %d has the flags %x", id, flags)
	}
	if flags == branchFlag && count == 0 || pageHeader+count*elementHeader > len(page) {
		return damaged("page %d has %d elements in %d bytes", id, count, len(page))
	}
	for i := range count {
		at := pageHeader + i*elementHeader
		element := page[at : at+elementHeader]
		if flags == branchFlag {
			if _, ok := span(page, at, native.Uint32(element), native.Uint32(element[4:]), 0); !ok {
				return damaged("element %d of page %d is not in it", i, id)
			}
			w.stack = append(w.stack, native.Uint64(element[8:]))
			continue
		}
		keyBytes, valueBytes := native.Uint32(element[8:]), native.Uint32(element[12:])
		pair, ok := span(page, at, native.Uint32(element[4:]), keyBytes, valueBytes)
		if !ok {
			return damaged("element %d of page %d is not in it", i, id)
		}
		if native.Uint32(element)&bucketFlag == 0 {
			continue
		}
		if err := w.bucket(id, pair[keyBytes:]); err != nil {
			return err
		}
	}
	return nil
}

// span gives the key and the value of the element that stands at a place in a page.
func span(page []byte, at int, offset, keyBytes, valueBytes uint32) ([]byte, bool) {
	from := uint64(at) + uint64(offset)
	to := from + uint64(keyBytes) + uint64(valueBytes)
	if keyBytes == 0 || to > uint64(len(page)) {
		return nil, false
	}
	return page[from:to], true
}

// bucket checks the value that stands for a bucket: the number of its root
// page or, if that is 0, the page itself.
func (w *pageWalker) bucket(id uint64, value []byte) error {
	if len(value) < bucketHeader {
		return damaged("page %d has a bucket of %d bytes", id, len(value))
	}
	if root := native.Uint64(value); root != 0 {
		w.stack = append(w.stack, root)
		return nil
	}
	page := value[bucketHeader:]
	if len(page) < pageHeader || native.Uint16(page[8:]) != leafFlag {
		return damaged("page %d has a bucket inside it that is not a page", id)
	}
	return w.elements(id, page)
}

func (w *pageWalker) freelist() error {
	page, err := w.read(w.meta.freelist)
	if err != nil {
		return err
	}
	count, from := uint64(native.Uint16(page[10:])), uint64(pageHeader)
	if count == 0xffff { // the real number stands in the first place
		count, from = native.Uint64(page[from:]), from+8
	}
	if native.Uint16(page[8:]) != freelistFlag || count > (uint64(len(page))-from)/8 {
		return damaged("its list of free pages cannot be read")
	}
	for i := range count {
		if free := native.Uint64(page[from+i*8:]); free < 2 || free >= w.meta.pages {
			return damaged("it lists page %d of %d as free", free, w.meta.pages)
		}
	}
	return nil
}

func damaged(detail string, args ...any) error {
	err := quipu.Errorf(quipu.Corrupt, detail, args...)
	err.Detail = FileName + " is damaged: " + err.Detail
	return err.WithHint("replace this node's data from the other nodes, or from a backup")
}
