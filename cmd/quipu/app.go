package main

import (
	"io"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/quipu-ledger/quipu"
)

// newApp is the table of commands. args are the whole command line, which the
// parser forgets but the check for misplaced flags needs.
func newApp(args []string, stdin io.Reader, stdout, stderr io.Writer) *cli.App {
	cli.HelpFlag = nil // the library's help takes "quipu append help" for a question about help
	app := &cli.App{
		Name:     "quipu",
		HelpName: "quipu",
		Usage:    "a replicated, append-only event ledger",
		Commands: []*cli.Command{
			serveCommand(), devCommand(), configCommand(),
			registerCommand(), registryCommand(), unregisterCommand(), schemaCommand(),
			appendCommand(), selectCommand(), tailCommand(), eventCommand(),
			aggregateCommand(), aggregatesCommand(), linksCommand(), graphCommand(), traceCommand(), fileCommand(),
			ledgerCommand(), exportCommand(), importCommand(),
			clusterCommand(), checkCommand(), versionCommand(), helpCommand(),
		},
		Flags: []cli.Flag{&cli.BoolFlag{Name: "version", Usage: "print the version"}},

		Reader: stdin, Writer: stdout, ErrWriter: stderr,
		ExitErrHandler:            func(*cli.Context, error) {}, // run reports; the library would exit
		HideHelp:                  true,
		HideVersion:               true,
		DisableSliceFlagSeparator: true, // keys may hold commas
	}
	app.Flags = append(app.Flags, helpFlag())
	app.OnUsageError = badFlags
	app.Before = func(c *cli.Context) error { return answerHelp(c, nil) }
	app.Action = func(c *cli.Context) error {
		if c.Bool("version") {
			return printVersion(c)
		}
		return unknownCommand(c, app.Commands, nil)
	}
	for _, command := range app.Commands {
		prepare(command, nil, args)
	}
	return app
}

// prepare gives a command, and those below it, what every command has: help, and
// errors where the library is silent.
func prepare(command *cli.Command, above []string, args []string) {
	path := append(above[:len(above):len(above)], command.Name)
	command.HideHelp, command.HideHelpCommand = true, true
	command.Flags = append(command.Flags, helpFlag())
	command.OnUsageError = badFlags
	command.Before = func(c *cli.Context) error {
		if err := answerHelp(c, command); err != nil {
			return err
		}
		if len(command.Subcommands) > 0 {
			return nil
		}
		return misplacedFlag(c.Args().Slice(), args)
	}
	if command.Action == nil {
		command.Action = func(c *cli.Context) error { return unknownCommand(c, command.Subcommands, command) }
	}
	for _, below := range command.Subcommands {
		prepare(below, path, args)
	}
	command.HelpName = "quipu " + strings.Join(path, " ")
	if len(above) == 0 {
		command.HelpName = command.Name // the library puts the program's name in front of these itself
	}
}

// unknownCommand is the action of what only has commands below it: help if
// nothing was asked, an error with the nearest command otherwise.
func unknownCommand(c *cli.Context, known []*cli.Command, group *cli.Command) error {
	if !c.Args().Present() {
		writeHelp(c.App.Writer, c.App, group)
		return nil
	}
	names := make([]string, 0, len(known))
	for _, command := range known {
		names = append(names, command.Name)
	}
	name := c.Args().First()
	err := usagef("unknown command %q", name)
	if near := quipu.Nearest(name, names); near != "" {
		return err.withHint("did you mean %q?", near)
	}
	return err.withHint("known are %s", strings.Join(names, ", "))
}

// misplacedFlag refuses a flag behind the first argument. The library would take
// it for another argument and say nothing.
func misplacedFlag(arguments, commandLine []string) error {
	if behind := len(commandLine) - len(arguments) - 1; behind >= 0 && commandLine[behind] == "--" {
		return nil // whoever wrote "--" means arguments that look like flags
	}
	for _, argument := range arguments {
		if strings.HasPrefix(argument, "-") && argument != "-" {
			flag, _, _ := strings.Cut(argument, "=")
			return usagef("the flag %s stands behind an argument", flag).
				withHint("put flags before the arguments (or write -- before arguments that begin with a dash)")
		}
	}
	return nil
}

// badFlags turns what the flag parser says into an error with a suggestion. The
// parser has no types for its errors, so its fixed sentences are taken apart here.
func badFlags(c *cli.Context, err error, _ bool) error {
	name, unknown := strings.CutPrefix(err.Error(), "flag provided but not defined: -")
	if !unknown {
		return usagef("%s", err)
	}
	names := flagNames(c.Command.Flags)
	name = strings.TrimPrefix(name, "-")
	refused := usagef("unknown flag --%s", name)
	if near := quipu.Nearest(name, names); near != "" {
		return refused.withHint("did you mean --%s?", near)
	}
	for _, command := range c.App.Commands {
		if c.Command.HelpName == c.App.HelpName && hasFlag(command, name) {
			return refused.withHint("flags follow the command: quipu %s --%s …", command.Name, name)
		}
	}
	return refused.withHint("known are --%s", strings.Join(names, ", --"))
}

func flagNames(flags []cli.Flag) (names []string) {
	for _, flag := range flags {
		names = append(names, flag.Names()[0])
	}
	return names
}

func hasFlag(command *cli.Command, name string) bool {
	for _, flag := range command.Flags {
		for _, known := range flag.Names() {
			if known == name {
				return true
			}
		}
	}
	return false
}

// wantArguments checks the number of arguments; names describe them, and one
// that ends with "..." may be given several times.
func wantArguments(c *cli.Context, names ...string) error {
	n, repeated := c.NArg(), len(names) > 0 && strings.HasSuffix(names[len(names)-1], "...")
	switch {
	case n < len(names):
		return usagef("%s is missing", strings.TrimSuffix(names[n], "...")).withHint("usage: %s", usageLine(c.Command))
	case n > len(names) && !repeated:
		return usagef("unexpected argument %q", c.Args().Get(len(names))).withHint("usage: %s", usageLine(c.Command))
	}
	return nil
}
