package intake

import (
	"encoding/base64"
	"errors"
	"strings"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/fsm/command"
	"github.com/quipu-ledger/quipu/fsm/record"
	"github.com/quipu-ledger/quipu/fsm/shape"
)

// readContent reads a file that the ledger is to keep. Its size and its hash are
// computed; what its author says of them must be the same.
func (r *reader) readContent(f *file, o shape.Object) error {
	content, at, err := r.content(f, o)
	if err != nil {
		return err
	}
	if len(content) > quipu.FileBytesMax && r.origin != stored {
		return at.TooLarge("the file's content", len(content), quipu.FileBytesMax, "bytes").
			WithHint(`keep it elsewhere and append a reference: "isReference":true with its URL as data`)
	}
	hash := record.HashOf(content)
	if err := r.checkSaid(f, o, len(content), hash); err != nil {
		return err
	}
	f.hash, f.size, f.sized = hash.String(), uint64(len(content)), true
	r.fileBytes += len(content)
	r.keep(hash, content)
	return nil
}

// content finds a file's content, and the place in the body that stands for it. What
// is said to have no bytes needs no data: in quipu.File an empty text is none.
func (r *reader) content(f *file, o shape.Object) (content []byte, at shape.Value, err error) {
	data := o.Member("data")
	switch {
	case data.Exists() && f.parted:
		return nil, at, data.Errorf("the content of the file %.80q comes twice", f.id).
			WithHint("leave out either data or the part of the file's name")
	case data.Exists():
		content, err = decodeContent(data)
		return content, data, err
	case f.parted:
		return f.part.Content, f.at, nil
	case string(o.Member("size").Bytes()) == "0":
		return nil, f.at, nil
	case r.parts != nil:
		return nil, at, f.at.Errorf("there is no part named %.80q", f.id).
			WithHint(`send the content as a part whose name is the file's id, or in base64 as data, or set isReference`)
	}
	return nil, at, f.at.Errorf("the file %.80q has no data", f.id).
		WithHint("give its content in base64, or a reference and isReference, or send it as a part of a multipart/form-data body")
}

// decodeContent reads standard base64 with its padding, and nothing else: what is
// read in one way by one and in another by another has no one hash.
func decodeContent(v shape.Value) ([]byte, error) {
	const hint = "data is standard base64 with padding (RFC 4648, section 4), without line breaks; a URL or a path needs isReference"
	text, err := v.Text()
	if err != nil {
		return nil, hinted(err, hint)
	}
	content, err := base64.StdEncoding.Strict().DecodeString(text)
	var corrupt base64.CorruptInputError
	switch place := strings.IndexAny(text, "\r\n"); {
	case place >= 0: // which the decoder would skip
		return nil, v.Errorf("the data has a line break at character %d", place+1).WithHint(hint)
	case errors.As(err, &corrupt):
		return nil, v.Errorf("the data is not base64 at character %d", int64(corrupt)+1).WithHint(hint)
	case err != nil:
		return nil, v.Errorf("the data is not base64").WithHint(hint)
	}
	return content, nil
}

// checkSaid compares what an author says of a content with what it is. An export
// says both, and of each file has both.
func (r *reader) checkSaid(f *file, o shape.Object, length int, hash record.Hash) error {
	sizeAt, hashAt := o.Member("size"), o.Member("hash")
	if r.origin == stored && !sizeAt.Exists() {
		return missing(f.at, "size")
	}
	if r.origin == stored && !hashAt.Exists() {
		return missing(f.at, "hash")
	}
	if err := readSize(f, sizeAt); err != nil {
		return err
	}
	if f.sized && f.size != uint64(length) {
		return sizeAt.Errorf("the size is given as %d, and the content has %d bytes", f.size, length).WithHint(computed)
	}
	if !hashAt.Exists() {
		return nil
	}
	said, err := hashAt.Text()
	if err != nil {
		return hinted(err, exampleHash)
	}
	if said != hash.String() {
		return hashAt.Errorf("the hash is given as %.80q, and that of the content is %q", said, hash).WithHint(computed)
	}
	return nil
}

const computed = "it is computed from the content, so leave it out; if you are sure of it, the content was damaged on its way"

// keep puts a content beside the events, each once.
func (r *reader) keep(hash record.Hash, content []byte) {
	if r.contents[hash] {
		return
	}
	if r.contents == nil {
		r.contents = map[record.Hash]bool{}
	}
	r.contents[hash] = true
	r.append.Files = append(r.append.Files, command.File{Hash: hash, Bytes: content})
}
