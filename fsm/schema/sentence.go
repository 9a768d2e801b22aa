package schema

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// What sentences repeat of data and of schemas is cut, so that none has more than 200 characters of either.
const (
	clipChars = 80
	listedMax = 5  // values of an enum
	itemChars = 30 // of each
)

// clip cuts a value that stands for itself, such as canonical JSON.
func clip(s string) string { return cut(s, clipChars) }

func cut(s string, chars int) string {
	if len(s) <= chars {
		return s
	}
	count := 0
	for i := range s {
		if count == chars {
			return s[:i] + "…"
		}
		count++
	}
	return s
}

// quoted shows a text, such as a name, in quotes.
func quoted(s string) string {
	if utf8.RuneCountInString(s) > clipChars {
		return strconv.Quote(cut(s, clipChars))
	}
	return strconv.Quote(s)
}

// listSome shows the first of several values: "a", "b", "c" and 12 more.
func listSome(values []string) string {
	shown := values[:min(len(values), listedMax)]
	parts := make([]string, len(shown))
	for i, v := range shown {
		parts[i] = cut(v, itemChars)
	}
	list := strings.Join(parts, ", ")
	if more := len(values) - len(shown); more > 0 {
		list += " and " + strconv.Itoa(more) + " more"
	}
	return list
}

// plural is "1 element" or "2 elements".
func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return strconv.Itoa(n) + " " + noun + "s"
}

// wanted is "at least 1 is wanted".
func wanted(atLeast bool, limit int) string {
	bound, verb := "at most ", " are wanted"
	if atLeast {
		bound = "at least "
	}
	if limit == 1 {
		verb = " is wanted"
	}
	return bound + strconv.Itoa(limit) + verb
}

// listKinds is "a string or null".
func listKinds(kinds kind) string {
	var list []string
	for _, k := range kindNames {
		if kinds&k.kind != 0 {
			list = append(list, k.inWording)
		}
	}
	return strings.Join(list, " or ")
}

// wordingOf is what was found where one of some types was wanted: a type, but the value where the type is not what is wrong.
func wordingOf(v *value, wanted kind) string {
	if v.kind == boolean || v.kind == number && wanted&integer != 0 {
		return clip(string(v.raw))
	}
	return listKinds(v.kind)
}
