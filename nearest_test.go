package quipu_test

import (
	"strings"
	"testing"

	"github.com/quipu-ledger/quipu"
)

func TestNearestSuggestsWhatWasProbablyMeant(t *testing.T) {
	known := []string{"api-addr", "peer-addr", "gossip-addr", "join", "data-dir", "id"}
	for _, test := range []struct{ name, want string }{
		{"api-addr", "api-addr"},
		{"api-adr", "api-addr"},
		{"api_addr", "api-addr"},
		{"API-ADDR", "api-addr"},
		{"pai-addr", "api-addr"}, // one swap
		{"apix-adr", "api-addr"}, // two changes of eight: the last that is near
		{"pxix-adx", ""},         // three of eight
		{"jion", "join"},         // a swap is one change
		{"jxxn", ""},             // two of four
		{"ip", "id"},             // one is always allowed
		{"xy", ""},               // but not two of two
		{"dáta-dir", "data-dir"}, // counted in characters, not in bytes
		{"ápi-áddr", "api-addr"}, // two characters, four bytes
		{"", ""},
		{"\xff\xfe\xfd\xfc", ""}, // not UTF-8
		{"completely-other", ""},
		{"gossip-address", "gossip-addr"},
	} {
		if got := quipu.Nearest(test.name, known); got != test.want {
			t.Errorf("Nearest(%q) = %q, want %q", test.name, got, test.want)
		}
	}
}

func TestNearestPrefersTheNearerThenTheFirst(t *testing.T) {
	if got := quipu.Nearest("entitie", []string{"entity", "entities"}); got != "entities" {
		t.Errorf("the nearer name lost: %q", got)
	}
	if got := quipu.Nearest("bat", []string{"cat", "rat"}); got != "cat" {
		t.Errorf("of two equally near names the first should win: %q", got)
	}
}

func TestNearestIgnoresNamesFarLongerThanAnyKnown(t *testing.T) {
	huge := strings.Repeat("a", 8<<20)
	if got := quipu.Nearest(huge, []string{"api-addr", "join"}); got != "" {
		t.Errorf("got %q", got)
	}
	if allocs := testing.AllocsPerRun(1, func() { quipu.Nearest(huge, []string{"api-addr"}) }); allocs > 0 {
		t.Errorf("%v allocations for a name that cannot be near", allocs)
	}
	if got := quipu.Nearest("x", nil); got != "" {
		t.Errorf("nothing is known, got %q", got)
	}
}
