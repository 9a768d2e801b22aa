package command

import (
	"encoding/binary"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/fsm/codec"
	"github.com/quipu-ledger/quipu/fsm/record"
	"github.com/quipu-ledger/quipu/fsm/selector"
)

func (*Append) kind() kind       { return kindAppend }
func (*CreateLedger) kind() kind { return kindCreateLedger }
func (*Register) kind() kind     { return kindRegister }
func (*Unregister) kind() kind   { return kindUnregister }
func (*BeginImport) kind() kind  { return kindBeginImport }
func (*ImportEvents) kind() kind { return kindImportEvents }
func (*FinishImport) kind() kind { return kindFinishImport }
func (*AbortImport) kind() kind  { return kindAbortImport }

func appendLedger(dst []byte, id quipu.LedgerID) []byte {
	return binary.BigEndian.AppendUint32(dst, uint32(id))
}

func readLedger(r *codec.Reader) quipu.LedgerID {
	b := r.Fixed(4)
	if b == nil {
		return 0
	}
	return quipu.LedgerID(binary.BigEndian.Uint32(b))
}

func (c *Append) appendBody(dst []byte) []byte {
	dst = appendLedger(dst, c.Ledger)
	dst = codec.AppendUint(dst, uint64(c.CheckedThrough))
	dst = codec.AppendText(dst, c.Key)
	if c.Key != "" {
		dst = append(dst, c.Digest[:]...)
	}
	dst = codec.AppendUint(dst, uint64(len(c.Conditions)))
	for _, condition := range c.Conditions {
		dst = appendPlace(dst, condition.After)
		dst = codec.AppendBytes(dst, condition.AppendBinary(nil))
	}
	dst = codec.AppendUint(dst, uint64(len(c.Events)))
	for i := range c.Events {
		dst = record.AppendDraft(dst, &c.Events[i])
	}
	return dst
}

func readAppend(r *codec.Reader) *Append {
	c := &Append{Ledger: readLedger(r), CheckedThrough: quipu.Position(r.Uint()), Key: r.Text()}
	if c.Key != "" {
		copy(c.Digest[:], r.Fixed(len(c.Digest)))
	}
	for range r.Count(r.Len()) {
		after := readPlace(r)
		s, err := selector.Decode(r.Bytes())
		if err != nil {
			r.Fail()
			return c
		}
		s.After = after
		c.Conditions = append(c.Conditions, Condition{s})
	}
	c.Events = make([]record.Draft, r.Count(r.Len()/record.DraftBytesMin))
	for i := range c.Events {
		c.Events[i] = record.ReadDraft(r)
	}
	return c
}

// A place is a zero byte and a position, or a one and an event id.
func appendPlace(dst []byte, p quipu.Place) []byte {
	if !p.EventID.IsZero() {
		return append(append(dst, 1), p.EventID[:]...)
	}
	return codec.AppendUint(append(dst, 0), uint64(p.Position))
}

func readPlace(r *codec.Reader) (p quipu.Place) {
	switch r.Byte() {
	case 0:
		p.Position = quipu.Position(r.Uint())
	case 1:
		copy(p.EventID[:], r.Fixed(len(p.EventID)))
	default:
		r.Fail()
	}
	return p
}

func (c *CreateLedger) appendBody(dst []byte) []byte {
	return codec.AppendText(codec.AppendText(dst, c.Name), c.Description)
}

func (c *Register) appendBody(dst []byte) []byte {
	dst = codec.AppendText(appendLedger(dst, c.Ledger), c.Event)
	dst = codec.AppendUint(dst, uint64(len(c.Entities)))
	for _, entity := range c.Entities {
		dst = codec.AppendText(dst, entity)
	}
	return dst
}

func readRegister(r *codec.Reader) *Register {
	c := &Register{Ledger: readLedger(r), Event: r.Text()}
	for range r.Count(r.Len()) {
		c.Entities = append(c.Entities, r.Text())
	}
	return c
}

func (c *Unregister) appendBody(dst []byte) []byte {
	return codec.AppendText(appendLedger(dst, c.Ledger), c.Event)
}

func appendImported(dst []byte, e *Imported) []byte {
	return record.AppendDraft(append(dst, e.ID[:]...), &e.Draft)
}

func readImported(r *codec.Reader) (e Imported) {
	copy(e.ID[:], r.Fixed(len(e.ID)))
	e.Draft = record.ReadDraft(r)
	return e
}

func (c *BeginImport) appendBody(dst []byte) []byte { return appendImported(dst, &c.Genesis) }

func (c *ImportEvents) appendBody(dst []byte) []byte {
	dst = codec.AppendUint(appendLedger(dst, c.Ledger), uint64(c.First))
	dst = codec.AppendUint(dst, uint64(len(c.Events)))
	for i := range c.Events {
		dst = appendImported(dst, &c.Events[i])
	}
	return dst
}

func readImportEvents(r *codec.Reader) *ImportEvents {
	c := &ImportEvents{Ledger: readLedger(r), First: quipu.Position(r.Uint())}
	c.Events = make([]Imported, r.Count(r.Len()/record.DraftBytesMin))
	for i := range c.Events {
		c.Events[i] = readImported(r)
	}
	return c
}

func (c *FinishImport) appendBody(dst []byte) []byte {
	return append(appendLedger(dst, c.Ledger), c.Head[:]...)
}

func readFinishImport(r *codec.Reader) *FinishImport {
	c := &FinishImport{Ledger: readLedger(r)}
	copy(c.Head[:], r.Fixed(len(c.Head)))
	return c
}

func (c *AbortImport) appendBody(dst []byte) []byte { return appendLedger(dst, c.Ledger) }

// Size is about the length of the command's encoding, in bytes.
func Size(c Command) int {
	size := 64
	switch c := c.(type) {
	case *Append:
		size += len(c.Key)
		for i := range c.Events {
			size += record.DraftSize(&c.Events[i])
		}
		for _, condition := range c.Conditions {
			size += 32 + condition.Size()
		}
	case *CreateLedger:
		size += len(c.Name) + len(c.Description)
	case *Register:
		for _, entity := range c.Entities {
			size += 2 + len(entity)
		}
	case *BeginImport:
		size += record.DraftSize(&c.Genesis.Draft)
	case *ImportEvents:
		for i := range c.Events {
			size += record.DraftSize(&c.Events[i].Draft) + len(c.Events[i].ID)
		}
	}
	return size
}
