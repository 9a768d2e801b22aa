package membership

import (
	"context"
	"fmt"
	"log"
	"net"
	"strconv"
	"time"

	"github.com/hashicorp/memberlist"
)

// transport is memberlist's own, with connections that end when ctx does. memberlist's Shutdown waits for nobody, but an
// exchange with a node that hangs lasts ten seconds, which is too long for a node that was told to stop.
type transport struct {
	*memberlist.NetTransport
	ctx context.Context
}

var _ memberlist.NodeAwareTransport = (*transport)(nil)

func (t *transport) DialTimeout(addr string, timeout time.Duration) (net.Conn, error) {
	return t.DialAddressTimeout(memberlist.Address{Addr: addr}, timeout)
}

func (t *transport) DialAddressTimeout(addr memberlist.Address, timeout time.Duration) (net.Conn, error) {
	dialer := net.Dialer{Timeout: timeout}
	conn, err := dialer.DialContext(t.ctx, "tcp", addr.Addr)
	if err != nil {
		return nil, err
	}
	forget := context.AfterFunc(t.ctx, func() { _ = conn.Close() })
	return &boundConn{conn, forget}, nil
}

// boundConn is closed by its owner or by the end of the transport, whichever is first.
type boundConn struct {
	net.Conn
	forget func() bool
}

func (c *boundConn) Close() error {
	c.forget()
	return c.Conn.Close()
}

// listen binds the address and gives memberlist's settings to go with it, still without delegates.
func listen(ctx context.Context, cfg Config) (*transport, *memberlist.Config, error) {
	host, port, err := resolveOne(ctx, cfg.BindAddr)
	if err != nil {
		return nil, nil, fmt.Errorf("gossip address: %w", err)
	}
	settings := memberlist.DefaultLANConfig()
	settings.Name = cfg.Self.NodeID
	settings.SecretKey = cfg.Key
	settings.Logger = log.New(logWriter{cfg.Logger}, "", 0)
	settings.BindAddr, settings.BindPort = host, port
	// A name is free as soon as its node counts as dead. The zero default would keep it for ever, and anything longer would
	// keep out a restarted node for no gain: that two nodes live under one id, a wait cannot tell.
	settings.DeadNodeReclaimTime = time.Millisecond
	pace(settings, cfg.ProbeInterval)

	bound, err := bind(host, port, settings.Logger)
	if err != nil {
		return nil, nil, fmt.Errorf("gossip address %s: %w", cfg.BindAddr, err)
	}
	settings.AdvertiseAddr, settings.AdvertisePort, err = advertised(ctx, cfg.AdvertiseAddr, host, bound.GetAutoBindPort())
	if err != nil {
		_ = bound.Shutdown()
		return nil, nil, err
	}
	wrapped := &transport{NetTransport: bound, ctx: ctx}
	settings.Transport = wrapped
	return wrapped, settings, nil
}

// bind listens on TCP and UDP. With port 0 the system chooses one that is free for TCP; that it is taken for UDP is bad luck
// and worth another try.
func bind(host string, port int, logger *log.Logger) (bound *memberlist.NetTransport, err error) {
	tries := 1
	if port == 0 {
		tries = 10
	}
	for range tries {
		bound, err = memberlist.NewNetTransport(&memberlist.NetTransportConfig{BindAddrs: []string{host}, BindPort: port, Logger: logger})
		if err == nil {
			return bound, nil
		}
	}
	return nil, err
}

// advertised is the address that the others are told; "" leaves the choice to memberlist, which takes the bound address, or
// for 0.0.0.0 a private one. It does not do the same for ::, and would tell the others that.
func advertised(ctx context.Context, configured, boundHost string, boundPort int) (host string, port int, err error) {
	if configured != "" {
		host, port, err = resolveOne(ctx, configured)
		if err != nil {
			return "", 0, fmt.Errorf("gossip address to advertise: %w", err)
		}
		return host, port, nil
	}
	if ip := net.ParseIP(boundHost); ip.IsUnspecified() && ip.To4() == nil {
		return "", 0, fmt.Errorf("gossip address %s is no address that others can use: give one to advertise", net.JoinHostPort(boundHost, strconv.Itoa(boundPort)))
	}
	return "", boundPort, nil
}

// resolveOne turns host:port into an IP address and a port. memberlist takes a host name that it is to bind for "all
// interfaces" without a word.
func resolveOne(ctx context.Context, hostPort string) (ip string, port int, err error) {
	ctx, cancel := context.WithTimeout(ctx, resolveTimeout)
	defer cancel()
	host, digits, err := net.SplitHostPort(hostPort)
	if err != nil {
		return "", 0, err
	}
	n, err := strconv.ParseUint(digits, 10, 16)
	if err != nil {
		return "", 0, fmt.Errorf("address %s: the port must be a number from 0 to 65535", hostPort)
	}
	ips, err := net.DefaultResolver.LookupIPAddr(ctx, host)
	if err != nil {
		return "", 0, err
	}
	for _, candidate := range ips { // localhost is ::1 as well, but on few machines does everything listen there
		if candidate.IP.To4() != nil {
			return candidate.String(), int(n), nil
		}
	}
	return ips[0].String(), int(n), nil
}

// pace sets the probe interval and shortens with it, in proportion, what makes news travel. Full exchanges stay where they
// are, and so does the time after which a dead node is forgotten: with these shortened, tests would pass without our own joining.
func pace(settings *memberlist.Config, probe time.Duration) {
	if probe <= 0 {
		probe = defaultProbeInterval
	}
	inProportion := func(usual time.Duration) time.Duration {
		return time.Duration(float64(usual) * float64(probe) / float64(defaultProbeInterval))
	}
	settings.ProbeTimeout = inProportion(settings.ProbeTimeout)
	settings.GossipInterval = inProportion(settings.GossipInterval)
	settings.ProbeInterval = probe
}
