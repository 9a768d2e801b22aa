package console

import "strconv"

// branchesMax bounds how far a line of a tree is moved to the right. Deeper ones have
// their depth as a number instead, since a chain may be thousands of lines long.
const branchesMax = 20

// Branch is what stands in front of a line of a tree. The zero value is that of a
// root.
type Branch struct {
	own   string
	below string // what the lines below begin with
	depth int
}

// Child is the branch of a line below this one.
func (b Branch) Child(last bool) Branch {
	depth := b.depth + 1
	switch {
	case depth > branchesMax:
		return Branch{b.below + "(" + strconv.Itoa(depth) + ") ", b.below, depth}
	case last:
		return Branch{b.below + "└─ ", b.below + "   ", depth}
	}
	return Branch{b.below + "├─ ", b.below + "│  ", depth}
}

// String is what the line begins with.
func (b Branch) String() string { return b.own }
