package path_test

import (
	"context"
	"errors"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/quipu-ledger/quipu/fsm/selector/path"
)

// oracle evaluates a path in every way that is compared, and gives errors as results.
const oracle = `
create function pg_temp.oracle(doc text, path text, vars text, out parsed text, out items text, out existing text)
language plpgsql as $$
begin
	begin
		parsed := path::jsonpath::text;
	exception when others then
		parsed := 'ERROR ' || sqlerrm;
		return;
	end;
	begin
		items := jsonb_path_query_array(doc::jsonb, path::jsonpath, vars::jsonb)::text;
	exception when others then
		items := 'ERROR ' || sqlerrm;
	end;
	begin
		existing := coalesce(jsonb_path_exists(doc::jsonb, path::jsonpath, vars::jsonb, true)::text, 'false');
	exception when others then
		existing := 'ERROR ' || sqlerrm;
	end;
end $$`

const oracleQuery = `
select coalesce(o.parsed, ''), coalesce(o.items, ''), coalesce(o.existing, '')
from unnest($1::text[], $2::text[], $3::text[]) with ordinality as c(doc, path, vars, n), pg_temp.oracle(c.doc, c.path, c.vars) o
order by n`

// randomCase is one comparison.
type randomCase struct {
	doc, path, vars      string // the question
	parsed, items, found string // PostgreSQL's answer
}

// TestPostgresAgrees compares random documents and paths with a real PostgreSQL 15.
// QUIPU_TEST_PG_CASES sets how many, QUIPU_TEST_SEED which.
func TestPostgresAgrees(t *testing.T) {
	conn := startPostgres(t)
	if _, err := conn.Exec(context.Background(), oracle); err != nil {
		t.Fatal(err)
	}
	seed, total := uint64(setting("QUIPU_TEST_SEED", int(time.Now().UnixNano()%1e9))), setting("QUIPU_TEST_PG_CASES", 10_000)
	t.Logf("seed %d", seed)
	g := newGenerator(seed)
	counts := map[string]int{}
	for done := 0; done < total && !t.Failed(); done += 1000 {
		cases := make([]randomCase, 1000)
		for i := range cases {
			c := randomCase{doc: canonical(t, g.document(4)), path: g.path(), vars: `{"x":5,"y":"abc","z":[1,"a",null]}`}
			if g.seldom(5) {
				c.path = g.mutate(c.path)
			}
			cases[i] = c
		}
		ask(t, conn, cases)
		for _, c := range cases {
			counts[compare(t, c)]++
		}
	}
	t.Logf("%v", counts)
}

func setting(name string, otherwise int) int {
	if v, err := strconv.Atoi(os.Getenv(name)); err == nil {
		return v
	}
	return otherwise
}

// mutate breaks a path a little.
func (g *generator) mutate(text string) string {
	r := []rune(text)
	at := g.IntN(len(r))
	switch g.IntN(3) {
	case 0:
		return string(r[:at]) + string(r[at+1:])
	case 1:
		return string(r[:at]) + g.pick("(", ")", ".", "*", "@", "$", "!", "=", "\"", "\\", "1", "last", " is unknown", " ", "[", "]", "/*", "*/", "-", "e", "?") + string(r[at:])
	}
	to := at + g.IntN(len(r)-at)
	return string(r[:at]) + string(r[to:])
}

