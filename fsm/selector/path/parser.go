package path

import "fmt"

// parser is a recursive descent over the grammar in the package comment. After the first error the lexer gives only
// the end token, so every loop ends and the nodes made meanwhile do not matter.
type parser struct {
	lex     lexer
	tok     token
	nesting int  // parentheses, filters, subscripts and signs around the current token
	filters int  // filters around it: "@" needs one
	lasts   int  // how many times "last" was read
	inIndex bool // in a subscript: "last" needs one
}

// parse reads a whole path.
func parse(text string) (*node, *SyntaxError) {
	p := parser{lex: lexer{text: text}}
	p.advance()
	if p.tok.isWord("strict") {
		p.fail(p.tok.pos, "strict mode is not supported", "leave the word away: every path runs in lax mode")
	}
	if p.tok.isWord("lax") {
		p.advance()
	}
	root := p.condition()
	if p.tok.kind != tokenEnd {
		p.unexpected("")
	}
	if p.lex.err != nil {
		return nil, p.lex.err
	}
	return root, nil
}

func (p *parser) advance() { p.tok = p.lex.next() }

func (p *parser) fail(pos int, message, hint string) *node {
	p.lex.fail(pos, message, hint)
	p.tok = token{kind: tokenEnd, pos: len(p.lex.text)}
	return &node{op: opLiteral, value: []item{itemNull}}
}

// unexpected refuses the current token.
func (p *parser) unexpected(hint string) *node {
	if hint == "" {
		hint = hintFor(p.tok)
	}
	if p.tok.kind == tokenEnd {
		return p.fail(p.tok.pos, "the path ends too early", hint)
	}
	return p.fail(p.tok.pos, "unexpected "+p.tok.describe(), hint)
}

// hintFor knows the habits that people bring from other languages.
func hintFor(t token) string {
	switch {
	case t.isSymbol("="):
		return "equality is written =="
	case t.isSymbol("&"), t.isWord("and"):
		return "and is written &&"
	case t.isSymbol("|"), t.isWord("or"):
		return "or is written ||"
	case t.isWord("not"):
		return "not is written !( … )"
	case t.kind == tokenWord && t.text[0] == '\'':
		return "strings stand in double quotes"
	}
	return ""
}

// accept passes a symbol if it is the current token.
func (p *parser) accept(symbol string) bool {
	if p.tok.isSymbol(symbol) {
		p.advance()
		return true
	}
	return false
}

func (p *parser) expect(symbol string) {
	if !p.accept(symbol) {
		hint := hintFor(p.tok)
		if hint == "" {
			hint = "expected " + symbol
		}
		p.unexpected(hint)
	}
}

// enter counts one level of nesting, leave takes it back.
func (p *parser) enter() {
	if p.nesting++; p.nesting > nestingMax {
		p.fail(p.tok.pos, "the path is nested too deeply", fmt.Sprintf("at most %d levels of parentheses, filters, subscripts and signs", nestingMax))
	}
}

func (p *parser) leave() { p.nesting-- }

// condition reads alternatives. Like the levels below, it gives a predicate or an expression, whichever stands there.
func (p *parser) condition() *node {
	return p.chain("||", opOr, func() *node { return p.chain("&&", opAnd, p.basic) })
}

// chain reads operands of && or ||. Both are associative, so a chain becomes one node, evaluated in a loop.
func (p *parser) chain(symbol string, o op, operand func() *node) *node {
	left := operand()
	for p.tok.isSymbol(symbol) {
		p.wantCondition(left, p.tok.pos)
		p.advance()
		pos := p.tok.pos
		right := operand()
		p.wantCondition(right, pos)
		if left.op == o && left.next == nil {
			left.args = append(left.args, right)
		} else {
			left = &node{op: o, args: []*node{left, right}}
		}
	}
	return left
}

func (p *parser) wantCondition(n *node, pos int) {
	if !n.condition() {
		p.fail(pos, "expected a condition, such as @.x == 1", "to ask whether something is there, write exists(…)")
	}
}

func (p *parser) wantValue(n *node, pos int) {
	if n.condition() {
		p.fail(pos, "a condition cannot be an operand here", "join conditions with && and ||")
	}
}

var comparisons = map[string]op{
	"==": opEqual, "!=": opNotEqual, "<>": opNotEqual, "<": opLess, "<=": opLessEqual, ">": opGreater, ">=": opGreaterEqual,
}

