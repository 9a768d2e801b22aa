package membership

import (
	"context"
	"log/slog"
	"strings"
)

// logWriter takes the lines of memberlist's logger, "[WARN] memberlist: text", to slog. The text varies, so it is an
// attribute: messages are constants, to be counted and searched.
type logWriter struct{ logger *slog.Logger }

func (w logWriter) Write(line []byte) (int, error) {
	level, text := splitLine(string(line))
	w.logger.Log(context.Background(), level, "gossip", "detail", text)
	return len(line), nil
}

// splitLine tells the level of a line from the mark that it begins with. A line without one comes from an unforeseen place,
// so somebody should see it.
func splitLine(line string) (slog.Level, string) {
	level, text := slog.LevelWarn, strings.TrimSpace(line)
	for mark, marked := range map[string]slog.Level{
		"[DEBUG] ": slog.LevelDebug, "[INFO] ": slog.LevelInfo, "[WARN] ": slog.LevelWarn, "[ERR] ": slog.LevelError, "[ERROR] ": slog.LevelError,
	} {
		if rest, ok := strings.CutPrefix(text, mark); ok {
			level, text = marked, rest
			break
		}
	}
	return level, strings.TrimPrefix(text, "memberlist: ")
}
