package main

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"unicode/utf8"

	"github.com/urfave/cli/v2"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/client"
	"github.com/quipu-ledger/quipu/cmd/quipu/internal/console"
)

const (
	fileHelp = `Examples:
  quipu file get -O report.pdf 1042 report.pdf
  quipu file get sha256:2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824 > report.pdf`

	fileGetHelp = `Examples:
  quipu file get -O report.pdf 1042 report.pdf
  quipu file get id:evt_1 notes.txt
  quipu file get sha256:2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824 > report.pdf

Prints the content of a file: that of an event, by the file's id, or any, by its hash. quipu event lists both. PLACE is a
position, an event id, id:ID for the latest version of an author's own id, or id:ID@VERSION. What comes is checked against
the hash.`
)

func fileCommand() *cli.Command {
	return &cli.Command{
		Name: "file", Usage: "print contents of files", Description: fileHelp,
		Subcommands: []*cli.Command{{
			Name: "get", Usage: "print the content of a file", ArgsUsage: "HASH | PLACE FILE-ID", Description: fileGetHelp,
			Flags: []cli.Flag{
				ledgerFlag(),
				&cli.StringFlag{Name: "out", Aliases: []string{"O"}, Usage: "write into this `FILE`, which must not be there yet"},
				consistencyFlag(), urlFlag(), waitFlag(),
			},
			Action: withClient(getFile),
		}},
	}
}

func getFile(c *cli.Context, to *client.Client) error {
	content, err := fileContent(c, to)
	if err != nil {
		return err
	}
	name := c.String("out")
	if name == "" {
		return printContent(c, &content)
	}
	file, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if errors.Is(err, os.ErrExist) {
		return usagef("%s exists", name).withHint("give another name")
	}
	if err != nil {
		return err
	}
	_, err = file.Write(content.Bytes)
	if err := errors.Join(err, file.Close()); err != nil {
		return err
	}
	fmt.Fprintf(c.App.ErrWriter, "wrote %s, %d bytes, %s\n", name, len(content.Bytes), content.Hash)
	return nil
}

// fileContent is what the arguments name: a hash, or an event and a file of it.
func fileContent(c *cli.Context, to *client.Client) (content client.Content, err error) {
	options, err := readOptions(c)
	if err != nil {
		return content, err
	}
	ledger, first := c.String("ledger"), c.Args().First()
	if c.NArg() == 1 && strings.HasPrefix(first, "sha256:") {
		return to.File(c.Context, ledger, first, options...)
	}
	if err := wantArguments(c, "PLACE", "FILE-ID"); err != nil {
		return content, err
	}
	target, err := parseTarget(first)
	if err != nil {
		return content, err
	}
	place := quipu.Place{Position: target.Position}
	switch {
	case target.EventID != nil:
		place.EventID = *target.EventID
	case target.ID != "":
		event, err := fetchEvent(c, to, target, options...)
		if err != nil {
			return content, err
		}
		place.Position = event.Position
	}
	return to.EventFile(c.Context, ledger, place, c.Args().Get(1), options...)
}

// printContent keeps bytes that are no text from a terminal, which would take some of
// them for commands.
func printContent(c *cli.Context, content *client.Content) error {
	if console.IsTerminal(c.App.Writer) && (!utf8.Valid(content.Bytes) || strings.ContainsRune(string(content.Bytes), 0x1b)) {
		return usagef("the content is no text for a terminal: %d bytes of %s", len(content.Bytes), content.ContentType).
			withHint("write it into a file, with -O FILE")
	}
	_, err := c.App.Writer.Write(content.Bytes)
	return err
}
