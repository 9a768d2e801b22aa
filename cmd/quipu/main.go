// Command quipu is the one binary of the event ledger: the server, a whole cluster in
// one terminal, and the commands that speak to a cluster over HTTP.
//
// It decides nothing about ledgers. `quipu serve` builds a node, every other
// command is thin over package client; this package holds the words, the flags,
// the exit codes and the printing. Each subcommand has a file of its name with
// its help text at the top.
package main

import (
	"context"
	"io"
	"os"
	"os/signal"
	"syscall"
)

func main() { os.Exit(run(os.Args, os.Stdin, os.Stdout, os.Stderr)) }

// run carries out one command line and gives the exit code. The context of the
// command ends with the first SIGINT or SIGTERM; the second has its usual effect
// and ends the process.
func run(args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop)

	err := newApp(args, stdin, stdout, stderr).RunContext(ctx, args)
	report(stderr, err)
	return exitCode(err)
}
