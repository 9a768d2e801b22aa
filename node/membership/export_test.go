package membership

import "log/slog"

// What the tests in the external package need to see of the inside.
const (
	InfoBytesMax = infoBytesMax
	GoneMax      = goneMax
	ExpectMax    = expectMax
)

func (i Info) Encode() ([]byte, error)                    { return i.encode() }
func DecodeInfo(nodeID string, meta []byte) (Info, error) { return decodeInfo(nodeID, meta) }
func SplitLine(line string) (slog.Level, string)          { return splitLine(line) }
func NewRoster(self string, logger *slog.Logger) *roster  { return newRoster(self, logger) }
func (r *roster) Members() []Member                       { return r.members() }
