package console

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// columnGap is what stands between two columns.
const columnGap = "  "

// Table aligns rows. Columns never become narrower from one Flush to the next,
// so that the parts of a long table line up. The zero value is ready to use; it
// is for one goroutine.
type Table struct {
	// Limit, if not 0, cuts lines that are longer, in characters, and before
	// that every cell but a row's last at a third of it, so that no column takes
	// all the room.
	Limit int

	widths []int
	rows   [][]string
}

// Row adds a row, each cell formatted with fmt's %v.
func (t *Table) Row(cells ...any) {
	row := make([]string, len(cells))
	for i, cell := range cells {
		row[i] = Clean(fmt.Sprint(cell))
		if i < len(cells)-1 {
			row[i] = cut(row[i], t.Limit/3)
		}
		if i == len(t.widths) {
			t.widths = append(t.widths, 0)
		}
		t.widths[i] = max(t.widths[i], utf8.RuneCountInString(row[i]))
	}
	t.rows = append(t.rows, row)
}

// Len is the number of rows that wait for Flush.
func (t *Table) Len() int { return len(t.rows) }

// Flush writes the rows and forgets them.
func (t *Table) Flush(w io.Writer) error {
	var out strings.Builder
	for _, row := range t.rows {
		out.WriteString(cut(t.line(row), t.Limit))
		out.WriteByte('\n')
	}
	t.rows = t.rows[:0]
	_, err := io.WriteString(w, out.String())
	return err
}

// line puts a row together without blanks at its end.
func (t *Table) line(row []string) string {
	var line strings.Builder
	for i, cell := range row {
		if i > 0 {
			line.WriteString(columnGap)
		}
		line.WriteString(cell)
		line.WriteString(strings.Repeat(" ", t.widths[i]-utf8.RuneCountInString(cell)))
	}
	return strings.TrimRight(line.String(), " ")
}

// cut shortens text to a number of characters; 0 is no limit.
func cut(text string, limit int) string {
	if limit <= 0 || utf8.RuneCountInString(text) <= limit {
		return text
	}
	return string([]rune(text)[:limit-1]) + "…"
}
