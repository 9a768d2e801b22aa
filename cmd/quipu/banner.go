package main

import (
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"os/exec"

	"github.com/quipu-ledger/quipu/cmd/quipu/internal/console"
)

// banner is what a node says of itself when it is ready.
type banner struct {
	Version, NodeID, DataDir  string
	URL, PeerAddr, GossipAddr string
}

// writeBanner also says what to type next. Each line works as pasted, on a fresh
// node too.
func writeBanner(w io.Writer, b banner) {
	name := "quipu " + b.Version
	if console.Wants(w) {
		name = console.Paint(console.Bold, name)
	}
	fmt.Fprintf(w, `
%s: node %s is ready

  API     %s
  peers   %s, gossip %s
  data    %s

Next, in another terminal:

%s
`, name, b.NodeID, b.URL, b.PeerAddr, b.GossipAddr, b.DataDir, nextSteps(b.URL))
}

// nextSteps is one request with curl, and one round of events.
func nextSteps(url string) string {
	flag := ""
	if url != "http://127.0.0.1:7400" {
		flag = " --url " + url
	}
	return fmt.Sprintf(`  curl %[1]s/v1/ledgers/main

  %[3]s register%[2]s 'Item Ordered' patron
  %[3]s append%[2]s --entity patron=Harold_Cho --data '{"menuItem":"Bean Burrito"}' 'Item Ordered'
  %[3]s select%[2]s --entity patron=Harold_Cho
`, url, flag, program())
}

// program is how this binary can be called from where it was: a plain name only
// if the shell finds that.
func program() string {
	if _, err := exec.LookPath("quipu"); err == nil || len(os.Args) == 0 {
		return "quipu"
	}
	return os.Args[0]
}

// localURL is the URL for a person on the same machine. An address that stands
// for all interfaces is none that can be asked for.
func localURL(addr string) string {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return "http://" + addr
	}
	if ip, err := netip.ParseAddr(host); err == nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	return "http://" + net.JoinHostPort(host, port)
}
