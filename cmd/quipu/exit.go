package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/quipu-ledger/quipu"
)

// The exit codes, which scripts rely on.
const (
	exitOK          = 0
	exitFailure     = 1 // anything without a code of its own
	exitUsage       = 2 // the command line is wrong
	exitUncertain   = 3 // the outcome is unknown: it may have happened
	exitConflict    = 4 // a condition does not hold
	exitNotFound    = 5
	exitNotAllowed  = 6
	exitUnavailable = 7 // certainly not done; later it may work
)

// usageError is a wrong command line.
type usageError struct{ detail, hint string }

func usagef(format string, args ...any) *usageError {
	return &usageError{detail: fmt.Sprintf(format, args...)}
}

func (e *usageError) withHint(format string, args ...any) *usageError {
	e.hint = fmt.Sprintf(format, args...)
	return e
}

func (e *usageError) Error() string { return e.detail }

// errAnswered ends a command line that asked for help and got it.
var errAnswered = errors.New("help was printed")

// saidError is an error of which the person has read already.
type saidError struct{ error }

func (e saidError) Unwrap() error { return e.error }

func exitCode(err error) int {
	var usage *usageError
	switch {
	case err == nil, errors.Is(err, errAnswered):
		return exitOK
	case errors.As(err, &usage):
		return exitUsage
	}
	switch quipu.KindOf(err) {
	case quipu.Uncertain:
		return exitUncertain
	case quipu.Conflict:
		return exitConflict
	case quipu.NotFound:
		return exitNotFound
	case quipu.Unauthenticated, quipu.Forbidden:
		return exitNotAllowed
	case quipu.Unavailable:
		return exitUnavailable
	}
	return exitFailure
}

// report says on stderr what is wrong, where, and what would be right.
func report(stderr io.Writer, err error) {
	var usage *usageError
	var refused *quipu.Error
	var said saidError
	switch {
	case err == nil, errors.Is(err, errAnswered), errors.As(err, &said):
	case errors.As(err, &usage):
		fmt.Fprintf(stderr, "quipu: %s\n", usage.detail)
		line(stderr, "hint", usage.hint)
	case errors.As(err, &refused):
		reportRefusal(stderr, err, refused)
	case errors.Is(err, context.Canceled):
		fmt.Fprintln(stderr, "quipu: interrupted")
	default:
		fmt.Fprintf(stderr, "quipu: %s\n", err)
	}
}

// reportRefusal prints each part of an error on a line of its own. What wraps
// it is the command's own and goes in front.
func reportRefusal(stderr io.Writer, err error, refused *quipu.Error) {
	detail := refused.Detail
	if detail == "" {
		bare := *refused
		bare.Op, bare.Pointer, bare.Column, bare.Hint = "", "", 0, ""
		detail = bare.Error()
	}
	if context := placeOf(err); context != "" {
		detail = context + ": " + detail
	}
	fmt.Fprintf(stderr, "quipu: %s: %s\n", refused.Kind, detail)
	place := refused.Pointer
	if refused.Column > 0 {
		place += fmt.Sprintf(" column %d", refused.Column)
	}
	line(stderr, "place", place)
	if len(refused.Violations) > 1 { // of one the detail says all
		for i := range refused.Violations {
			line(stderr, "data", describeViolation(&refused.Violations[i]))
		}
	}
	if refused.Clash != nil {
		line(stderr, "unseen", describeClash(refused.Clash))
	}
	line(stderr, "hint", refused.Hint)
	line(stderr, "request", refused.RequestID)
}

func line(w io.Writer, name, text string) {
	if text != "" {
		fmt.Fprintf(w, "  %-8s %s\n", name, text)
	}
}

func describeClash(clash *quipu.Clash) string {
	text := "no event"
	if n := len(clash.Events); n == 1 {
		text = fmt.Sprintf("the event at position %d", clash.Events[0].Position)
	} else if n > 1 {
		text = fmt.Sprintf("%d events, positions %d to %d", n, clash.Events[0].Position, clash.Events[n-1].Position)
	}
	if clash.More {
		text += " and more"
	}
	if clash.Aggregate != nil {
		return fmt.Sprintf("%s: the aggregate %s=%s is at version %d", text, clash.Aggregate.Type, clash.Aggregate.Key, clash.Aggregate.Version)
	}
	return fmt.Sprintf("%s (the head is %d)", text, clash.Head)
}

// describeViolation is "/title: minLength: the text is empty", with the event where it is
// not the first.
func describeViolation(v *quipu.Violation) string {
	place := v.Pointer
	if place == "" {
		place = "the whole"
	}
	if v.Event > 0 {
		place = fmt.Sprintf("event %d, %s", v.Event, place)
	}
	return fmt.Sprintf("%s: %s: %s", place, v.Keyword, v.Detail)
}

// placed says where in the person's own input an error is.
type placed struct {
	place string // such as "line 12 of events.ndjson"
	error
}

func (p placed) Error() string { return p.place + ": " + p.error.Error() }
func (p placed) Unwrap() error { return p.error }

func placeOf(err error) string {
	var p placed
	if errors.As(err, &p) {
		return p.place
	}
	return ""
}

// errNoLeader is what a cluster without a leader makes of a question about it.
var errNoLeader = saidError{quipu.Errorf(quipu.Unavailable, "no node leads")}
