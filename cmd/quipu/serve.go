package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"runtime/debug"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/quipu-ledger/quipu/cmd/quipu/internal/console"
	"github.com/quipu-ledger/quipu/node"
	"github.com/quipu-ledger/quipu/node/config"
)

const serveHelp = `Examples:
  quipu serve                                    a cluster of one node, its data in ./quipu-data
  quipu serve --config /etc/quipu.toml
  quipu serve --bootstrap-expect 3 --join 10.0.0.1:7402 --join 10.0.0.2:7402 --join 10.0.0.3:7402 \
    --api-addr 10.0.0.1:7400 --peer-addr 10.0.0.1:7401 --gossip-addr 10.0.0.1:7402

Runs a node until SIGINT or SIGTERM, which end it in good order; the second one ends it at once. Each flag but
--no-banner has an environment variable (--api-addr: QUIPU_API_ADDR) and a key in the configuration file (api-addr);
a flag goes before the environment, and that before the file. quipu config print shows what would be used.`

// shutdownTimeout bounds what requests in progress get when the node is told to
// end. Everything that was acknowledged is on disk already.
const shutdownTimeout = 10 * time.Second

func serveCommand() *cli.Command {
	return &cli.Command{
		Name: "serve", Usage: "run a node", Description: serveHelp,
		Flags:  append(settingFlags(), &cli.BoolFlag{Name: "no-banner", Usage: "print no greeting when the node is ready"}),
		Action: runServe,
	}
}

// settingFlags are the flags of a node's settings. All are lists to the parser,
// so that one that is given twice is noticed; their defaults and their
// environment are config.Load's.
func settingFlags() []cli.Flag {
	flags := make([]cli.Flag, len(config.Settings))
	for i, setting := range config.Settings {
		usage := setting.Help
		if setting.Default != "" {
			usage += " (default " + setting.Default + ")"
		}
		flags[i] = &cli.StringSliceFlag{Name: setting.Name, Usage: usage}
	}
	return flags
}

// loadSettings merges flags, environment and file, and shows the warnings.
func loadSettings(c *cli.Context) (*config.Config, []config.Setting, error) {
	flags := map[string][]string{}
	for _, setting := range config.Settings {
		if c.IsSet(setting.Name) {
			flags[setting.Name] = c.StringSlice(setting.Name)
		}
	}
	loaded, settings, warnings, err := config.Load(flags, os.Environ(), os.ReadFile)
	for _, warning := range warnings {
		fmt.Fprintf(c.App.ErrWriter, "quipu: warning: %s\n", warning)
	}
	if err != nil {
		return nil, nil, usagef("%s", err)
	}
	return loaded, settings, nil
}

func runServe(c *cli.Context) error {
	if err := wantArguments(c); err != nil {
		return err
	}
	loaded, _, err := loadSettings(c)
	if err != nil {
		return err
	}
	relaxGC()
	ctx, fatal := context.WithCancelCause(c.Context)
	defer fatal(nil)
	n, err := node.Open(ctx, node.Config{
		DataDir: loaded.DataDir, NodeID: loaded.NodeID,
		APIAddr: loaded.APIAddr, PeerAddr: loaded.PeerAddr, GossipAddr: loaded.GossipAddr,
		Join: loaded.Join, BootstrapExpect: loaded.BootstrapExpect,
		Version: buildVersion(), Logger: newLogger(c.App.ErrWriter, loaded), Fatal: exitOnFault(c.App.ErrWriter),
	})
	if err != nil {
		return err
	}
	if !c.Bool("no-banner") {
		greeted := make(chan struct{})
		go func() {
			defer close(greeted)
			greet(ctx, c, n, loaded)
		}()
		defer func() { <-greeted }()
	}
	<-ctx.Done()
	fmt.Fprintln(c.App.ErrWriter, "quipu: shutting down; a second signal ends the process at once")
	ended, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownTimeout)
	defer cancel()
	if err := n.Shutdown(ended); err != nil && !errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("shut down: %w", err)
	}
	return nil
}

// relaxGC lets the heap grow to three times what is live before it is collected,
// since little of a node's memory is live and much of it short-lived, unless
// GOGC says otherwise.
func relaxGC() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(200)
	}
}

// exitOnFault ends the process. After a fault nothing more may be written, not
// even by an orderly end.
func exitOnFault(stderr io.Writer) func(error) {
	return func(err error) {
		report(stderr, fmt.Errorf("the node has stopped: %w", err))
		os.Exit(exitFailure)
	}
}

func newLogger(w io.Writer, loaded *config.Config) *slog.Logger {
	var level slog.Level
	_ = level.UnmarshalText([]byte(loaded.LogLevel)) // config.Load has checked it
	options := &slog.HandlerOptions{Level: level}
	if loaded.LogFormat == "json" {
		return slog.New(slog.NewJSONHandler(w, options))
	}
	return slog.New(slog.NewTextHandler(w, options))
}

// waitingAfter is how long a node may take to become ready before it says what
// it waits for.
const waitingAfter = 5 * time.Second

// greet tells a person where the node is, once it serves. The banner is for
// people: on stdout if that is a terminal, else among the other words on stderr.
func greet(ctx context.Context, c *cli.Context, n *node.Node, loaded *config.Config) {
	waiting := time.AfterFunc(waitingAfter, func() {
		if loaded.BootstrapExpect > 1 {
			fmt.Fprintf(c.App.ErrWriter, "quipu: waiting for a majority of the %d nodes (gossip %s)\n", loaded.BootstrapExpect, n.GossipAddr())
		}
	})
	defer waiting.Stop()
	if n.WaitReady(ctx) != nil {
		return // the node ends before it was ready
	}
	w := c.App.ErrWriter
	if console.IsTerminal(c.App.Writer) {
		w = c.App.Writer
	}
	writeBanner(w, banner{
		Version: buildVersion(), NodeID: n.NodeID(), DataDir: loaded.DataDir,
		URL: localURL(n.APIAddr()), PeerAddr: n.PeerAddr(), GossipAddr: n.GossipAddr(),
	})
}
