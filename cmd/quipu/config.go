package main

import (
	"github.com/urfave/cli/v2"

	"github.com/quipu-ledger/quipu/node/config"
)

const (
	configHelp = `Examples:
  quipu config print`

	configPrintHelp = `Examples:
  quipu config print
  quipu config print --config /etc/quipu.toml
  QUIPU_API_ADDR=0.0.0.0:7400 quipu config print -o json

Takes the flags of quipu serve, and prints each value that serve would use, with its origin.`
)

func configCommand() *cli.Command {
	return &cli.Command{
		Name: "config", Usage: "show the configuration of a node", Description: configHelp,
		Subcommands: []*cli.Command{{
			Name: "print", Usage: "print each setting with its origin", Description: configPrintHelp,
			Flags: append(settingFlags(), outputFlag()), Action: printConfig,
		}},
	}
}

// settingJSON is a setting as programs read it.
type settingJSON struct {
	Name   string        `json:"name"`
	Value  string        `json:"value"`
	Origin config.Origin `json:"origin"`
}

func printConfig(c *cli.Context) error {
	if err := wantArguments(c); err != nil {
		return err
	}
	_, settings, err := loadSettings(c)
	if err != nil {
		return err
	}
	list := make([]settingJSON, len(settings))
	for i, setting := range settings {
		list[i] = settingJSON{setting.Name, setting.Value, setting.Origin}
	}
	return printList(c, list, []any{"SETTING", "VALUE", "ORIGIN"}, func(s settingJSON) []any {
		return []any{s.Name, s.Value, s.Origin}
	})
}
