package path

import "math"

// Semantics is the version of the language's meaning. A change that lets some path answer differently on some
// document, or cost another number of steps, raises it: replicas that decide by a path must agree on it.
const Semantics = 1

// Bounds on what one path may ask for. Together with the step budget they keep the work of a path and the depth of
// the recursion within what a state machine can afford.
const (
	// nestingMax bounds parentheses, filters, subscripts and signs within each other.
	nestingMax = 64
	// chainMax bounds the accessors in a row and the operands of + - * / % in a row, which evaluate recursively.
	// The operands of && and || are walked in a loop and need no bound but the length of the text.
	chainMax = 1000
	// documentDepthMax bounds the recursion of .** on a document; a stored document has at most 64 levels.
	documentDepthMax = 1000
	// numberDigitsMax and numberExponentMax are the limits of a stored document's numbers, held for literals too.
	numberDigitsMax   = 1000
	numberExponentMax = 1000
	// integerDigitsMax bounds the digits before the point of a computed number, and scaleMax (PostgreSQL's) those after.
	integerDigitsMax = 16384
	scaleMax         = 16383
	// patternWeightMax bounds the size of a compiled regular expression, in characters with their repetitions.
	patternWeightMax = 4000
	// repeatMax is the largest count in a regular expression's {m,n}, PostgreSQL's.
	repeatMax = 255
)

// levelLast stands for "last" as a bound of .**.
const levelLast = math.MaxInt32 + 1
