package path

// op is what a node of the program does.
type op uint8

const (
	opRoot op = iota
	opCurrent
	opLast
	opLiteral
	opVariable

	opKey
	opAnyKey
	opAnyElement
	opSubscript
	opAnyDepth
	opFilter

	opAdd
	opSubtract
	opMultiply
	opDivide
	opModulo
	opPlus
	opMinus

	opOr
	opAnd
	opNot
	opIsUnknown
	opExists
	opEqual
	opNotEqual
	opLess
	opLessEqual
	opGreater
	opGreaterEqual
	opStartsWith
	opLikeRegex

	opType
	opSize
	opDouble
	opCeiling
	opFloor
	opAbs
	opDatetime
	opKeyValue
	opBigint
	opBoolean
	opDecimal
	opInteger
	opNumber
	opString
	opDate
	opTime
	opTimeTZ
	opTimestamp
	opTimestampTZ
)

// symbolsByOp are the operators as written, for printing and for error messages.
var symbolsByOp = map[op]string{
	opAdd: "+", opSubtract: "-", opMultiply: "*", opDivide: "/", opModulo: "%", opPlus: "+", opMinus: "-",
	opOr: "||", opAnd: "&&", opEqual: "==", opNotEqual: "!=", opLess: "<", opLessEqual: "<=", opGreater: ">",
	opGreaterEqual: ">=", opStartsWith: "starts with",
}

// methods are the methods by name; methodNames is the way back.
var methods = map[string]op{
	"type": opType, "size": opSize, "double": opDouble, "ceiling": opCeiling, "floor": opFloor, "abs": opAbs,
	"datetime": opDatetime, "keyvalue": opKeyValue, "bigint": opBigint, "boolean": opBoolean, "decimal": opDecimal,
	"integer": opInteger, "number": opNumber, "string": opString, "date": opDate, "time": opTime, "time_tz": opTimeTZ,
	"timestamp": opTimestamp, "timestamp_tz": opTimestampTZ,
}

var methodNames = func() map[op]string {
	names := make(map[op]string, len(methods))
	for name, method := range methods {
		names[method] = name
	}
	return names
}()

// predicate reports whether o gives true, false or unknown, rather than items.
func (o op) predicate() bool { return o >= opOr && o <= opLikeRegex }

// node is one step of the program. It is never changed after Compile, so any number of goroutines may run it.
type node struct {
	op   op
	next *node   // the accessor that is applied to each item that this node gives
	args []*node // operands: two, one for signs, "!", "is unknown" and "exists", two or more for "&&" and "||"

	name        string      // opKey: quoted; opVariable: plain
	value       []item      // opLiteral: the one item
	subscripts  []subscript // opSubscript
	usesLast    bool        // opSubscript: "last" occurs in it, so the length of the array matters
	first, last int         // opAnyDepth: levels, levelLast for "last"
	pattern     *pattern    // opLikeRegex
	template    *template   // opDatetime, nil without an argument
	numbers     []int       // opDecimal, opTime and the like: the arguments
}

// subscript is one index, or a range of them when to is set.
type subscript struct {
	from, to *node
}

// condition reports whether the whole chain is a predicate; "($.a > 1).type()" is not.
func (n *node) condition() bool { return n.op.predicate() && n.next == nil }

// end gives the last node of the chain that begins at n.
func (n *node) end() *node {
	for n.next != nil {
		n = n.next
	}
	return n
}
