package membership

import (
	"context"
	"net"
	"slices"
	"time"
)

const (
	// rejoinWaitMaxProbes bounds the wait between two tries, in probe intervals: with the usual pace a member is found at most
	// ten seconds after it can be reached. A try costs a resolved name for each address listed, and more only if it is missing.
	rejoinWaitMaxProbes = 10

	// settleTries is how often a node that has just started introduces itself to every member, even if they seem to know each
	// other. One that comes back under another address is refused until the others take its old self for dead, and is not told
	// so. memberlist needs about seven seconds for that, thirty at most; eight tries with doubling waits reach beyond forty.
	settleTries = 8
)

// keepJoined tries the join list for ever, with growing waits, as long as an address of it is not one of a member that is
// alive: at the start, after all others have restarted, and after a partition that made each side forget the other.
func (m *Membership) keepJoined(ctx context.Context) {
	wait, warned := m.probe/2, false
	for try := 0; ; try++ {
		m.introduce(ctx, m.candidates(ctx, try < settleTries))
		warned = m.reportAlone(ctx, warned)
		select {
		case <-ctx.Done():
			return
		case <-time.After(wait):
			wait = min(2*wait, rejoinWaitMaxProbes*m.probe)
		}
	}
}

// candidates resolves the join list and leaves out this node and the members that are alive; with everybody these are put
// first instead.
func (m *Membership) candidates(ctx context.Context, everybody bool) (addrs []string) {
	own, others := m.roster.addresses()
	if everybody {
		addrs = append(addrs, others...)
	}
	for _, listed := range m.join {
		for _, addr := range m.resolve(ctx, listed) {
			if addr != own && !slices.Contains(others, addr) && !slices.Contains(addrs, addr) {
				addrs = append(addrs, addr)
			}
		}
	}
	return addrs
}

// resolve turns host:port into one ip:port for each address of the host. We do it ourselves because memberlist asks the name
// server for every record there is, over TCP, and cannot be interrupted.
func (m *Membership) resolve(ctx context.Context, hostPort string) (addrs []string) {
	ctx, cancel := context.WithTimeout(ctx, resolveTimeout)
	defer cancel()
	host, port, err := net.SplitHostPort(hostPort)
	if err == nil {
		var ips []net.IPAddr
		ips, err = net.DefaultResolver.LookupIPAddr(ctx, host)
		for _, ip := range ips {
			addrs = append(addrs, net.JoinHostPort(ip.String(), port))
		}
	}
	if err != nil {
		m.logger.DebugContext(ctx, "join address cannot be resolved", "join", hostPort, "error", err)
	}
	return addrs
}

// introduce exchanges everything that is known with each address, one after the other. A failure needs no word here: the
// transport below has logged it, and the next try comes.
func (m *Membership) introduce(ctx context.Context, addrs []string) {
	for _, addr := range addrs {
		if ctx.Err() != nil {
			return
		}
		_, _ = m.list.Join([]string{addr})
	}
}

// reportAlone logs once when nobody is reached although somebody is looked for, and once when that is over.
func (m *Membership) reportAlone(ctx context.Context, warned bool) bool {
	_, others := m.roster.addresses()
	switch alone := len(others) == 0 && len(m.join) > 0; {
	case alone && !warned && ctx.Err() == nil:
		m.logger.WarnContext(ctx, "no other member is reached yet, trying on", "join", m.join)
		return true
	case !alone && warned:
		m.logger.InfoContext(ctx, "other members are reached", "count", len(others))
		return false
	}
	return warned
}
