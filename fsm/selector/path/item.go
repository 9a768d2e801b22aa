package path

// kind is the type of an item.
type kind uint8

const (
	kindNull kind = iota
	kindBool
	kindNumber
	kindString
	kindArray
	kindObject
	kindDatetime
)

// item is one value that a path comes by: a part of the document, of the variables, a literal, or something computed.
// Its text is canonical JSON, so that two equal strings have equal bytes. Nobody may change the text.
type item struct {
	raw  []byte
	when *datetime // set for dates and times, which have no JSON form of their own; raw is then unused
}

var (
	itemNull  = item{raw: []byte("null")}
	itemTrue  = item{raw: []byte("true")}
	itemFalse = item{raw: []byte("false")}
)

// kind tells the type by the first byte.
func (v item) kind() kind {
	if v.when != nil {
		return kindDatetime
	}
	if len(v.raw) == 0 {
		return kindNull
	}
	switch v.raw[0] {
	case '"':
		return kindString
	case '{':
		return kindObject
	case '[':
		return kindArray
	case 't', 'f':
		return kindBool
	case 'n':
		return kindNull
	}
	return kindNumber
}

// json gives the item as JSON text.
func (v item) json() []byte {
	if v.when != nil {
		return appendQuoted(nil, v.when.String())
	}
	return v.raw
}

func stringItem(s string) item { return item{raw: appendQuoted(nil, s)} }

func boolItem(b bool) item {
	if b {
		return itemTrue
	}
	return itemFalse
}
