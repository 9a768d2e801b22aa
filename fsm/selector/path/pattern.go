package path

import (
	"regexp"
	"strings"
)

// pattern is a compiled like_regex. Go's regexp runs in time linear in the subject, which is why it stands in for
// PostgreSQL's engine, and why what needs backtracking is refused.
type pattern struct {
	text   string // as written
	flags  string // in the order i s m x q
	re     *regexp.Regexp
	weight int // size of the program, in characters with their repetitions
}

// patternError says why a pattern or its flags are refused.
type patternError struct {
	message, hint string
	inFlags       bool
}

// patternFlags are the XQuery flags.
type patternFlags struct {
	ignoreCase, dotAll, multiline, extended, quote bool
}

func parseFlags(text string) (patternFlags, *patternError) {
	var f patternFlags
	for _, c := range text {
		switch c {
		case 'i':
			f.ignoreCase = true
		case 's':
			f.dotAll = true
		case 'm':
			f.multiline = true
		case 'x':
			f.extended = true
		case 'q':
			f.quote = true
		default:
			return f, &patternError{"unrecognized flag " + quoted(string(c)) + " in like_regex", "flags: i, s, m, q", true}
		}
	}
	// PostgreSQL has no XQuery expanded mode either. With q it ignores x, and so do we.
	if f.extended && !f.quote {
		return f, &patternError{`the flag "x" (expanded regular expressions) is not implemented`, "flags: i, s, m, q", true}
	}
	return f, nil
}

func (f patternFlags) String() string {
	var b strings.Builder
	for _, flag := range []struct {
		set  bool
		name byte
	}{{f.ignoreCase, 'i'}, {f.dotAll, 's'}, {f.multiline, 'm'}, {f.extended, 'x'}, {f.quote, 'q'}} {
		if flag.set {
			b.WriteByte(flag.name)
		}
	}
	return b.String()
}

// compilePattern translates a PostgreSQL advanced regular expression to Go's syntax and compiles it.
func compilePattern(text, flagText string) (*pattern, *patternError) {
	flags, bad := parseFlags(flagText)
	if bad != nil {
		return nil, bad
	}
	t := newTranslator(text, flags)
	weight, bad := t.run()
	if bad != nil {
		return nil, bad
	}
	re, err := regexp.Compile(t.prefix() + t.out.String())
	if weight > patternWeightMax || err != nil {
		// The translation is right, so all that Go can refuse is its size: it multiplies nested counts, up to 1000.
		return nil, &patternError{"the regular expression is too large", "use smaller repetition counts", false}
	}
	return &pattern{text: text, flags: flags.String(), re: re, weight: weight}, nil
}

// cost is what matching a subject of n bytes is worth in steps beside the visit itself: the engine may look at every
// part of the program for each byte, in a few nanoseconds each.
func (p *pattern) cost(n int) int { return n * (p.weight + 1) >> 6 }
