package path

import "strings"

// status is how a step of the program ended.
type status uint8

const (
	stNothing status = iota // no item
	stFound                 // at least one item
	stFailed                // a run-time error
)

// run is the state of one evaluation. It lives on the stack of Exists or Query; nothing keeps it.
type run struct {
	root, current item
	vars          Vars
	steps         int
	size          int    // of the array whose subscript is being evaluated, for "last"
	base          []byte // the object that ids of .keyvalue() count from: the document, the variables, a made object
	baseID        int    // its number
	made          int    // number of the next object that .keyvalue() makes
	stack         stack  // items of the lists that are being collected
	strict        bool   // a run-time error ends the whole evaluation, as it does in Query outside of predicates
	halted        bool   // the evaluation has to end: no steps left, or an error that no predicate may swallow
	err           *EvalError
}

func newRun(doc []byte, vars Vars, steps int) run {
	root := item{raw: doc}
	if len(doc) == 0 {
		root = itemNull
	}
	r := run{root: root, current: root, vars: vars, steps: steps, base: root.raw, made: 1}
	if vars.object != nil {
		r.made = 2
	}
	return r
}

// charge takes steps off the budget. When it reports false the evaluation has to end.
func (r *run) charge(n int) bool {
	r.steps -= n
	if r.steps < 0 {
		r.halted = true
	}
	return !r.halted
}

// chargeBytes takes one step for each KiB of text that is read.
func (r *run) chargeBytes(text []byte) bool { return r.charge(len(text) >> 10) }

// fail ends a step with a run-time error: for good in Query, for the enclosing predicate or filter elsewhere. The words
// are put together only where somebody can read them, since inside of filters errors are as frequent as items.
func (r *run) fail(words ...string) status {
	if r.strict && !r.halted {
		r.halted = true
		r.err = &EvalError{Message: strings.Join(words, "")}
	}
	return stFailed
}

// halt ends the evaluation with an error that no predicate turns into unknown.
func (r *run) halt(message string) status {
	if !r.halted {
		r.halted = true
		r.err = &EvalError{Message: message}
	}
	return stFailed
}

// quietly runs a step whose errors the caller turns into unknown.
func (r *run) quietly(n *node, v item, collect bool) status {
	strict := r.strict
	r.strict = false
	st := r.exec(n, v, collect, true)
	r.strict = strict
	return st
}

// follow hands an item that n gave to the next accessor, or to the result.
func (r *run) follow(n *node, v item, collect bool) status {
	if n.next != nil {
		return r.exec(n.next, v, collect, true)
	}
	if collect {
		r.stack.push(v)
	}
	return stFound
}

// exec runs the chain that begins with n on v. With collect, the items are pushed to the stack;
// without, it is enough to know whether there is one, and it stops at the first. With unwrap, what wants another type than an array is applied
// to the elements of an array instead, as lax mode demands, one level deep.
func (r *run) exec(n *node, v item, collect, unwrap bool) status {
	if !r.charge(1) {
		return stFailed
	}
	switch n.op {
	case opRoot:
		return r.based(n, r.root, r.root.raw, 0, collect)
	case opCurrent:
		return r.follow(n, r.current, collect)
	case opLiteral:
		return r.follow(n, n.value[0], collect)
	case opVariable:
		value, ok := r.vars.get(n.name)
		if !ok {
			return r.halt("could not find jsonpath variable " + quoted(n.name))
		}
		return r.based(n, item{raw: value}, r.vars.object, 1, collect)
	case opLast:
		return r.follow(n, intItem(r.size-1), collect)
	case opKey:
		return r.key(n, v, collect, unwrap)
	case opAnyKey:
		if v.kind() == kindObject {
			return r.descend(n.next, v, levelsOne, collect, true)
		}
		return r.unwrapped(n, v, collect, unwrap)
	case opAnyElement:
		if v.kind() == kindArray {
			return r.descend(n.next, v, levelsOne, collect, true)
		}
		return r.follow(n, v, collect)
	case opSubscript:
		return r.subscript(n, v, collect)
	case opAnyDepth:
		return r.anyDepth(n, v, collect)
	case opFilter:
		return r.filter(n, v, collect, unwrap)
	case opAdd, opSubtract, opMultiply, opDivide, opModulo:
		return r.arithmetic(n, v, collect)
	case opPlus, opMinus:
		return r.sign(n, v, collect)
	}
	if n.op.predicate() {
		return r.follow(n, r.test(n, v).item(), collect)
	}
	return r.method(n, v, collect, unwrap)
}

// based runs the rest of a chain whose objects have ids within another base.
func (r *run) based(n *node, v item, base []byte, id int, collect bool) status {
	outer, outerID := r.base, r.baseID
	r.base, r.baseID = base, id
	st := r.follow(n, v, collect)
	r.base, r.baseID = outer, outerID
	return st
}

// unwrapped applies n to the elements of v if v is an array that may be unwrapped; otherwise there is nothing.
func (r *run) unwrapped(n *node, v item, collect, unwrap bool) status {
	if unwrap && v.kind() == kindArray {
		return r.descend(n, v, levelsOne, collect, false)
	}
	return stNothing
}

func (r *run) key(n *node, v item, collect, unwrap bool) status {
	if v.kind() != kindObject {
		return r.unwrapped(n, v, collect, unwrap)
	}
	if !r.chargeBytes(v.raw) {
		return stFailed
	}
	value, ok := memberValue(v.raw, n.name)
	if !ok {
		return stNothing
	}
	return r.follow(n, item{raw: value}, collect)
}

func (r *run) filter(n *node, v item, collect, unwrap bool) status {
	if unwrap && v.kind() == kindArray {
		return r.descend(n, v, levelsOne, collect, false)
	}
	outer := r.current
	r.current = v
	result := r.test(n.args[0], v)
	r.current = outer
	if r.halted {
		return stFailed
	}
	if result != isTrue {
		return stNothing
	}
	return r.follow(n, v, collect)
}
