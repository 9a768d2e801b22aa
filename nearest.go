package quipu

import (
	"strings"
	"unicode/utf8"
)

// Nearest returns the known name that a person who wrote name most likely meant, or "" when none is near: more than a
// third of the longer name would have to change. Case is ignored, two neighbouring letters in the wrong order count as one
// change, and of two names that are equally near the first in known wins, so that the same mistake always gets the same hint.
//
// name may come from the network: what is far longer than every known name costs one count of its characters, and of
// very many known names only the first are compared.
func Nearest(name string, known []string) string {
	length := utf8.RuneCountInString(name)
	best, bestDistance, work := "", 0, 0
	for _, candidate := range known {
		candidateLength := utf8.RuneCountInString(candidate)
		limit := max(1, max(length, candidateLength)/3) // one change always, so that two-letter names get hints too
		if max(length-candidateLength, candidateLength-length) > limit {
			continue // each change of length is a change at least, so there is no need to look
		}
		if work += length * candidateLength; work > nearestWorkMax {
			break
		}
		distance := editDistance(fold(name), fold(candidate))
		if distance <= limit && (best == "" || distance < bestDistance) {
			best, bestDistance = candidate, distance
		}
	}
	return best
}

// nearestWorkMax bounds the pairs of characters that are compared for one hint: some milliseconds.
const nearestWorkMax = 2_000_000

func fold(s string) []rune { return []rune(strings.ToLower(s)) }

// editDistance counts the insertions, deletions, replacements and swaps of neighbours that turn a into b, no place being
// edited twice (the optimal string alignment distance; Levenshtein's would count a swap, the commonest slip, as two).
func editDistance(a, b []rune) int {
	before, previous, current := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range previous {
		previous[j] = j
	}
	for i := range a {
		current[0] = i + 1
		for j := range b {
			replace := previous[j]
			if a[i] != b[j] {
				replace++
			}
			current[j+1] = min(replace, previous[j+1]+1, current[j]+1)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				current[j+1] = min(current[j+1], before[j-1]+1)
			}
		}
		before, previous, current = previous, current, before
	}
	return previous[len(b)]
}
