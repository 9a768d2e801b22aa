package console_test

import (
	"strings"
	"testing"

	"github.com/quipu-ledger/quipu/cmd/quipu/internal/console"
)

func TestTreeHasItsBranches(t *testing.T) {
	var root console.Branch
	first, last := root.Child(false), root.Child(true)
	for _, c := range []struct {
		branch console.Branch
		want   string
	}{
		{root, ""},
		{first, "├─ "},
		{first.Child(false), "│  ├─ "},
		{first.Child(true), "│  └─ "},
		{first.Child(true).Child(true), "│     └─ "},
		{last, "└─ "},
		{last.Child(false), "   ├─ "},
		{last.Child(false).Child(true), "   │  └─ "},
	} {
		if got := c.branch.String(); got != c.want {
			t.Errorf("%q, want %q", got, c.want)
		}
	}
}

func TestDeepTreeDoesNotLeaveThePage(t *testing.T) {
	var branch console.Branch
	for depth := 1; depth <= 1000; depth++ {
		branch = branch.Child(true)
		switch depth {
		case 20:
			if got, want := branch.String(), strings.Repeat("   ", 19)+"└─ "; got != want {
				t.Errorf("the last level is %q, want %q", got, want)
			}
		case 21, 1000:
			if got, want := strings.TrimSpace(branch.String()), map[int]string{21: "(21)", 1000: "(1000)"}[depth]; got != want {
				t.Errorf("level %d is %q, want %q", depth, got, want)
			}
		}
	}
	if n := len(branch.String()); n > 100 {
		t.Errorf("the branch has %d bytes", n)
	}
}
