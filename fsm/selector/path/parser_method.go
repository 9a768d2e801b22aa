package path

import (
	"slices"
	"strconv"
	"strings"
)

// method reads the parentheses behind a method's name, with the arguments that it takes.
func (p *parser) method(name token) *node {
	o, ok := methods[strings.ToLower(name.text)]
	if !ok {
		return p.fail(name.pos, "no such method: "+name.text, "methods: "+methodList)
	}
	p.advance()
	n := &node{op: o}
	switch o {
	case opDatetime:
		if p.tok.kind == tokenString {
			t, problem := compileTemplate(p.tok.text, false)
			if problem != "" {
				return p.fail(p.tok.pos, problem, templateHint)
			}
			n.template = t
			p.advance()
		}
	case opDecimal:
		n.numbers = p.decimalArguments()
	case opTime, opTimeTZ, opTimestamp, opTimestampTZ:
		if p.tok.kind == tokenInteger {
			n.numbers = []int{min(p.integer(), 6)}
		}
	}
	p.expect(")")
	return n
}

// decimalArguments reads the precision and the scale of .decimal().
func (p *parser) decimalArguments() []int {
	var numbers []int
	for !p.tok.isSymbol(")") && len(numbers) < 2 {
		pos := p.tok.pos
		sign := 1
		if p.accept("-") {
			sign = -1
		} else {
			p.accept("+")
		}
		v := sign * p.integer()
		if len(numbers) == 0 && (v < 1 || v > 1000) || v < -1000 || v > 1000 {
			p.fail(pos, "precision or scale out of range", "a precision is between 1 and 1000, a scale between -1000 and 1000")
		}
		numbers = append(numbers, v)
		if len(numbers) == 2 || !p.accept(",") {
			break
		}
		if p.tok.isSymbol(")") {
			p.unexpected("")
		}
	}
	return numbers
}

func (p *parser) integer() int {
	if p.tok.kind != tokenInteger {
		p.unexpected("expected an integer")
		return 0
	}
	v, err := strconv.ParseInt(p.tok.text, 10, 32)
	if err != nil {
		p.fail(p.tok.pos, "the integer is too large", "")
	}
	p.advance()
	return int(v)
}

var methodList = func() string {
	names := make([]string, 0, len(methods))
	for name := range methods {
		names = append(names, name)
	}
	slices.Sort(names)
	return strings.Join(names, ", ")
}()
