package command

import (
	"encoding/binary"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/fsm/codec"
	"github.com/quipu-ledger/quipu/fsm/record"
)

func (*Append) kind() kind         { return kindAppend }
func (*CreateLedger) kind() kind   { return kindCreateLedger }
func (*Register) kind() kind       { return kindRegister }
func (*Unregister) kind() kind     { return kindUnregister }
func (*BeginImport) kind() kind    { return kindBeginImport }
func (*ImportEvents) kind() kind   { return kindImportEvents }
func (*FinishImport) kind() kind   { return kindFinishImport }
func (*AbortImport) kind() kind    { return kindAbortImport }
func (*RegisterSchema) kind() kind { return kindRegisterSchema }
func (*SetSettings) kind() kind    { return kindSetSettings }

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

func (c *CreateLedger) appendBody(dst []byte) []byte {
	return appendSettings(codec.AppendText(codec.AppendText(dst, c.Name), c.Description), c.Settings)
}

func readCreateLedger(r *codec.Reader) *CreateLedger {
	return &CreateLedger{Name: r.Text(), Description: r.Text(), Settings: readSettings(r)}
}

func appendSettings(dst []byte, s quipu.Settings) []byte { return codec.AppendText(dst, string(s.ID)) }

func readSettings(r *codec.Reader) quipu.Settings { return quipu.Settings{ID: quipu.IDKind(r.Text())} }

func (c *SetSettings) appendBody(dst []byte) []byte {
	return appendSettings(appendLedger(dst, c.Ledger), c.Settings)
}

func (c *Register) appendBody(dst []byte) []byte {
	dst = codec.AppendText(appendLedger(dst, c.Ledger), c.Event)
	dst = codec.AppendUint(dst, uint64(len(c.Entities)))
	for _, entity := range c.Entities {
		dst = codec.AppendText(dst, entity)
	}
	required := byte(0)
	if c.Schema.Required {
		required = 1
	}
	return codec.AppendText(append(dst, required), c.Schema.Default)
}

func readRegister(r *codec.Reader) *Register {
	c := &Register{Ledger: readLedger(r), Event: r.Text(), Entities: readList(r, (*codec.Reader).Text)}
	c.Schema.Required = r.Byte() == 1
	c.Schema.Default = r.Text()
	return c
}

func (c *RegisterSchema) appendBody(dst []byte) []byte {
	dst = codec.AppendText(codec.AppendText(appendLedger(dst, c.Ledger), c.Event), c.Version)
	return codec.AppendBytes(dst, c.Schema)
}

func readRegisterSchema(r *codec.Reader) *RegisterSchema {
	return &RegisterSchema{Ledger: readLedger(r), Event: r.Text(), Version: r.Text(), Schema: r.Bytes()}
}

func (c *Unregister) appendBody(dst []byte) []byte {
	return codec.AppendText(appendLedger(dst, c.Ledger), c.Event)
}

func appendImported(dst []byte, e *Imported) []byte {
	return appendFiles(record.AppendDraft(append(dst, e.ID[:]...), &e.Draft), e.Files)
}

func readImported(r *codec.Reader) (e Imported) {
	copy(e.ID[:], r.Fixed(len(e.ID)))
	e.Draft = record.ReadDraft(r)
	e.Files = readList(r, readFile)
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
	const overhead = 64 // kinds, lengths, numbers
	size := overhead
	switch c := c.(type) {
	case *Append:
		size += c.size()
	case *CreateLedger:
		size += len(c.Name) + len(c.Description)
	case *Register:
		size += len(c.Event) + len(c.Schema.Default)
		for _, entity := range c.Entities {
			size += 2 + len(entity)
		}
	case *RegisterSchema:
		size += len(c.Event) + len(c.Version) + len(c.Schema)
	case *Unregister:
		size += len(c.Event)
	case *BeginImport:
		size += importedSize(&c.Genesis)
	case *ImportEvents:
		for i := range c.Events {
			size += importedSize(&c.Events[i])
		}
	}
	return size
}

func importedSize(e *Imported) int {
	return len(e.ID) + record.DraftSize(&e.Draft) + filesSize(e.Files)
}
