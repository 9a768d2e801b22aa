package selector

import (
	"regexp"
	"time"

	"github.com/quipu-ledger/quipu/fsm/shape"
)

// parseTimes reads the two ranges of time.
func (s *Selector) parseTimes(o shape.Object) error {
	recorded, err := parseSpan(o, "from", "to")
	if err != nil {
		return err
	}
	s.From, s.To = roundedUp(recorded.from), roundedUp(recorded.to)
	if s.From.Given && s.To.Given && s.From.Micros >= s.To.Micros {
		return nothingBetween(o, "from", "to")
	}
	if s.happened, err = parseSpan(o, "happenedFrom", "happenedTo"); err != nil {
		return err
	}
	if h := s.happened; h.from != nil && h.to != nil && !h.from.Before(*h.to) {
		return nothingBetween(o, "happenedFrom", "happenedTo")
	}
	return nil
}

func nothingBetween(o shape.Object, from, to string) error {
	return o.Member(to).Errorf("%s is not after %s, so that nothing can match", to, from).
		WithHint("%s is the first moment, %s is the first one that is no longer meant", from, to)
}

func parseSpan(o shape.Object, from, to string) (s span, err error) {
	if s.from, err = parseTime(o.Member(from)); err == nil {
		s.to, err = parseTime(o.Member(to))
	}
	return s, err
}

// fractionDigitsMax is what a time.Time holds. Of more digits it would keep the
// first nine, so that the range would not be the one that was asked for.
const fractionDigitsMax = 9

const timeHint = "write RFC 3339 with a zone, such as 2021-11-16T03:30:46Z or 2021-11-16T04:30:46.5+01:00"

// rfc3339 is the form of a time with or without a zone. Package time takes more
// than RFC 3339 has (https://go.dev/issue/54580), and judges the rest.
var rfc3339 = regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]([01]\d|2[0-3]):[0-5]\d)?$`)

// parseTime reads a time of RFC 3339 with a zone; it gives nil if there is none.
func parseTime(v shape.Value) (*time.Time, error) {
	if !v.Exists() {
		return nil, nil
	}
	if !v.IsString() {
		return nil, v.Errorf("expected a time, found %s", v.Kind()).WithHint(timeHint)
	}
	text, err := v.Text()
	if err != nil {
		return nil, err
	}
	switch found := rfc3339.FindStringSubmatch(text); {
	case found == nil:
		return nil, v.Errorf("%.40q is not a time", text).WithHint(timeHint)
	case found[2] == "":
		return nil, v.Errorf("the time %.40q has no zone", text).WithHint("add Z for UTC, or an offset such as +01:00")
	case len(found[1]) > 1+fractionDigitsMax:
		return nil, v.Errorf("the time has more than %d digits behind the second", fractionDigitsMax).WithHint("round it")
	}
	at, ok := readTime(text)
	if !ok {
		return nil, v.Errorf("there is no time %.40q", text).WithHint("look at the day and the hour")
	}
	return &at, nil
}

// readTime reads a time of RFC 3339. It keeps nine digits behind the second, and
// knows no local time, as time.Parse does.
func readTime(text string) (time.Time, bool) {
	at, err := time.ParseInLocation(time.RFC3339Nano, text, time.UTC)
	return at, err == nil
}

// roundedUp is the first whole microsecond that is not before the time. Recorded
// times are whole, so that those which are not before it are the same.
func roundedUp(at *time.Time) Moment {
	if at == nil {
		return Moment{}
	}
	return Moment{Micros: at.Add(time.Microsecond - time.Nanosecond).UnixMicro(), Given: true}
}
