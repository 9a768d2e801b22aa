package main

import (
	"encoding/json"
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/urfave/cli/v2"
)

const versionHelp = `Examples:
  quipu version
  quipu version -o json`

// version is set by the Makefile with -ldflags "-X main.version=…".
var version string

func versionCommand() *cli.Command {
	return &cli.Command{
		Name: "version", Usage: "print the version of this binary", Description: versionHelp,
		Flags: []cli.Flag{outputFlag()},
		Action: func(c *cli.Context) error {
			if err := wantArguments(c); err != nil {
				return err
			}
			return printVersion(c)
		},
	}
}

func printVersion(c *cli.Context) error {
	if format, _ := outputFormat(c); format == formatTable {
		_, err := fmt.Fprintf(c.App.Writer, "quipu %s (%s, %s/%s)\n", buildVersion(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
		return err
	}
	return json.NewEncoder(c.App.Writer).Encode(map[string]string{
		"version": buildVersion(), "go": runtime.Version(), "os": runtime.GOOS, "arch": runtime.GOARCH,
	})
}

// buildVersion is what the Makefile set, or what `go install` of a version recorded.
func buildVersion() string {
	if version != "" {
		return version
	}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" && info.Main.Version != "(devel)" {
		return info.Main.Version
	}
	return "dev"
}
