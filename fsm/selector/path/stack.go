package path

// stackNear is how many items of a stack live in the stack itself, and so, with the run, on that of the goroutine:
// enough for nearly every condition.
const stackNear = 8

// stack holds the lists of items that are being collected. A list is contiguous: what is evaluated meanwhile pushes
// above it and cuts back before the list grows. The first few items cost no allocation.
type stack struct {
	near [stackNear]item
	far  []item
	top  int
}

func (s *stack) push(v item) {
	if s.top < stackNear {
		s.near[s.top] = v
	} else {
		s.far = append(s.far[:s.top-stackNear], v)
	}
	s.top++
}

func (s *stack) at(i int) item {
	if i < stackNear {
		return s.near[i]
	}
	return s.far[i-stackNear]
}

// cut drops the items from an index on.
func (s *stack) cut(top int) { s.top = top }

// remove drops the items of a range from below those above it.
func (s *stack) remove(from, to int) {
	for i := to; i < s.top; i++ {
		s.set(from+i-to, s.at(i))
	}
	s.top -= to - from
}

func (s *stack) set(i int, v item) {
	if i < stackNear {
		s.near[i] = v
	} else {
		s.far[i-stackNear] = v
	}
}
