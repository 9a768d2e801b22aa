package api

import (
	"bytes"
	"cmp"
	"encoding/json"
	"mime"
	"net/http"
	"strings"
	"time"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/fsm/record"
	"github.com/quipu-ledger/quipu/transport/wire"
)

// showContent answers with the content that the ledger keeps under a hash.
func showContent(x *exchange) error {
	text, err := x.route.value(x.r.URL, "hash")
	if err != nil {
		return err
	}
	hash, ok := record.ParseHash(text)
	if !ok {
		return quipu.Errorf(quipu.Invalid, "%q is not the hash of a file", clip(text)).
			WithHint("it is \"sha256:\" and 64 lower-case hex digits, as the event has it")
	}
	view, read, err := x.askedView()
	if err != nil {
		return err
	}
	bytes, ok, err := view.File(hash)
	if err != nil {
		return err
	}
	if !ok {
		return absent(view, read, quipu.Errorf(quipu.NotFound, "no file of this ledger has the content %s", hash))
	}
	name := strings.TrimPrefix(hash.String(), "sha256:")
	return x.sendFile(bytes, quipu.File{Filename: name, Hash: hash.String()})
}

// showFile answers with the content of a file of an event.
func showFile(x *exchange) error {
	id, err := x.route.value(x.r.URL, "file")
	if err != nil {
		return err
	}
	view, r, err := x.event()
	if err != nil {
		return err
	}
	file, err := fileOf(&r, id)
	if err != nil {
		return err
	}
	hash, _ := record.ParseHash(file.Hash) // if it is none, there is no content under it
	bytes, err := content(view, hash)
	if err != nil {
		return err
	}
	return x.sendFile(bytes, file)
}

// fileOf finds a file of an event of which the ledger has the content.
func fileOf(r *record.Record, id string) (quipu.File, error) {
	var files []quipu.File
	if list := r.Member(record.MemberFiles); list != nil {
		if err := json.Unmarshal(list, &files); err != nil {
			return quipu.File{}, quipu.Errorf(quipu.Corrupt, "the files of event %d cannot be read", r.Position).Because(err)
		}
	}
	var ids []string
	for _, file := range files {
		switch {
		case file.ID != id:
			ids = append(ids, file.ID)
		case file.IsReference:
			return file, quipu.Errorf(quipu.NotFound, "the content of the file %q is not in the ledger", clip(id)).
				WithHint("the file is a reference to %s, which is kept as it is and never fetched", file.Data)
		default:
			return file, nil
		}
	}
	err := quipu.Errorf(quipu.NotFound, "event %d has no file %q", r.Position, clip(id))
	if near := quipu.Nearest(id, ids); near != "" {
		return quipu.File{}, err.WithHint("did you mean %q?", near)
	}
	return quipu.File{}, err.WithHint("it has %d files; GET …/events/%d lists them", len(files), r.Position)
}

// sendFile answers with a content, or the parts of it that are asked for. It never changes, and is not for a browser to
// show: its author may have called anything anything.
func (x *exchange) sendFile(content []byte, file quipu.File) error {
	header := x.w.Header()
	header.Set("Content-Type", cmp.Or(file.ContentType, wire.TypeBytes))
	header.Set("Content-Disposition", disposition(cmp.Or(file.Filename, file.ID)))
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Cache-Control", "max-age=31536000, immutable")
	header.Set("ETag", `"`+file.Hash+`"`)
	out := &contentWriter{x: x}
	http.ServeContent(out, x.r, "", time.Time{}, bytes.NewReader(content))
	if out.refused == 0 {
		return out.err
	}
	header.Del("Content-Disposition")
	header.Del("Cache-Control")
	x.problem(out.refused, quipu.Errorf(quipu.Invalid, "the condition or the range of the request does not hold for the file").
		WithHint("it has %d bytes and the ETag \"%s\"", len(content), file.Hash))
	return nil
}

// disposition says under which name a client saves the file (RFC 6266). A name is no path, whatever its author gave.
func disposition(name string) string {
	name = strings.Map(func(r rune) rune {
		if r == '/' || r == '\\' {
			return '_'
		}
		return r
	}, name)
	return cmp.Or(mime.FormatMediaType("attachment", map[string]string{"filename": name}), "attachment; filename=file")
}

// contentWriter is what net/http writes a content to: with a time for each write, and without refusals, which are
// problems as all others are.
type contentWriter struct {
	x       *exchange
	refused int // the status of a refusal
	err     error
}

func (w *contentWriter) Header() http.Header { return w.x.w.Header() }

func (w *contentWriter) WriteHeader(status int) {
	if status >= http.StatusBadRequest {
		w.refused = status
		return
	}
	w.x.start(status)
}

func (w *contentWriter) Write(p []byte) (int, error) {
	if w.refused > 0 {
		return len(p), nil
	}
	if w.err = w.x.write(p); w.err != nil {
		return 0, w.err
	}
	return len(p), nil
}