// basic reads one predicate without && and ||, or an expression.
func (p *parser) basic() *node {
	pos := p.tok.pos
	switch {
	case p.accept("!"):
		return &node{op: opNot, args: []*node{p.group()}}
	case p.tok.isWord("exists"):
		return p.group()
	}
	left := p.sum()
	switch {
	case p.tok.kind == tokenSymbol && comparisons[p.tok.text] != 0:
		p.wantValue(left, p.tok.pos)
		o := comparisons[p.tok.text]
		p.advance()
		pos = p.tok.pos
		right := p.sum()
		p.wantValue(right, pos)
		return &node{op: o, args: []*node{left, right}}
	case p.tok.isWord("starts"):
		p.wantValue(left, pos)
		return p.startsWith(left)
	case p.tok.isWord("like_regex"):
		p.wantValue(left, pos)
		return p.likeRegex(left)
	case p.tok.isWord("is"):
		return p.unexpected("is unknown follows a condition in parentheses: (@.x == 1) is unknown")
	}
	return left
}

// group reads what may follow "!": a condition in parentheses, or exists.
func (p *parser) group() *node {
	p.enter()
	defer p.leave()
	exists := p.tok.isWord("exists")
	if exists {
		p.advance()
	}
	if !p.tok.isSymbol("(") {
		return p.unexpected("expected ( behind " + map[bool]string{true: "exists", false: "!"}[exists])
	}
	p.advance()
	pos := p.tok.pos
	inner := p.condition()
	p.expect(")")
	if exists {
		p.wantValue(inner, pos)
		return &node{op: opExists, args: []*node{inner}}
	}
	p.wantCondition(inner, pos)
	return inner
}

func (p *parser) startsWith(left *node) *node {
	p.advance()
	if !p.tok.isWord("with") {
		return p.unexpected("expected starts with")
	}
	p.advance()
	if p.tok.kind != tokenString && p.tok.kind != tokenVariable {
		return p.unexpected("starts with takes a string or a variable")
	}
	return &node{op: opStartsWith, args: []*node{left, p.scalar()}}
}

func (p *parser) likeRegex(left *node) *node {
	p.advance()
	text, pos := p.tok.text, p.tok.pos
	if p.tok.kind != tokenString {
		return p.unexpected("like_regex takes a string")
	}
	p.advance()
	flags := token{pos: pos}
	if p.tok.isWord("flag") {
		p.advance()
		if p.tok.kind != tokenString {
			return p.unexpected("flag takes a string of the letters i, s, m and q")
		}
		flags = p.tok
		p.advance()
	}
	compiled, bad := compilePattern(text, flags.text)
	if bad != nil {
		if bad.inFlags {
			pos = flags.pos
		}
		return p.fail(pos, bad.message, bad.hint)
	}
	return &node{op: opLikeRegex, args: []*node{left}, pattern: compiled}
}

var (
	sums     = map[string]op{"+": opAdd, "-": opSubtract}
	products = map[string]op{"*": opMultiply, "/": opDivide, "%": opModulo}
)

// sum and product read left-associative operators.
func (p *parser) sum() *node {
	return p.operators(sums, p.product)
}

func (p *parser) product() *node {
	return p.operators(products, p.unary)
}

func (p *parser) operators(ops map[string]op, operand func() *node) *node {
	left := operand()
	for count := 1; p.tok.kind == tokenSymbol && ops[p.tok.text] != 0; count++ {
		if count == chainMax {
			return p.fail(p.tok.pos, "too many operands in a row", fmt.Sprintf("at most %d", chainMax))
		}
		p.wantValue(left, p.tok.pos)
		o := ops[p.tok.text]
		p.advance()
		pos := p.tok.pos
		right := operand()
		p.wantValue(right, pos)
		left = &node{op: o, args: []*node{left, right}}
	}
	return left
}

// unary reads signs. The sign of a literal number becomes part of it.
func (p *parser) unary() *node {
	minus := p.tok.isSymbol("-")
	if !minus && !p.tok.isSymbol("+") {
		return p.access()
	}
	p.enter()
	defer p.leave()
	p.advance()
	pos := p.tok.pos
	arg := p.unary()
	p.wantValue(arg, pos)
	if arg.op == opLiteral && arg.next == nil && arg.value[0].kind() == kindNumber {
		if !minus {
			return arg
		}
		return &node{op: opLiteral, value: []item{negated(arg.value[0])}}
	}
	if minus {
		return &node{op: opMinus, args: []*node{arg}}
	}
	return &node{op: opPlus, args: []*node{arg}}
}
