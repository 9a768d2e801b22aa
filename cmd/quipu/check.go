package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/cmd/quipu/internal/console"
	"github.com/quipu-ledger/quipu/fsm/store"
	"github.com/quipu-ledger/quipu/node/identity"
	"github.com/quipu-ledger/quipu/node/raftlog"
)

const checkHelp = `Examples:
  quipu check ./quipu-data
  quipu check -o json ./quipu-dev/n2

Reads the data directory of a node that is stopped and changes nothing: rebuilds each index from the events, follows the
chain of event ids, verifies every record of raft's log and that the files belong together. Prints each difference; the
exit code is 0 if there is none, 1 if there is one, and 7 if the node runs.`

func checkCommand() *cli.Command {
	return &cli.Command{
		Name: "check", Usage: "verify the data of a stopped node", ArgsUsage: "DIR", Description: checkHelp,
		Flags: []cli.Flag{outputFlag()}, Action: runCheck,
	}
}

// checkReport is what was checked and what was found.
type checkReport struct {
	Directory string   `json:"directory"`
	NodeID    string   `json:"nodeId,omitempty"`
	ClusterID string   `json:"clusterId,omitempty"`
	Ledgers   int      `json:"ledgers"`
	Events    uint64   `json:"events"`
	Findings  []string `json:"findings"`
	// More is the number of findings that are not listed.
	More uint64 `json:"more,omitempty"`
}

func runCheck(c *cli.Context) error {
	if err := wantArguments(c, "DIR"); err != nil {
		return err
	}
	if _, err := outputFormat(c); err != nil {
		return err
	}
	r := &checkReport{Directory: c.Args().First(), Findings: []string{}}
	if err := r.fill(c); err != nil {
		return err
	}
	if err := r.print(c); err != nil {
		return err
	}
	if len(r.Findings) > 0 {
		return saidError{quipu.Errorf(quipu.Corrupt, "the data differs from what it should be")}
	}
	return nil
}

// fill runs each check. An error means that a check could not be made; what the
// checks find stands in the report.
func (r *checkReport) fill(c *cli.Context) error {
	ledgers := filepath.Join(r.Directory, store.FileName)
	if _, err := os.Stat(ledgers); errors.Is(err, os.ErrNotExist) {
		return quipu.Errorf(quipu.NotFound, "%s is not there", ledgers).
			WithHint("give the data directory of a node that has been part of a cluster").Because(err)
	} else if err != nil {
		return err
	}
	who, found, err := identity.Load(r.Directory)
	if err := r.damage(err); err != nil {
		return err
	}
	if err == nil && !found {
		r.Findings = append(r.Findings, "the directory does not say which node it belongs to")
	}
	r.NodeID, r.ClusterID = who.NodeID, who.ClusterID
	if err := r.damage(raftlog.Check(filepath.Join(r.Directory, raftlog.FileName))); err != nil {
		return err
	}
	return r.damage(r.checkStore(c, who, found))
}

// damage takes an error that tells of damage into the findings.
func (r *checkReport) damage(err error) error {
	if quipu.KindOf(err) == quipu.Corrupt {
		r.Findings = append(r.Findings, err.Error())
		return nil
	}
	return err
}

func (r *checkReport) checkStore(c *cli.Context, who identity.Identity, known bool) error {
	opened, err := store.Open(r.Directory, store.Options{ReadOnly: true})
	if err != nil {
		return err
	}
	defer opened.Close()

	progress := console.NewProgress(c.App.ErrWriter, "events", time.Now)
	result, err := opened.Check(c.Context, func(_ string, done, total uint64) {
		progress.Update(int(done), int64(done), int64(total))
	})
	progress.Done()
	if err != nil {
		return err
	}
	r.Ledgers, r.Events, r.More = result.Ledgers, result.Events, result.More
	for _, finding := range result.Findings {
		r.Findings = append(r.Findings, finding.String())
	}
	if !known {
		return nil
	}
	return who.Verify(store.FileName, identity.Stamp(result.Stamp))
}

func (r *checkReport) print(c *cli.Context) error {
	if format, _ := outputFormat(c); format != formatTable {
		return writeJSON(c.App.Writer, r)
	}
	w := c.App.Writer
	for _, finding := range r.Findings {
		fmt.Fprintln(w, console.Clean(finding))
	}
	if r.More > 0 {
		fmt.Fprintf(w, "and %s more\n", console.Number(int(r.More)))
	}
	checked := fmt.Sprintf("%s: node %s, %s ledgers, %s events", r.Directory, r.NodeID, console.Number(r.Ledgers), console.Number(int(r.Events)))
	if len(r.Findings) == 0 {
		_, err := fmt.Fprintf(w, "%s: everything is as it should be\n", checked)
		return err
	}
	_, err := fmt.Fprintf(w, "%s: %s differences\n", checked, console.Number(len(r.Findings)+int(r.More)))
	return err
}
