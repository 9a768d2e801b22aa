package intake

import "github.com/quipu-ledger/quipu/fsm/shape"

// Part is a part of a request of several: the content of the file whose id is its
// name.
type Part struct {
	// ContentType and Filename count where the file itself does not say them. Each
	// may be empty.
	ContentType, Filename string
	// Content is kept as it is: it belongs to the append from then on.
	Content []byte
}

// Parts gives the part of a name, false if there is none.
type Parts func(name string) (Part, bool)

// part finds the part of a file. A file's id names one part, so no two files of the
// append may have it.
func (r *reader) part(f *file, idAt shape.Value) error {
	if r.parts == nil {
		return nil
	}
	if r.files[f.id] {
		return idAt.Errorf("the file %.80q stands in two events, so its part would be of either", f.id).
			WithHint("where files come in parts, give each file of the append an id of its own")
	}
	if r.files == nil {
		r.files = map[string]bool{}
	}
	r.files[f.id] = true
	if f.part, f.parted = r.parts(f.id); f.parted {
		r.append.Parts = append(r.append.Parts, f.id)
	}
	return nil
}
