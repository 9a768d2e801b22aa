package ledger

import (
	"slices"

	"github.com/quipu-ledger/quipu/fsm/command"
	"github.com/quipu-ledger/quipu/fsm/record"
)

// leaveOutFiles takes the contents out of the command that the ledger has: one
// that occurs often is replicated and stored once.
func (x *checking) leaveOutFiles() error {
	var failed error
	x.append.Files = slices.DeleteFunc(x.append.Files, func(f command.File) bool {
		has, err := x.history.File(x.state.Slot, f.Hash)
		if err != nil {
			failed = err
		}
		return has && err == nil
	})
	return failed
}

// missingFile gives the index of the first event whose files have a content that is
// neither in the ledger nor among those given, or whose files cannot be read; -1 if
// there is none. A content is looked for once, however many files have it: an append
// may have a hundred thousand, and to look may be to read and hash a megabyte.
func (s *State) missingFile(h History, drafts []record.Draft, given []command.File) (int, error) {
	there := make(map[record.Hash]bool, len(given))
	for i := range given {
		there[given[i].Hash] = true
	}
	for i := range drafts {
		var fault error
		complete := true
		malformed := drafts[i].FileHashes(func(hash record.Hash) bool {
			if !there[hash] {
				there[hash], fault = h.File(s.Slot, hash)
			}
			complete = there[hash] && fault == nil
			return complete
		})
		if fault != nil {
			return 0, fault
		}
		if !complete || malformed != nil {
			return i, nil
		}
	}
	return -1, nil
}
