package main

import (
	"os"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/quipu-ledger/quipu/client"
)

// requestTimeout bounds one attempt of a request. It is longer than the
// client's own, since a person waits and a batch of an import is large.
const requestTimeout = 30 * time.Second

func urlFlag() cli.Flag {
	return &cli.StringSliceFlag{
		Name:  "url",
		Usage: "`URL` of a node, or several with commas; repeatable (environment QUIPU_URL; default http://127.0.0.1:7400)",
	}
}

func waitFlag() cli.Flag {
	return &cli.DurationFlag{Name: "wait", Value: 10 * time.Second, Usage: "`TIME` to keep trying while no node can answer; 0 tries once"}
}

// clientFlags are those of every command that speaks to a cluster, behind its own.
func clientFlags(own ...cli.Flag) []cli.Flag { return append(own, urlFlag(), waitFlag(), outputFlag()) }

func ledgerFlag() cli.Flag {
	return &cli.StringFlag{Name: "ledger", Value: "main", Usage: "`NAME` or id of the ledger"}
}

// connect makes the client that the command line and the environment ask for.
func connect(c *cli.Context) (*client.Client, error) {
	if _, err := outputFormat(c); err != nil {
		return nil, err
	}
	wait := c.Duration("wait")
	if wait <= 0 {
		wait = -1 // the client's word for a single attempt
	}
	made, err := client.New(client.Config{
		Endpoints: endpoints(c.StringSlice("url"), os.Getenv("QUIPU_URL")),
		Timeout:   requestTimeout, RetryFor: wait,
	})
	if err != nil {
		return nil, usagef("%s", err)
	}
	return made, nil
}

// endpoints takes lists apart at their commas; flags replace the environment.
func endpoints(flags []string, environment string) (urls []string) {
	if len(flags) == 0 {
		flags = []string{environment}
	}
	for _, list := range flags {
		for url := range strings.SplitSeq(list, ",") {
			if url = strings.TrimSpace(url); url != "" {
				urls = append(urls, url)
			}
		}
	}
	return urls
}

// withClient makes an action of a function that needs a client.
func withClient(action func(c *cli.Context, to *client.Client) error) cli.ActionFunc {
	return func(c *cli.Context) error {
		to, err := connect(c)
		if err != nil {
			return err
		}
		defer to.Close()
		return action(c, to)
	}
}
