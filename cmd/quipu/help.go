package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/cmd/quipu/internal/console"
)

const rootHelp = `Examples:
  quipu dev                                          a cluster of three nodes in this terminal
  quipu serve                                        one node, its data in ./quipu-data
  quipu register 'Item Ordered' patron               say what may be appended
  quipu append --entity patron=Harold_Cho --data '{"menuItem":"Bean Burrito"}' 'Item Ordered'
  quipu select --entity patron=Harold_Cho            read it back

Exit codes: 0 ok, 1 failure, 2 wrong usage, 3 outcome unknown, 4 conflict, 5 not found,
6 not allowed, 7 unavailable. Data goes to stdout, words go to stderr. Flags stand before arguments.`

func helpFlag() cli.Flag {
	return &cli.BoolFlag{Name: "help", Aliases: []string{"h"}, Usage: "print this help"}
}

func answerHelp(c *cli.Context, command *cli.Command) error {
	if !c.Bool("help") {
		return nil
	}
	writeHelp(c.App.Writer, c.App, command)
	return errAnswered
}

func helpCommand() *cli.Command {
	return &cli.Command{
		Name: "help", Usage: "explain a command", ArgsUsage: "[COMMAND...]",
		Description: "Examples:\n  quipu help append\n  quipu help cluster status",
		Action: func(c *cli.Context) error {
			known, found := c.App.Commands, (*cli.Command)(nil)
			for _, name := range c.Args().Slice() {
				command := find(known, name)
				if command == nil {
					return usagef("unknown command %q", name).withHint("%s", nearestCommand(known, name))
				}
				known, found = command.Subcommands, command
			}
			writeHelp(c.App.Writer, c.App, found)
			return nil
		},
	}
}

func find(commands []*cli.Command, name string) *cli.Command {
	for _, command := range commands {
		if command.HasName(name) {
			return command
		}
	}
	return nil
}

func nearestCommand(commands []*cli.Command, name string) string {
	names := make([]string, 0, len(commands))
	for _, command := range commands {
		names = append(names, command.Name)
	}
	if near := quipu.Nearest(name, names); near != "" {
		return fmt.Sprintf("did you mean %q?", near)
	}
	if len(names) == 0 {
		return "there are no commands below this one"
	}
	return "known are " + strings.Join(names, ", ")
}

// writeHelp prints what a command is, its examples and text, the commands below
// it and its flags; nil is the program itself.
func writeHelp(w io.Writer, app *cli.App, command *cli.Command) {
	if command == nil {
		command = &cli.Command{
			HelpName: app.HelpName, Usage: app.Usage, ArgsUsage: "COMMAND", Description: rootHelp,
			Subcommands: app.Commands, Flags: app.Flags,
		}
	}
	fmt.Fprintf(w, "%s: %s\n\n", fullName(command), command.Usage)
	if command.Description != "" {
		fmt.Fprintf(w, "%s\n\n", strings.TrimSpace(command.Description))
	}
	fmt.Fprintf(w, "Usage: %s\n", usageLine(command))

	if len(command.Subcommands) > 0 {
		fmt.Fprint(w, "\nCommands:\n")
		var table console.Table
		for _, below := range command.Subcommands {
			table.Row("  "+below.Name, below.Usage)
		}
		table.Flush(w)
	}
	fmt.Fprint(w, "\nFlags:\n")
	var table console.Table
	for _, flag := range command.Flags {
		table.Row("  "+spelling(flag), explanation(flag))
	}
	table.Flush(w)
}

// fullName is "quipu ledger create". The library prefixes the names of the first
// level when it runs, so before that they lack the program's.
func fullName(command *cli.Command) string {
	if name := command.HelpName; name == "quipu" || strings.HasPrefix(name, "quipu ") {
		return name
	}
	return "quipu " + command.HelpName
}

func usageLine(command *cli.Command) string {
	if len(command.Subcommands) > 0 {
		return fullName(command) + " COMMAND"
	}
	return strings.TrimSpace(fullName(command) + " [flags] " + command.ArgsUsage)
}

// spelling is "-o, --output FORMAT": the word in backquotes in the flag's usage
// names its value.
func spelling(flag cli.Flag) string {
	var names []string
	for _, name := range flag.Names() {
		dashes := "--"
		if len(name) == 1 {
			dashes = "-"
		}
		names = append([]string{dashes + name}, names...)
	}
	text := strings.Join(names, ", ")
	documented, ok := flag.(cli.DocGenerationFlag)
	if !ok || !documented.TakesValue() {
		return text
	}
	placeholder := "VALUE"
	if parts := strings.SplitN(documented.GetUsage(), "`", 3); len(parts) == 3 {
		placeholder = parts[1]
	}
	return text + " " + placeholder
}

func explanation(flag cli.Flag) string {
	documented, ok := flag.(cli.DocGenerationFlag)
	if !ok {
		return ""
	}
	text := strings.ReplaceAll(documented.GetUsage(), "`", "")
	if value := strings.Trim(documented.GetDefaultText(), `"`); documented.TakesValue() && value != "" && value != "0" && value != "0s" {
		text += " (default " + value + ")"
	}
	return text
}