func ask(t *testing.T, conn *pgx.Conn, cases []randomCase) {
	t.Helper()
	var docs, paths, variables []string
	for _, c := range cases {
		docs, paths, variables = append(docs, c.doc), append(paths, c.path), append(variables, c.vars)
	}
	rows, err := conn.Query(context.Background(), oracleQuery, docs, paths, variables)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for i := 0; rows.Next(); i++ {
		if err := rows.Scan(&cases[i].parsed, &cases[i].items, &cases[i].found); err != nil {
			t.Fatal(err)
		}
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
}

// Known divergences, by what PostgreSQL says or by how the path is written; docs/divergences.md gives the reasons.
var (
	needsTimeZone    = "without time zone usage"
	commentBehindKey = regexp.MustCompile(`(?s)(\\.|[^\s?%$.\[\]{}()|&!=<>@#,*:+/-])/\*`)
	laterMethods     = regexp.MustCompile(`(?i)\.\s*(string|number|integer|date|time|boolean|bigint|decimal)\s*\(`)
	refusedHere      = regexp.MustCompile(`like_regex does not support|strict mode|datetime template|number is too large`)
	lastBehindExists = regexp.MustCompile(`(?s)last.*exists.*\[|exists.*\[.*last`)
	idsDiffer        = regexp.MustCompile(`keyvalue\(\).*(\*|id|\[)|keyvalue\(\)$`)
)

// compare holds an answer against ours, and says what kind of case it was.
func compare(t *testing.T, c randomCase) string {
	t.Helper()
	p, err := path.Compile(c.path)
	refusal, refused := strings.CutPrefix(c.parsed, "ERROR ")
	switch {
	case refused && err != nil:
		return "refused by both"
	case refused && (commentBehindKey.MatchString(c.path) || laterMethods.MatchString(c.path)):
		return "accepted here"
	case refused:
		t.Errorf("%s\n accepted; PostgreSQL says: %s", c.path, refusal)
		return "different"
	case err != nil && (refusedHere.MatchString(err.Error()) || commentBehindKey.MatchString(c.path)):
		return "refused here"
	case err != nil:
		t.Errorf("%s\n refused: %v", c.path, err)
		return "different"
	}
	compareParsed(t, c, p)
	if strings.Contains(c.items, needsTimeZone) || strings.Contains(c.found, needsTimeZone) {
		return "needs a time zone"
	}
	if idsDiffer.MatchString(c.path) {
		return "ids of keyvalue"
	}
	return compareAnswers(t, c, p)
}

// compareParsed checks that our normal form means what PostgreSQL's means.
func compareParsed(t *testing.T, c randomCase, p *path.Path) {
	t.Helper()
	again, err := path.Compile(p.Canonical())
	if err != nil || again.Canonical() != p.Canonical() {
		t.Errorf("%s\n printed as %s, which compiles to %v, %v", c.path, p.Canonical(), again, err)
	}
	theirs, err := path.Compile(c.parsed)
	if err != nil || theirs.Canonical() != p.Canonical() {
		// PostgreSQL leaves out parentheses that its own parser needs, before accessors.
		if !strings.Contains(c.path, ")") {
			t.Errorf("%s\n parsed as %s\n PostgreSQL: %s", c.path, p.Canonical(), c.parsed)
		}
	}
}

// quotedIfError makes JSON of an answer.
func quotedIfError(answer string) string {
	if strings.HasPrefix(answer, "error: ") || strings.HasPrefix(answer, "ERROR ") {
		return `"error"`
	}
	return answer
}

func compareAnswers(t *testing.T, c randomCase, p *path.Path) string {
	t.Helper()
	v := vars(t, c.vars)
	got := query(t, p, c.doc, v)
	if lastBehindExists.MatchString(c.path) && comparable(t, quotedIfError(got)) != comparable(t, quotedIfError(c.items)) {
		return "last behind exists"
	}
	_, failed := strings.CutPrefix(c.items, "ERROR ")
	if failed != strings.HasPrefix(got, "error: ") || !failed && comparable(t, got) != comparable(t, c.items) {
		t.Errorf("%s\n on %s\n gives %s\n PostgreSQL: %s", c.path, c.doc, got, c.items)
		return "different"
	}
	if found := exists(t, p, c.doc, v); found != (c.found == "true") {
		t.Errorf("%s\n on %s\n exists is %v\n PostgreSQL: %s", c.path, c.doc, found, c.found)
		return "different"
	}
	again, err := path.Compile(p.Canonical())
	if err == nil && query(t, again, c.doc, v) != got {
		err = errors.New("it answers differently")
	}
	if err != nil {
		t.Errorf("%s\n printed as %s: %v", c.path, p.Canonical(), err)
	}
	if failed {
		return "error in both"
	}
	if c.found == "true" {
		return "found by both"
	}
	return "found by none"
}
