package peer

import (
	"context"
	"fmt"
	"io"
	"log"
	"log/slog"

	"github.com/hashicorp/go-hclog"
)

// levelTrace is below slog's debug, for what raft logs per message.
const levelTrace = slog.LevelDebug - 4

// HCLog makes raft's logger out of a slog.Logger, which keeps deciding about
// levels and output. A name, such as raft's own, becomes the attribute
// "component".
func HCLog(logger *slog.Logger) hclog.Logger { return &hclogAdapter{logger: logger} }

type hclogAdapter struct {
	logger  *slog.Logger // with implied as attributes
	name    string
	implied []any
}

var _ hclog.Logger = (*hclogAdapter)(nil)

func (a *hclogAdapter) Trace(msg string, args ...any) { a.Log(hclog.Trace, msg, args...) }
func (a *hclogAdapter) Debug(msg string, args ...any) { a.Log(hclog.Debug, msg, args...) }
func (a *hclogAdapter) Info(msg string, args ...any)  { a.Log(hclog.Info, msg, args...) }
func (a *hclogAdapter) Warn(msg string, args ...any)  { a.Log(hclog.Warn, msg, args...) }
func (a *hclogAdapter) Error(msg string, args ...any) { a.Log(hclog.Error, msg, args...) }

func (a *hclogAdapter) Log(level hclog.Level, msg string, args ...any) {
	if level == hclog.Off || !a.enabled(level) {
		return
	}
	args = attributes(args)
	if a.name != "" {
		args = append(args, "component", a.name)
	}
	a.logger.Log(context.Background(), slogLevel(level), msg, args...)
}

func (a *hclogAdapter) enabled(level hclog.Level) bool {
	return a.logger.Enabled(context.Background(), slogLevel(level))
}

func (a *hclogAdapter) IsTrace() bool { return a.enabled(hclog.Trace) }
func (a *hclogAdapter) IsDebug() bool { return a.enabled(hclog.Debug) }
func (a *hclogAdapter) IsInfo() bool  { return a.enabled(hclog.Info) }
func (a *hclogAdapter) IsWarn() bool  { return a.enabled(hclog.Warn) }
func (a *hclogAdapter) IsError() bool { return a.enabled(hclog.Error) }

func (a *hclogAdapter) ImpliedArgs() []any { return a.implied }

func (a *hclogAdapter) With(args ...any) hclog.Logger {
	implied := append(a.implied[:len(a.implied):len(a.implied)], args...)
	return &hclogAdapter{logger: a.logger.With(attributes(args)...), name: a.name, implied: implied}
}

func (a *hclogAdapter) Name() string { return a.name }

func (a *hclogAdapter) Named(name string) hclog.Logger {
	if a.name != "" {
		name = a.name + "." + name
	}
	return a.ResetNamed(name)
}

func (a *hclogAdapter) ResetNamed(name string) hclog.Logger {
	return &hclogAdapter{logger: a.logger, name: name, implied: a.implied}
}

// SetLevel does nothing: the level is slog's.
func (a *hclogAdapter) SetLevel(hclog.Level) {}

// GetLevel is the lowest level that slog takes.
func (a *hclogAdapter) GetLevel() hclog.Level {
	for _, level := range []hclog.Level{hclog.Trace, hclog.Debug, hclog.Info, hclog.Warn, hclog.Error} {
		if a.enabled(level) {
			return level
		}
	}
	return hclog.Off
}

func (a *hclogAdapter) StandardLogger(opts *hclog.StandardLoggerOptions) *log.Logger {
	return slog.NewLogLogger(a.logger.Handler(), standardLevel(opts))
}

func (a *hclogAdapter) StandardWriter(opts *hclog.StandardLoggerOptions) io.Writer {
	return a.StandardLogger(opts).Writer()
}

func standardLevel(opts *hclog.StandardLoggerOptions) slog.Level {
	if opts == nil || opts.ForceLevel == hclog.NoLevel {
		return slog.LevelInfo
	}
	return slogLevel(opts.ForceLevel)
}

func slogLevel(level hclog.Level) slog.Level {
	switch level {
	case hclog.Trace:
		return levelTrace
	case hclog.Debug:
		return slog.LevelDebug
	case hclog.Warn:
		return slog.LevelWarn
	case hclog.Error:
		return slog.LevelError
	default:
		return slog.LevelInfo
	}
}

// attributes turns hclog's pairs into slog's: hclog formats late what Fmt made,
// and takes an odd last argument as a value without a key.
func attributes(args []any) []any {
	out := make([]any, 0, len(args)+2) // room for the component
	if n := len(args); n%2 == 1 {
		args = append(args[:n-1:n-1], hclog.MissingKey, args[n-1])
	}
	for _, arg := range args {
		if format, ok := arg.(hclog.Format); ok && len(format) > 0 {
			if pattern, ok := format[0].(string); ok {
				arg = fmt.Sprintf(pattern, format[1:]...)
			}
		}
		out = append(out, arg)
	}
	return out
}
