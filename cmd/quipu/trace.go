package main

import (
	"fmt"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/client"
	"github.com/quipu-ledger/quipu/cmd/quipu/internal/console"
	"github.com/quipu-ledger/quipu/transport/wire"
)

const traceHelp = `Examples:
  quipu trace article-store/article/10627        all that has to do with an article
  quipu trace 1042                               the story that an event belongs to
  quipu trace --happened -o ndjson id:evt_1

Prints a story: the events of all services that have to do with one thing, or that belong to it as their aggregate. Each
stands below the event that caused it, as its meta says under "causation", which quipu append --caused-by writes.

STORY is SERVICE/NAME/IDENTIFIER, where all behind the second slash is the identifier, and the service may be empty; or an
event, as a position, an event id, or id:ID: then it is about whatever that event has to do with.`

// storyEventsMax bounds the events of a story, which are all in memory.
const storyEventsMax = 10_000

func traceCommand() *cli.Command {
	return &cli.Command{
		Name: "trace", Usage: "print the story of a thing, over all services", ArgsUsage: "STORY", Description: traceHelp,
		Flags: clientFlags(
			ledgerFlag(),
			&cli.BoolFlag{Name: "happened", Usage: "tell when the events happened, where they say so, and not when they were recorded"},
			consistencyFlag(),
		),
		Action: withClient(runTrace),
	}
}

func runTrace(c *cli.Context, to *client.Client) error {
	if err := wantArguments(c, "STORY"); err != nil {
		return err
	}
	options, err := readOptions(c)
	if err != nil {
		return err
	}
	selector, err := storySelector(c, to, options)
	if err != nil {
		return err
	}
	var end wire.End
	var events []quipu.Event
	for event, err := range to.Select(c.Context, c.String("ledger"), selector, append(options, client.WithEnd(&end))...) {
		if err != nil {
			return err
		}
		events = append(events, event)
	}
	if err := printStory(c, newStory(events)); err != nil {
		return err
	}
	if len(events) == 0 {
		fmt.Fprintf(c.App.ErrWriter, "no event has to do with %s\n", c.Args().First())
	}
	if end.More {
		fmt.Fprintf(c.App.ErrWriter, "this is not all: the story has more than %s events, and those behind position %d are missing\n",
			console.Number(storyEventsMax), end.Position)
	}
	return nil
}

// storySelector finds the events of the story that the argument names.
func storySelector(c *cli.Context, to *client.Client, options []client.ReadOption) (s quipu.Selector, err error) {
	s.Limit = storyEventsMax
	text := c.Args().First()
	if thing, ok := parseCorrelation(text); ok {
		entityType, key := thing.Entity()
		s.Entities = map[string][]string{entityType: {key}}
		return s, nil
	}
	target, err := parseTarget(text)
	if err != nil {
		return s, usagef("%q is no story", text).
			withHint("give SERVICE/NAME/IDENTIFIER, such as article-store/article/10627, or an event: a position, an event id, or id:ID")
	}
	event, err := fetchEvent(c, to, target, options...)
	if err != nil {
		return s, err
	}
	if s.Entities = thingsOf(&event); len(s.Entities) == 0 {
		return s, quipu.Errorf(quipu.NotFound, "event %d belongs to no story: it has no correlation and no aggregate", event.Position).
			WithHint("quipu event %d prints it", event.Position)
	}
	return s, nil
}

// thingsOf are the entities that an event's correlations and its aggregate are.
func thingsOf(event *quipu.Event) map[string][]string {
	things := map[string][]string{}
	for _, correlation := range event.Correlations {
		entityType, key := correlation.Entity()
		things[entityType] = append(things[entityType], key)
	}
	if a := event.Aggregate; a != nil {
		things[a.Type] = append(things[a.Type], a.Key)
	}
	return things
}

// chapter is an event of a story as programs read it, and its row for people.
type chapter struct {
	// Depth is the number of causes above it, and Cause the position of the one that
	// is directly above, absent for an event without a cause in the story.
	Depth int            `json:"depth"`
	Cause quipu.Position `json:"cause,omitempty"`
	Event *quipu.Event   `json:"event"`

	row []any
}

func printStory(c *cli.Context, s *story) error {
	var chapters []chapter
	s.tell(func(i, depth int, lead console.Branch) {
		told, at, offset := chapter{Depth: depth, Event: &s.events[i]}, s.time(c, i), ""
		if cause := s.cause[i]; cause >= 0 {
			told.Cause = s.events[cause].Position
			offset = describeOffset(at.Sub(s.time(c, cause)))
		}
		told.row = []any{at.UTC().Format(quipu.TimeLayout), offset, told.Event.Position, lead.String() + describeChapter(told.Event)}
		chapters = append(chapters, told)
	})
	return printList(c, chapters, []any{"TIME", "AFTER", "POSITION", "EVENT"}, func(told chapter) []any { return told.row })
}

// describeChapter is the name of an event and what it belongs to or is about.
func describeChapter(e *quipu.Event) string {
	if e.Aggregate != nil {
		return e.Name + "  " + describeAggregate(*e.Aggregate)
	}
	return e.Name + "  " + describeEntities(e)
}

// time is when an event was recorded, or when it happened if that is asked for and known.
func (s *story) time(c *cli.Context, i int) time.Time {
	if c.Bool("happened") {
		if at, err := time.Parse(time.RFC3339Nano, s.events[i].HappenedAt); err == nil {
			return at
		}
	}
	return s.events[i].Timestamp
}

// describeOffset is "+1.204s", and "+3d4h" from two days on; a cause may be recorded later
// than what it caused.
func describeOffset(d time.Duration) string {
	sign := "+"
	if d < 0 {
		sign, d = "-", -d
	}
	const day = 24 * time.Hour
	if d >= 2*day {
		return fmt.Sprintf("%s%dd%dh", sign, d/day, d%day/time.Hour)
	}
	return sign + d.Round(time.Microsecond).String()
}
