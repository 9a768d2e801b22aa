package peer_test

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"

	"github.com/hashicorp/go-hclog"

	"github.com/quipu-ledger/quipu/transport/peer"
)

func TestHCLogWritesWhatRaftLogs(t *testing.T) {
	var out bytes.Buffer
	handler := slog.NewTextHandler(&out, &slog.HandlerOptions{
		Level: slog.LevelDebug,
		ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
			if a.Key == slog.TimeKey {
				return slog.Attr{}
			}
			return a
		},
	})
	logger := peer.HCLog(slog.New(handler))
	for _, test := range []struct {
		log  func()
		want string
	}{
		{func() { logger.Warn("lost", "peer", "n2", "term", 7) }, "level=WARN msg=lost peer=n2 term=7"},
		{func() { logger.Info("odd", "peer") }, "level=INFO msg=odd EXTRA_VALUE_AT_END=peer"},
		{func() { logger.Error("formatted", "command", hclog.Fmt("%d/%s", 1, "x")) }, "level=ERROR msg=formatted command=1/x"},
		{func() { logger.Named("raft").Debug("named") }, "level=DEBUG msg=named component=raft"},
		{func() { logger.Named("raft").Named("net").Info("twice") }, "level=INFO msg=twice component=raft.net"},
		{func() { logger.ResetNamed("net").With("id", "n1").Info("with", "k", "v") }, "level=INFO msg=with id=n1 k=v component=net"},
		{func() { logger.Log(hclog.NoLevel, "no level") }, `level=INFO msg="no level"`},
		{func() { logger.StandardLogger(&hclog.StandardLoggerOptions{ForceLevel: hclog.Error}).Print("std") }, "level=ERROR msg=std"},
		{func() { logger.StandardLogger(nil).Print("std") }, "level=INFO msg=std"},
		{func() { logger.Trace("below the level") }, ""},
		{func() { logger.Log(hclog.Off, "off") }, ""},
	} {
		out.Reset()
		test.log()
		if got := strings.TrimSpace(out.String()); got != test.want {
			t.Errorf("got %q, want %q", got, test.want)
		}
	}
	if logger.GetLevel() != hclog.Debug || logger.IsTrace() || !logger.IsDebug() || !logger.IsError() {
		t.Errorf("level %s", logger.GetLevel())
	}
	if got := logger.With("a", 1).With("b", 2).ImpliedArgs(); len(got) != 4 {
		t.Errorf("implied %v", got)
	}
	if got := logger.Named("raft").Name(); got != "raft" {
		t.Errorf("named %q", got)
	}
}
