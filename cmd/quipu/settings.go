package main

import (
	"cmp"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/client"
)

// noIDs is how a person says that a ledger is to make no ids.
const noIDs = "none"

func idsFlag() cli.Flag {
	return &cli.StringFlag{Name: "ids", Usage: "`KIND` of the ids that the ledger makes for events without: uuid1, uuid4, uuid7 or none"}
}

// settingsFlags are the settings that the flags describe.
func settingsFlags(c *cli.Context) (quipu.Settings, error) {
	text := c.String("ids")
	switch {
	case !c.IsSet("ids"), text == noIDs:
		return quipu.Settings{}, nil
	case slices.Contains(quipu.IDKinds, quipu.IDKind(text)):
		return quipu.Settings{ID: quipu.IDKind(text)}, nil
	}
	known := []string{noIDs}
	for _, kind := range quipu.IDKinds {
		known = append(known, string(kind))
	}
	err := usagef("unknown kind of ids %q", text)
	if near := quipu.Nearest(text, known); near != "" {
		return quipu.Settings{}, err.withHint("did you mean %s?", near)
	}
	return quipu.Settings{}, err.withHint("known are %s", strings.Join(known, ", "))
}

func ledgerSettings(c *cli.Context, to *client.Client) error {
	action := theLedger
	if c.IsSet("ids") {
		action = setSettings
	}
	ledger, err := action(c, to)
	if err != nil {
		return err
	}
	return printOne(c, ledger.Settings, []any{"ids", cmp.Or(string(ledger.Settings.ID), noIDs)})
}

func setSettings(c *cli.Context, to *client.Client) (ledger quipu.Ledger, err error) {
	settings, err := settingsFlags(c)
	if err != nil {
		return ledger, err
	}
	name, err := ledgerName(c)
	if err != nil {
		return ledger, err
	}
	return to.SetSettings(c.Context, name, settings)
}
