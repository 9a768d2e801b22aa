package path

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
)

// Canonical writes the path in one normal form: all names quoted, all numbers plain, parentheses only where they are
// needed. Compiling it gives an equal path, with the same Canonical.
func (p *Path) Canonical() string {
	var w printer
	w.chain(p.root, false)
	return w.String()
}

type printer struct{ bytes.Buffer }

// priority orders the operators by how tightly they bind, as in the grammar.
func (o op) priority() int {
	switch o {
	case opOr:
		return 0
	case opAnd:
		return 1
	case opEqual, opNotEqual, opLess, opLessEqual, opGreater, opGreaterEqual, opStartsWith, opLikeRegex:
		return 2
	case opAdd, opSubtract:
		return 3
	case opMultiply, opDivide, opModulo:
		return 4
	case opPlus, opMinus:
		return 5
	}
	return 6
}

// chain prints a primary and its accessors, in parentheses if asked for or if accessors need them.
func (w *printer) chain(n *node, parentheses bool) {
	if n.next != nil {
		number := n.op == opLiteral && n.value[0].kind() == kindNumber
		parentheses = number || n.op.predicate() || n.op.priority() < 6
	}
	if parentheses {
		w.WriteByte('(')
	}
	w.node(n)
	if parentheses {
		w.WriteByte(')')
	}
	for n = n.next; n != nil; n = n.next {
		w.accessor(n)
	}
}

// operand prints n as an operand of o.
func (w *printer) operand(n *node, o op, right bool) {
	own, outer := n.op.priority(), o.priority()
	w.chain(n, own < outer || own == outer && (right || o.predicate()))
}

func (w *printer) node(n *node) {
	switch n.op {
	case opRoot:
		w.WriteByte('$')
	case opCurrent:
		w.WriteByte('@')
	case opLast:
		w.WriteString("last")
	case opLiteral:
		w.Write(shortLiteral(n.value[0]))
	case opVariable:
		w.WriteByte('$')
		w.Write(appendQuoted(nil, n.name))
	case opPlus, opMinus:
		w.WriteString(symbolsByOp[n.op])
		w.operand(n.args[0], n.op, true)
	case opNot:
		w.WriteByte('!')
		w.chain(n.args[0], n.args[0].op != opExists)
	case opIsUnknown:
		w.chain(n.args[0], true)
		w.WriteString(" is unknown")
	case opExists:
		w.WriteString("exists")
		w.WriteByte('(')
		w.chain(n.args[0], false)
		w.WriteByte(')')
	case opLikeRegex:
		w.operand(n.args[0], n.op, false)
		w.WriteString(" like_regex ")
		w.Write(appendQuoted(nil, n.pattern.text))
		if n.pattern.flags != "" {
			w.WriteString(" flag \"" + n.pattern.flags + "\"")
		}
	default:
		for i, arg := range n.args {
			if i > 0 {
				w.WriteString(" " + symbolsByOp[n.op] + " ")
			}
			w.operand(arg, n.op, i > 0)
		}
	}
}

func (w *printer) accessor(n *node) {
	switch n.op {
	case opKey:
		w.WriteString("." + n.name)
	case opAnyKey:
		w.WriteString(".*")
	case opAnyElement:
		w.WriteString("[*]")
	case opSubscript:
		w.subscripts(n.subscripts)
	case opAnyDepth:
		w.WriteString(".**" + levels(n.first, n.last))
	case opFilter:
		w.WriteString("?(")
		w.chain(n.args[0], false)
		w.WriteByte(')')
	default:
		w.WriteString("." + methodNames[n.op] + "(")
		if n.template != nil {
			w.Write(appendQuoted(nil, n.template.text))
		}
		for i, v := range n.numbers {
			if i > 0 {
				w.WriteByte(',')
			}
			w.WriteString(strconv.Itoa(v))
		}
		w.WriteByte(')')
	}
}

func (w *printer) subscripts(list []subscript) {
	w.WriteByte('[')
	for i, s := range list {
		if i > 0 {
			w.WriteByte(',')
		}
		w.chain(s.from, false)
		if s.to != nil {
			w.WriteString(" to ")
			w.chain(s.to, false)
		}
	}
	w.WriteByte(']')
}

// levels prints the bounds of .**, nothing if it goes everywhere.
func levels(first, last int) string {
	word := func(level int) string {
		if level == levelLast {
			return "last"
		}
		return strconv.Itoa(level)
	}
	switch {
	case first == 0 && last == levelLast:
		return ""
	case first == last:
		return "{" + word(first) + "}"
	}
	return "{" + word(first) + " to " + word(last) + "}"
}

// shortLiteral is a literal as it can be read again: a number that is longer
// without an exponent than a literal may be gets one, its digits as they are.
func shortLiteral(v item) []byte {
	if v.kind() != kindNumber || len(v.raw) <= numberDigitsMax {
		return v.raw
	}
	if v.raw[0] == '-' {
		return append([]byte{'-'}, shortLiteral(item{raw: v.raw[1:]})...)
	}
	whole, fraction, _ := bytes.Cut(v.raw, []byte("."))
	if len(fraction) > 0 {
		shift := min(len(fraction), numberExponentMax)
		out := bytes.TrimLeft(append(slices.Clone(whole), fraction[:shift]...), "0")
		if shift < len(fraction) {
			out = append(append(out, '.'), fraction[shift:]...)
		} else if len(out) == 0 {
			out = []byte("0")
		}
		return append(out, fmt.Sprintf("e-%d", shift)...)
	}
	zeros := min(len(whole)-len(bytes.TrimRight(whole, "0")), numberExponentMax)
	return append(slices.Clone(whole[:len(whole)-zeros]), fmt.Sprintf("e%d", zeros)...)
}
