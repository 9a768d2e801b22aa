package api

import (
	"cmp"
	"encoding/base64"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/fsm/canonical"
	"github.com/quipu-ledger/quipu/fsm/record"
	"github.com/quipu-ledger/quipu/transport/wire"
)

// filesParam reads whether the contents of files stand in the answer.
func (x *exchange) filesParam(absent bool) (inline bool, err error) {
	switch given := x.params.Get(wire.ParamFiles); {
	case !x.params.Has(wire.ParamFiles):
		return absent, nil
	case given == wire.FilesInline, given == wire.FilesOmit:
		return given == wire.FilesInline, nil
	default:
		return false, quipu.Errorf(quipu.Invalid, "files is %q", clip(given)).
			WithHint("it is %s, for their contents in base64, or %s", wire.FilesInline, wire.FilesOmit)
	}
}

// hasContents reports whether the ledger keeps the content of a file of the event.
func hasContents(r *record.Record) bool {
	found := false
	_ = r.FileHashes(func(record.Hash) bool {
		found = true
		return false
	})
	return found
}

// appendEvent appends an event as clients see it, and with the contents of its files if they stand in the answer. They are
// read one by one, each in a transaction of the view's own, so no other may be open: the event is no record of a Page or a
// Read that is still running.
func appendEvent(dst []byte, view View, r *record.Record, inline bool) ([]byte, error) {
	if !inline || !hasContents(r) {
		return record.AppendJSON(dst, r), nil
	}
	in := inliner{view: view, dst: dst}
	in.event(r)
	return in.dst, in.err
}

// appendEvents appends the events of one change of an aggregate with a comma between them.
func appendEvents(dst []byte, view View, events []record.Record, inline bool) ([]byte, error) {
	var err error
	for i := range events {
		if i > 0 {
			dst = append(dst, ',')
		}
		if dst, err = appendEvent(dst, view, &events[i], inline); err != nil {
			return dst, err
		}
		if len(dst) > changeBytesMax {
			_, _, version, _ := events[i].Aggregate()
			return dst, changeTooLarge(version)
		}
	}
	return dst, nil
}

// inliner writes an event with the contents of its files.
type inliner struct {
	view View
	dst  []byte
	err  error // the first; nothing is written after it
}

func (in *inliner) event(r *record.Record) {
	plain := *r
	plain.Rest = nil
	in.dst = record.AppendJSON(in.dst, &plain)
	in.dst = in.dst[:len(in.dst)-1]
	err := canonical.Members(r.Rest, func(name string, rawName, value []byte) bool {
		in.dst = append(append(append(in.dst, ','), rawName...), ':')
		if name == record.MemberFiles {
			in.files(value)
		} else {
			in.dst = append(in.dst, value...)
		}
		return in.err == nil
	})
	in.err = cmp.Or(in.err, err)
	in.dst = append(in.dst, '}')
}

func (in *inliner) files(list []byte) {
	separator := byte('[')
	err := canonical.Elements(list, func(file []byte) bool {
		in.dst = append(in.dst, separator)
		separator = ','
		in.file(file)
		return in.err == nil
	})
	in.err = cmp.Or(in.err, err)
	in.dst = append(in.dst, ']')
}

// file writes a file with one member more if the ledger keeps its content.
func (in *inliner) file(object []byte) {
	hash, kept := keptUnder(object)
	if !kept {
		in.dst = append(in.dst, object...)
		return
	}
	bytes, err := content(in.view, hash)
	in.err = err
	in.dst = append(append(in.dst, object[:len(object)-1]...), `,"data":"`...)
	in.dst = append(base64.StdEncoding.AppendEncode(in.dst, bytes), `"}`...)
}

// keptUnder gives the hash under which the ledger keeps the content of a file, a canonical object; a reference has none.
func keptUnder(file []byte) (hash record.Hash, kept bool) {
	_ = canonical.Members(file, func(name string, _, value []byte) bool {
		switch name {
		case "hash":
			text, _ := canonical.Unquote(value)
			hash, kept = record.ParseHash(text)
		case "isReference":
			kept = false
		}
		return true
	})
	return hash, kept
}

// content gives the content of a file that an event has.
func content(view View, hash record.Hash) ([]byte, error) {
	bytes, ok, err := view.File(hash)
	if err == nil && !ok {
		err = quipu.Errorf(quipu.Corrupt, "the content of the file %s is not in the store", hash)
	}
	return bytes, err
}
