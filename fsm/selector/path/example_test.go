package path_test

import (
	"fmt"

	"github.com/quipu-ledger/quipu/fsm/selector/path"
)

// A path with a variable, tested on an event's data and then asked for its items.
func Example() {
	p, err := path.Compile(`$.items[*] ? (@.qty > $min && @.id starts with "b")`)
	if err != nil {
		fmt.Println(err)
		return
	}
	vars, err := path.ParseVars([]byte(`{"min":1}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	data := []byte(`{"items":[{"id":"a","qty":1},{"id":"b","qty":2}]}`)
	steps := 10_000
	fmt.Println(p.Exists(data, vars, &steps))
	items, err := p.Query(data, vars, &steps)
	fmt.Printf("%s %v\n", items, err)
	// Output:
	// true <nil>
	// [{"id":"b","qty":2}] <nil>
}

// An error has its place and a hint.
func ExampleCompile() {
	_, err := path.Compile(`$ ? (@.peppers = 5)`)
	fmt.Println(err)
	fmt.Println(err.(*path.SyntaxError).Hint)
	// Output:
	// column 16: unexpected "="
	// equality is written ==
}
