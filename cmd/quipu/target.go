package main

import (
	"strconv"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/client"
)

const targetHint = "give a position, such as 1042, an event id of 32 hex digits, or id:ID, or id:ID@VERSION, for an author's own id"

// parseTarget reads what names an event. An author's own id that ends in "@" and digits needs its version behind it.
func parseTarget(text string) (t quipu.Target, err error) {
	if id, ok := strings.CutPrefix(text, "id:"); ok && id != "" {
		if at := strings.LastIndexByte(id, '@'); at > 0 {
			if version, err := strconv.ParseUint(id[at+1:], 10, 64); err == nil && version > 0 {
				return quipu.Target{ID: id[:at], Version: version}, nil
			}
		}
		return quipu.Target{ID: id}, nil
	}
	place, err := parsePlace(text)
	if err != nil || *place == (quipu.Place{}) {
		return t, usagef("%q is no event", text).withHint(targetHint)
	}
	if !place.EventID.IsZero() {
		return quipu.Target{EventID: &place.EventID}, nil
	}
	return quipu.Target{Position: place.Position}, nil
}

// fetchEvent reads the event that a target names.
func fetchEvent(c *cli.Context, to *client.Client, t quipu.Target, options ...client.ReadOption) (quipu.Event, error) {
	if t.ID != "" {
		return to.EventByID(c.Context, c.String("ledger"), t.ID, t.Version, options...)
	}
	place := quipu.Place{Position: t.Position}
	if t.EventID != nil {
		place.EventID = *t.EventID
	}
	return to.Event(c.Context, c.String("ledger"), place, options...)
}

// describeTarget is the inverse of parseTarget.
func describeTarget(t quipu.Target) string {
	switch {
	case t.EventID != nil:
		return t.EventID.String()
	case t.ID == "":
		return strconv.FormatUint(uint64(t.Position), 10)
	case t.Version > 0:
		return "id:" + t.ID + "@" + strconv.FormatUint(t.Version, 10)
	}
	return "id:" + t.ID
}

// parseLink reads TYPE=TARGET.
func parseLink(text string) (quipu.Link, error) {
	linkType, target, _ := strings.Cut(text, "=")
	if linkType == "" || target == "" {
		return quipu.Link{}, usagef("--link is %q, want TYPE=TARGET", text).withHint("such as --link parent=1042 or --link parent=id:o-17")
	}
	t, err := parseTarget(target)
	return quipu.Link{Type: linkType, Target: t}, err
}

// parseLinkFilter reads TYPE, TYPE=TARGET or =TARGET.
func parseLinkFilter(text string) (f quipu.LinkFilter, err error) {
	linkType, target, ok := strings.Cut(text, "=")
	if linkType == "" && target == "" || ok && target == "" {
		return f, usagef("--link is %q, want TYPE, TYPE=TARGET or =TARGET", text).withHint("such as --link parent or --link parent=id:o-17")
	}
	f.Type = linkType
	if ok {
		t, err := parseTarget(target)
		f.Target = &t
		return f, err
	}
	return f, nil
}

// parseCorrelation reads SERVICE/NAME/IDENTIFIER. The identifier is all behind the second slash; a slash in one of the
// others is "~1" and a tilde "~0", as in the entity type that the two make.
func parseCorrelation(text string) (c quipu.Correlation, ok bool) {
	service, rest, _ := strings.Cut(text, "/")
	name, identifier, _ := strings.Cut(rest, "/")
	entityType := name
	if service != "" {
		entityType = service + "/" + name
	}
	c.Service, c.Name, ok = quipu.SplitEntityType(entityType)
	c.Identifier = identifier
	return c, ok && identifier != ""
}

func describeCorrelation(c quipu.Correlation) string {
	return quipu.EntityType("", c.Service) + "/" + quipu.EntityType("", c.Name) + "/" + c.Identifier
}

// parseCorrelations reads the values of a repeatable flag.
func parseCorrelations(flag string, texts []string) (list []quipu.Correlation, err error) {
	for _, text := range texts {
		c, ok := parseCorrelation(text)
		if !ok {
			return nil, usagef("--%s is %q, want SERVICE/NAME/IDENTIFIER", flag, text).
				withHint("such as --%s article-store/article/10627; all behind the second slash is the identifier", flag)
		}
		list = append(list, c)
	}
	return list, nil
}

// parseAggregate reads TYPE=KEY. The key may hold further "=".
func parseAggregate(text string) (aggregateType, key string, err error) {
	aggregateType, key, _ = strings.Cut(text, "=")
	if aggregateType == "" || key == "" {
		return "", "", usagef("--aggregate is %q, want TYPE=KEY", text).withHint("such as --aggregate order=o-17 or --aggregate shop/order=o-17")
	}
	return aggregateType, key, nil
}

func describeAggregate(a quipu.Aggregate) string {
	return a.Type + "=" + a.Key + " v" + strconv.FormatUint(a.Version, 10)
}

// timeFlag reads a flag that is a time; the zero time if it is not given.
func timeFlag(c *cli.Context, name string) (time.Time, error) {
	if !c.IsSet(name) {
		return time.Time{}, nil
	}
	at, err := time.Parse(time.RFC3339Nano, c.String(name))
	if err != nil {
		return at, usagef("--%s is %q, want a time with a zone", name, c.String(name)).
			withHint("such as 2021-11-16T03:30:46Z or 2021-11-16T04:30:46.5+01:00")
	}
	return at, nil
}
