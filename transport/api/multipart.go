package api

import (
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"slices"
	"strings"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/fsm/shape"
	"github.com/quipu-ledger/quipu/transport/intake"
	"github.com/quipu-ledger/quipu/transport/wire"
)

// formPartsMax bounds the parts of a form: empty ones take more memory here than they are long.
const formPartsMax = 10_000

// form is a multipart/form-data append (RFC 7578): the append in one part, the contents of its files in the others.
type form struct {
	append []byte // nil until its part has come
	names  []string
	parts  map[string]intake.Part // by name
}

// isForm reports whether the body is a form, and of which boundary.
func (x *exchange) isForm() (boundary string, ok bool) {
	media, params, err := mime.ParseMediaType(x.r.Header.Get("Content-Type"))
	return params["boundary"], err == nil && media == wire.TypeForm
}

// readAppend reads an append in either form of a body.
func (x *exchange) readAppend() (*intake.Append, error) {
	if boundary, ok := x.isForm(); ok {
		return x.readFormAppend(boundary)
	}
	body, err := x.readBody()
	if err != nil {
		return nil, err
	}
	return intake.ReadAppend(shape.Of(body), nil)
}

// readFormAppend reads an append whose body is a form. Parts come in any order, so all of them are read first.
func (x *exchange) readFormAppend(boundary string) (*intake.Append, error) {
	if boundary == "" {
		return nil, quipu.Errorf(quipu.Invalid, "the Content-Type names no boundary").
			WithHint("leave the header to what makes the form: multipart/form-data; boundary=…")
	}
	body, err := x.body()
	if err != nil {
		return nil, err
	}
	f := &form{parts: map[string]intake.Part{}}
	from := &remembering{from: body}
	switch err := f.read(from, boundary); {
	case from.err != nil:
		return nil, x.badBody(from.err)
	case err != nil:
		return nil, err
	}
	a, err := intake.ReadAppend(shape.Of(f.append), f.part)
	if err != nil {
		return nil, err
	}
	return a, f.checkNames(a.Parts)
}

// remembering keeps why its reader could not be read on, which the reader of a form wraps or hides.
type remembering struct {
	from io.Reader
	err  error
}

func (r *remembering) Read(p []byte) (int, error) {
	n, err := r.from.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		r.err = err
	}
	return n, err
}

// read takes the whole body, also what stands behind the form: a body that breaks off there is half sent as well.
func (f *form) read(body io.Reader, boundary string) error {
	parts := multipart.NewReader(body, boundary)
	for {
		part, err := parts.NextRawPart()
		if err == io.EOF { // bare at the form's own end, and wrapped where that is missing
			break
		}
		if err != nil {
			return notAForm(err)
		}
		if err := f.add(part); err != nil {
			return err
		}
	}
	if _, err := io.Copy(io.Discard, body); err != nil {
		return notAForm(err)
	}
	if f.append == nil {
		return quipu.Errorf(quipu.Invalid, "the form has no part named %q", wire.PartAppend).
			WithHint("it holds the append as JSON; the name of every other part is the id of the file whose content it is")
	}
	return nil
}

func notAForm(err error) *quipu.Error {
	return quipu.Errorf(quipu.Invalid, "the form cannot be read to its end").Because(err).
		WithHint("each part begins with the boundary of the Content-Type, and the boundary with \"--\" behind it ends the form")
}

func (f *form) add(part *multipart.Part) error {
	name := part.FormName()
	switch _, twice := f.parts[name]; {
	case name == "":
		return quipu.Errorf(quipu.Invalid, "a part of the form has no name").WithHint(`it begins with Content-Disposition: form-data; name="f1"`)
	case twice, name == wire.PartAppend && f.append != nil:
		return quipu.Errorf(quipu.Invalid, "two parts of the form are named %q", clip(name)).
			WithHint("each file has one content, and a part named like its id")
	case len(f.names) == formPartsMax:
		return quipu.Errorf(quipu.TooLarge, "the form: more than %d parts", formPartsMax)
	}
	if encoding := part.Header.Get("Content-Transfer-Encoding"); encoded(encoding) {
		return quipu.Errorf(quipu.Invalid, "the part %q has the Content-Transfer-Encoding %q", clip(name), clip(encoding)).
			WithHint("send its bytes as they are (RFC 7578, section 4.7)")
	}
	if name == wire.PartAppend {
		return f.addAppend(part)
	}
	return f.addFile(name, part)
}

func (f *form) addAppend(part *multipart.Part) (err error) {
	if f.append, err = io.ReadAll(part); err != nil {
		return notAForm(err)
	}
	return nil
}

func (f *form) addFile(name string, part *multipart.Part) error {
	content, err := io.ReadAll(io.LimitReader(part, quipu.FileBytesMax+1))
	if err != nil {
		return notAForm(err)
	}
	if len(content) > quipu.FileBytesMax {
		return quipu.Errorf(quipu.TooLarge, "the part %q: more than the limit of %d bytes", clip(name), quipu.FileBytesMax).
			WithHint(`keep it elsewhere and append a reference: "isReference":true with its URL as data`)
	}
	f.names = append(f.names, name)
	f.parts[name] = intake.Part{ContentType: part.Header.Get("Content-Type"), Filename: part.FileName(), Content: content}
	return nil
}

// encoded reports an encoding that would have to be undone.
func encoded(encoding string) bool {
	return !slices.Contains([]string{"", "7bit", "8bit", "binary"}, strings.ToLower(encoding))
}

// part implements intake.Parts.
func (f *form) part(name string) (intake.Part, bool) {
	part, ok := f.parts[name]
	return part, ok
}

// checkNames refuses a part that is the content of no file: its author has most likely meant one.
func (f *form) checkNames(used []string) error {
	for _, name := range used {
		delete(f.parts, name)
	}
	for _, name := range f.names {
		if _, left := f.parts[name]; !left {
			continue
		}
		err := quipu.Errorf(quipu.Invalid, "no file of the append has the id %q, which is the name of a part", clip(name))
		if near := quipu.Nearest(name, used); near != "" {
			return err.WithHint("did you mean %q?", near)
		}
		return err.WithHint(`add {"id":%q} to an event's files, or leave the part out`, clip(name))
	}
	return nil
}
