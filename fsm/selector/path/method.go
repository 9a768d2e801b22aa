package path

import "slices"

// method runs a method. All but type and size want a scalar or an object, and take an array apart for it.
func (r *run) method(n *node, v item, collect, unwrap bool) status {
	switch n.op {
	case opType:
		return r.follow(n, typeItems[v.typeName()], collect)
	case opSize:
		count := 1
		if v.kind() == kindArray {
			if !r.chargeBytes(v.raw) {
				return stFailed
			}
			count = size(v.raw)
		}
		return r.follow(n, intItem(count), collect)
	}
	if unwrap && v.kind() == kindArray {
		return r.descend(n, v, levelsOne, collect, false)
	}
	if n.op == opKeyValue {
		return r.keyValue(n, v, collect)
	}
	if !r.charge(methodCost(n.op, v)) {
		return stFailed
	}
	var result item
	var problem string
	switch n.op {
	case opAbs, opFloor, opCeiling:
		result, problem = r.round(n.op, v)
	case opDatetime, opDate, opTime, opTimeTZ, opTimestamp, opTimestampTZ:
		result, problem = datetimeMethod(n, v)
	default:
		result, problem = r.cast(n, v)
	}
	if problem != "" {
		return r.fail("jsonpath item method .", methodNames[n.op], "() ", problem)
	}
	return r.follow(n, result, collect)
}

// methodCost is what converting an item is worth in steps.
func methodCost(o op, v item) int {
	cost := len(v.raw) >> 10
	switch o {
	case opDatetime, opDate, opTime, opTimeTZ, opTimestamp, opTimestampTZ:
		return cost + 16 // one for each of the formats to try
	case opNumber, opDecimal:
		return cost + numberCost(numberSize(v.raw))
	}
	if v.kind() == kindNumber {
		cost += numberCost(numberSize(v.raw))
	}
	return cost
}

// typeName is the word that .type() gives.
func (v item) typeName() string {
	switch v.kind() {
	case kindBool:
		return "boolean"
	case kindNumber:
		return "number"
	case kindString:
		return "string"
	case kindArray:
		return "array"
	case kindObject:
		return "object"
	case kindDatetime:
		return v.when.typeName()
	}
	return "null"
}

// typeItems holds every answer of .type().
var typeItems = func() map[string]item {
	items := make(map[string]item)
	names := append([]string{"null", "boolean", "number", "string", "array", "object"}, datetimeTypeNames[:]...)
	for _, name := range names {
		items[name] = stringItem(name)
	}
	return items
}()

// round runs .abs(), .floor() and .ceiling().
func (r *run) round(o op, v item) (item, string) {
	if v.kind() != kindNumber {
		return item{}, "can only be applied to a numeric value"
	}
	z, ok := parseNumber(v.raw)
	if !ok {
		return item{}, "got a number that is out of range"
	}
	switch o {
	case opAbs:
		z.digits.Abs(&z.digits)
	case opFloor:
		z.floor()
	case opCeiling:
		z.ceiling()
	}
	return z.item(), ""
}

// keyValue runs .keyvalue(): one object with id, key and value for each member. The id tells the members of one object
// from those of another; it is the place of the object in the document, or in whatever else it is a part of.
func (r *run) keyValue(n *node, v item, collect bool) status {
	if v.kind() != kindObject {
		return r.fail("jsonpath item method .keyvalue() can only be applied to an object")
	}
	members, ok := r.members(v)
	if !ok {
		return stFailed
	}
	id := intItem(offset(r.base, v.raw) + r.baseID*keyValueBase)
	st := stNothing
	for _, m := range members {
		if !r.charge(1 + len(m.value)>>10) {
			return stFailed
		}
		made := slices.Concat([]byte(`{"id":`), id.raw, []byte(`,"key":`), m.name, []byte(`,"value":`), m.value, []byte(`}`))
		number := r.made
		r.made++
		st = r.based(n, item{raw: made}, made, number, collect)
		if st == stFailed || st == stFound && !collect {
			break
		}
	}
	return st
}

// keyValueBase keeps the ids of objects within different bases apart.
const keyValueBase = 10_000_000_000

// offset is where part begins in whole, 0 if it is no part of it. A part is sliced from the whole with the capacity
// left as it is, so the capacities tell.
func offset(whole, part []byte) int {
	if n := cap(whole) - cap(part); n > 0 && n+len(part) <= len(whole) && &whole[n] == &part[0] {
		return n
	}
	return 0
}
