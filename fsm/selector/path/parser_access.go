package path

import (
	"fmt"
	"strconv"
)

// access reads a primary, or something in parentheses, with its accessors.
func (p *parser) access() *node {
	var head *node
	if p.tok.isSymbol("(") {
		head = p.parenthesis()
		if head.condition() && p.tok.isWord("is") {
			return p.isUnknown(head) // takes no accessors
		}
	} else {
		head = p.primary()
	}
	tail := head.end()
	for count := 0; p.tok.isSymbol(".") || p.tok.isSymbol("[") || p.tok.isSymbol("?"); count++ {
		if count == chainMax {
			return p.fail(p.tok.pos, "too many accessors in a row", fmt.Sprintf("at most %d", chainMax))
		}
		tail.next = p.accessor()
		tail = tail.next
	}
	return head
}

func (p *parser) primary() *node {
	switch {
	case p.accept("$"):
		return &node{op: opRoot}
	case p.tok.isSymbol("@"):
		if p.filters == 0 {
			return p.fail(p.tok.pos, "@ stands for the item of a filter, and there is no filter here", "the document is $")
		}
		p.advance()
		return &node{op: opCurrent}
	case p.tok.isWord("last"):
		if !p.inIndex {
			return p.fail(p.tok.pos, "last is allowed only in array subscripts", "")
		}
		p.advance()
		p.lasts++
		return &node{op: opLast}
	}
	return p.scalar()
}

// parenthesis reads an expression or a condition in parentheses.
func (p *parser) parenthesis() *node {
	p.enter()
	defer p.leave()
	p.advance()
	inner := p.condition()
	p.expect(")")
	return inner
}

func (p *parser) isUnknown(inner *node) *node {
	p.advance()
	if !p.tok.isWord("unknown") {
		return p.unexpected("expected is unknown")
	}
	p.advance()
	return &node{op: opIsUnknown, args: []*node{inner}}
}

// scalar reads a literal or a variable.
func (p *parser) scalar() *node {
	t := p.tok
	literal := func(v item) *node {
		p.advance()
		return &node{op: opLiteral, value: []item{v}}
	}
	switch {
	case t.kind == tokenString:
		return literal(stringItem(t.text))
	case t.kind == tokenInteger || t.kind == tokenDecimal:
		v, ok := literalNumber(t.text)
		if !ok {
			return p.fail(t.pos, "the number is too large", "at most 1000 digits and exponents between -1000 and 1000")
		}
		return literal(v)
	case t.kind == tokenVariable:
		p.advance()
		return &node{op: opVariable, name: t.text}
	case t.isWord("null"):
		return literal(itemNull)
	case t.isWord("true"):
		return literal(itemTrue)
	case t.isWord("false"):
		return literal(itemFalse)
	}
	return p.unexpected("")
}

// accessor reads one step behind an expression.
func (p *parser) accessor() *node {
	switch {
	case p.accept("?"):
		return p.filter()
	case p.accept("["):
		return p.index()
	}
	p.advance() // the dot
	name := p.tok
	switch {
	case p.accept("*"):
		return &node{op: opAnyKey}
	case p.accept("**"):
		return p.anyDepth()
	case name.kind == tokenString:
		p.advance()
	case name.kind == tokenWord:
		p.advance()
		if p.tok.isSymbol("(") {
			return p.method(name)
		}
	default:
		return p.unexpected("a dot is followed by a name, a quoted name, * or **")
	}
	return &node{op: opKey, name: quoted(name.text)}
}

func (p *parser) filter() *node {
	p.enter()
	defer p.leave()
	p.expect("(")
	pos := p.tok.pos
	p.filters++
	inner := p.condition()
	p.filters--
	p.expect(")")
	p.wantCondition(inner, pos)
	return &node{op: opFilter, args: []*node{inner}}
}

func (p *parser) index() *node {
	if p.accept("*") {
		p.expect("]")
		return &node{op: opAnyElement}
	}
	p.enter()
	defer p.leave()
	outer, lasts := p.inIndex, p.lasts
	p.inIndex = true
	defer func() { p.inIndex = outer }()
	n := &node{op: opSubscript}
	for {
		s := subscript{from: p.indexValue()}
		if p.tok.isWord("to") {
			p.advance()
			s.to = p.indexValue()
		}
		n.subscripts = append(n.subscripts, s)
		if !p.accept(",") {
			break
		}
	}
	p.expect("]")
	n.usesLast = p.lasts > lasts
	return n
}

func (p *parser) indexValue() *node {
	pos := p.tok.pos
	n := p.sum()
	p.wantValue(n, pos)
	return n
}

// anyDepth reads the levels behind .**, all of them if there are none.
func (p *parser) anyDepth() *node {
	n := &node{op: opAnyDepth, first: 0, last: levelLast}
	if !p.accept("{") {
		return n
	}
	n.first = p.level()
	n.last = n.first
	if p.tok.isWord("to") {
		p.advance()
		n.last = p.level()
	}
	p.expect("}")
	return n
}

func (p *parser) level() int {
	t := p.tok
	if t.isWord("last") {
		p.advance()
		return levelLast
	}
	if t.kind != tokenInteger {
		p.unexpected("a level is an integer or last")
		return 0
	}
	v, err := strconv.ParseInt(t.text, 10, 32)
	if err != nil {
		p.fail(t.pos, "the level is too large", "")
	}
	p.advance()
	return int(v)
}
