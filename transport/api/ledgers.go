package api

import (
	"net/http"
	"net/url"
	"unicode/utf8"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/fsm/command"
	"github.com/quipu-ledger/quipu/fsm/ledger"
	"github.com/quipu-ledger/quipu/fsm/shape"
	"github.com/quipu-ledger/quipu/transport/wire"
)

func listLedgers(x *exchange) error {
	read, err := x.read()
	if err != nil {
		return err
	}
	ledgers, err := x.api.backend.Ledgers(x.context(), read)
	if err != nil {
		return err
	}
	return x.sendJSON(http.StatusOK, wire.EncodeLedgers(ledgers))
}

func showLedger(x *exchange) error {
	view, _, err := x.askedView()
	if err != nil {
		return err
	}
	public := view.State().Public()
	return x.sendJSON(http.StatusOK, wire.EncodeLedger(&public))
}

func createLedger(x *exchange) error {
	o, err := x.bodyObject("name", "description", "settings")
	if err != nil {
		return err
	}
	c := &command.CreateLedger{}
	name, err := required(o, "name")
	if err != nil {
		return err
	}
	if c.Name, err = ledgerName(name); err != nil {
		return err
	}
	if v := o.Member("description"); v.Exists() {
		if c.Description, err = v.Text(); err != nil {
			return err
		}
		if chars := utf8.RuneCountInString(c.Description); chars > quipu.DescriptionCharsMax {
			return v.TooLarge("the description", chars, quipu.DescriptionCharsMax, "characters")
		}
	}
	if v := o.Member("settings"); v.Exists() {
		settings, err := v.Only(settingsMembers...)
		if err != nil {
			return err
		}
		if c.Settings, err = readSettings(settings); err != nil {
			return err
		}
	}
	out, err := x.propose(c)
	if err != nil {
		return err
	}
	return x.sendLedger(out)
}

func ledgerName(v shape.Value) (string, error) {
	name, err := v.Name("the ledger's name", false)
	if err != nil {
		return "", err
	}
	if err := checkLedgerName(name); err != nil {
		return "", err.At(v.Pointer())
	}
	return name, nil
}

// checkLedgerName holds what the rules of names leave open: a name must not be taken for an id, nor for a path.
func checkLedgerName(name string) *quipu.Error {
	if err := shape.CheckName("the ledger's name", name, false); err != nil {
		return err
	}
	if _, isID := quipu.ParseLedgerID(name); isID {
		return quipu.Errorf(quipu.Invalid, "the ledger's name %q looks like a ledger's id", name).
			WithHint("a ledger is found by name or id, so no name has 8 hex digits")
	}
	for i := range len(name) {
		if name[i] == '/' {
			return quipu.Errorf(quipu.Invalid, "the ledger's name holds a \"/\"")
		}
	}
	if name == "." || name == ".." {
		return quipu.Errorf(quipu.Invalid, "the ledger's name is %q, which a path cannot hold", name)
	}
	return nil
}

// sendLedger answers 201 with the place of a new ledger, and 200 with one that was there.
func (x *exchange) sendLedger(out *ledger.Outcome) error {
	status := http.StatusOK
	if out.Created {
		status = http.StatusCreated
		x.w.Header().Set("Location", "/v1/ledgers/"+url.PathEscape(out.Ledger.Name))
	}
	return x.sendJSON(status, wire.EncodeLedger(out.Ledger))
}

// propose has one command carried out.
func (x *exchange) propose(c command.Command) (*ledger.Outcome, error) {
	out := x.api.backend.Propose(x.context(), []command.Command{c})[0]
	if out.Err != nil {
		return nil, out.Err
	}
	return out, nil
}
