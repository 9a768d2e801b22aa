package config

import (
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

const (
	wantListen = "host:port with a port of 0 to 65535, such as 127.0.0.1:7400 (0.0.0.0 for all interfaces)"

	nodeIDCharactersMax   = 64  // it is a file's and a log's word, and part of the gossip that must stay small
	hostNameCharactersMax = 253 // RFC 1035 section 2.3.4, without the final dot
)

// check says what is wrong with what was given, or nil. Defaults are right by definition: the empty one of node-id would
// otherwise be refused, as it is when somebody writes it.
func (d Definition) check(value given) error {
	if value.origin == OriginDefault {
		return nil
	}
	if d.Kind != List && len(value.values) > 1 {
		return fmt.Errorf("%s (%s) is given %d times, want one value", d.Name, value.origin, len(value.values))
	}
	for _, v := range value.values {
		if !d.valid(v) {
			return fmt.Errorf("%s (%s) is %q, want %s", d.Name, value.origin, v, d.Want)
		}
	}
	return nil
}

func notEmpty(value string) bool { return value != "" }

func oneOf(values ...string) func(string) bool {
	return func(value string) bool { return slices.Contains(values, value) }
}

func integerFrom(least, most int) func(string) bool {
	return func(value string) bool {
		n, err := strconv.Atoi(value)
		return err == nil && n >= least && n <= most
	}
}

func validNodeID(value string) bool {
	return len(value) >= 1 && len(value) <= nodeIDCharactersMax && allOf(value, "._-")
}

// validListenAddr allows port 0 (any free one). It refuses an empty host, which means "all interfaces" to the system but
// nothing to the other nodes, who are told this address.
func validListenAddr(value string) bool {
	host, _, ok := splitAddr(value)
	return ok && validHost(host)
}

func validDialAddr(value string) bool {
	host, port, ok := splitAddr(value)
	return ok && validHost(host) && port != 0
}

func splitAddr(value string) (host string, port uint16, ok bool) {
	host, digits, err := net.SplitHostPort(value)
	if err != nil {
		return "", 0, false
	}
	n, err := strconv.ParseUint(digits, 10, 16)
	return host, uint16(n), err == nil
}

// validHost accepts an IP address, or what may be a host name: whether it is one, only the resolver knows.
func validHost(host string) bool {
	if _, err := netip.ParseAddr(host); err == nil {
		return true
	}
	return len(host) >= 1 && len(host) <= hostNameCharactersMax && allOf(host, "._-")
}

// allOf tells whether value consists of ASCII letters, digits and the extra characters only.
func allOf(value, extra string) bool {
	return !strings.ContainsFunc(value, func(r rune) bool {
		letter := 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z'
		digit := '0' <= r && r <= '9'
		return !letter && !digit && !strings.ContainsRune(extra, r)
	})
}

// clashes finds settings that name the same address to listen on. The second to be bound would fail with "address already in
// use", which sends people looking for another process.
func clashes(settings []Setting) (wrong []error) {
	taken := make(map[string]Setting)
	for _, setting := range settings {
		if definition, _ := Lookup(setting.Name); definition.Want != wantListen || strings.HasSuffix(setting.Value, ":0") {
			continue
		}
		if other, ok := taken[setting.Value]; ok {
			wrong = append(wrong, fmt.Errorf("%s (%s) and %s (%s) are both %s, want an address for each",
				other.Name, other.Origin, setting.Name, setting.Origin, setting.Value))
		}
		taken[setting.Value] = setting
	}
	return wrong
}

// alone refuses a node that names others and would still form a cluster of its own, at once and for ever.
func alone(config *Config) error {
	for _, address := range config.Join {
		if config.BootstrapExpect == 1 && address != config.GossipAddr {
			return fmt.Errorf("join names %s, but bootstrap-expect is 1, with which this node forms a cluster of its own: "+
				"want the number of nodes that form the cluster together, such as --bootstrap-expect 3", address)
		}
	}
	return nil
}
