package intake

import (
	"math"
	"mime"
	"strings"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/fsm/record"
	"github.com/quipu-ledger/quipu/fsm/shape"
)

// filenameCharsMax bounds a file's name as its type is bounded.
const filenameCharsMax = quipu.FileTypeCharsMax

// file is one file of an event.
type file struct {
	at          shape.Value
	id          string
	contentType string // empty if there is none, like all that follows
	filename    string
	reference   bool
	data        string // of a reference
	hash        string
	size        uint64
	sized       bool
	part        Part
	parted      bool // there is such a part
}

func (r *reader) readFiles(v shape.Value) error {
	list, err := optionalList(v)
	if err != nil || len(list) == 0 {
		return err
	}
	if err := r.bound(v, "the event", len(list), quipu.FilesMax, "files"); err != nil {
		return err
	}
	r.rest.member(record.MemberFiles)
	r.rest.open('[')
	var seen set
	for i, element := range list {
		r.rest.comma(i)
		if err := r.readFile(element, &seen); err != nil {
			return err
		}
	}
	r.rest.close(']')
	return nil
}

func (r *reader) readFile(v shape.Value, seen *set) error {
	o, err := v.Only("id", "contentType", "filename", "size", "hash", "isReference", "data")
	if err != nil {
		return err
	}
	f := file{at: v}
	if err := r.readFileID(&f, o, seen); err != nil {
		return err
	}
	if err := r.readLabels(&f, o); err != nil {
		return err
	}
	if f.reference, err = r.isReference(o.Member("isReference")); err != nil {
		return err
	}
	if f.reference {
		err = r.readReference(&f, o)
	} else {
		err = r.readContent(&f, o)
	}
	if err != nil {
		return err
	}
	r.rest = f.append(r.rest)
	return nil
}

func (r *reader) readFileID(f *file, o shape.Object, seen *set) error {
	v, err := required(o, "id")
	if err != nil {
		return err
	}
	if f.id, err = v.Name("the file's id", true); err != nil {
		return err
	}
	if !seen.add(f.id) {
		return v.Errorf("the file %.80q stands twice", f.id).WithHint("an id names one file of its event")
	}
	return r.part(f, v)
}

// readLabels reads what says which kind of file it is and what it is called, from the
// file or, where it says nothing, from its part.
func (r *reader) readLabels(f *file, o shape.Object) (err error) {
	if f.contentType, err = readLabel(f, o.Member("contentType"), f.part.ContentType, r.checkType); err != nil {
		return hinted(err, "it is a media type, such as application/pdf, or is left out")
	}
	f.filename, err = readLabel(f, o.Member("filename"), f.part.Filename, r.checkFilename)
	return hinted(err, "it is a name such as report.pdf, or is left out")
}

func readLabel(f *file, v shape.Value, ofPart string, check func(shape.Value, string) error) (text string, err error) {
	switch {
	case v.Exists():
		if text, err = v.Text(); err != nil {
			return "", err
		}
	case ofPart == "":
		return "", nil
	default:
		v, text = f.at, ofPart
	}
	return text, check(v, text)
}

func (r *reader) checkType(v shape.Value, text string) error {
	if err := r.boundChars(v, "the file's type", text, quipu.FileTypeCharsMax); err != nil {
		return err
	}
	if media, _, err := mime.ParseMediaType(text); r.origin != stored && (err != nil || !strings.Contains(media, "/")) {
		return v.Errorf("the file's type %.80q is no media type", text)
	}
	return checkLine(v, "the file's type", text)
}

func (r *reader) checkFilename(v shape.Value, text string) error {
	if err := r.boundChars(v, "the file's name", text, filenameCharsMax); err != nil {
		return err
	}
	return checkLine(v, "the file's name", text)
}

// isReference does not keep that a file is none: that goes without saying.
func (r *reader) isReference(v shape.Value) (bool, error) {
	if !v.Exists() {
		return false, nil
	}
	reference, err := v.Bool()
	return reference, hinted(err, "true says that data is a reference, to be kept as it is; leave it out for a content")
}

// readReference reads a reference, of which everything is its author's word.
func (r *reader) readReference(f *file, o shape.Object) error {
	if f.parted {
		return f.at.Errorf("the file %.80q is a reference, and a part has its name", f.id).
			WithHint("leave isReference out to keep the part's content, or leave the part out")
	}
	v := o.Member("data")
	if !v.Exists() {
		return f.at.Errorf("the reference has no data").
			WithHint(`data is the URL, path or address: {"id":"f1","isReference":true,"data":"s3://bucket/report.pdf"}`)
	}
	var err error
	if f.data, err = v.Text(); err != nil {
		return err
	}
	if err := r.boundChars(v, "the reference", f.data, quipu.FileDataCharsMax); err != nil {
		return hinted(err, "it is a URL, a path or an address")
	}
	if f.hash, err = referenceHash(o.Member("hash")); err != nil {
		return err
	}
	return readSize(f, o.Member("size"))
}

func referenceHash(v shape.Value) (string, error) {
	if !v.Exists() {
		return "", nil
	}
	text, err := v.Text()
	if err != nil {
		return "", hinted(err, exampleHash)
	}
	digits, ok := strings.CutPrefix(text, hashPrefix)
	if !ok {
		return "", v.Errorf("the hash %.80q does not begin with %q", text, hashPrefix).WithHint(exampleHash)
	}
	if err := shape.CheckName("the hash behind its prefix", digits, true); err != nil {
		return "", hinted(err.At(v.Pointer()), exampleHash)
	}
	return text, nil
}

const (
	hashPrefix  = "sha256:"
	exampleHash = `it is "sha256:" and 64 hex digits, or is left out`
)

// readSize bounds a size by what clients can read.
func readSize(f *file, v shape.Value) (err error) {
	if f.sized = v.Exists(); !f.sized {
		return nil
	}
	if f.size, err = v.Uint(); err == nil && f.size > math.MaxInt64 {
		err = v.Errorf("the size %d is above %d", f.size, int64(math.MaxInt64))
	}
	return hinted(err, "it is a number of bytes, or is left out")
}

// append writes the file as it is stored: without the content, which has a place of
// its own, and with a reference's data, which has not.
func (f *file) append(b builder) builder {
	b.open('{')
	for _, member := range [...]struct{ name, text string }{
		{"contentType", f.contentType}, {"data", f.data}, {"filename", f.filename}, {"hash", f.hash}, {"id", f.id},
	} {
		if member.text != "" {
			b.text(member.name, member.text)
		}
	}
	if f.reference {
		b.member("isReference")
		b = append(b, "true"...)
	}
	if f.sized {
		b.number("size", f.size)
	}
	b.close('}')
	return b
}
