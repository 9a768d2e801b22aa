package path_test

import (
	"strings"
	"testing"
)

// TestQuery holds one line for each feature. Where PostgreSQL 15 has the feature, this is what it answers.
func TestQuery(t *testing.T) {
	const doc = `{"a":[1,2,[3,{"b":4}]],"b":{"c":"x","d":null},"e":"2021-11-16T03:30:47.430415Z","n":-1.50,"q":"a\"\\\né"}`
	for _, c := range []struct{ path, want string }{
		{`$.a[*]`, `[1,2,[3,{"b":4}]]`},
		{`$.a[1 to 5]`, `[2,[3,{"b":4}]]`},
		{`$.a[last, 0]`, `[[3,{"b":4}],1]`},
		{`$.a[-1 to 0]`, `[1]`},
		{`$.b[0].c`, `["x"]`},
		{`$.b[1].c`, `[]`},
		{`$.b[last].c`, `["x"]`},
		{`$.a[last - 1]`, `[2]`},
		{`$.a[$.a[0]]`, `[2]`},
		{`$.a[99999999999]`, `error: jsonpath array subscript is out of integer range`},
		{`$.a.b`, `[]`},
		{`$.a[2].b`, `[4]`},
		{`$.**.b`, `[{"c":"x","d":null},4,4]`},
		{`$.a.**{2}`, `[3,{"b":4}]`},
		{`$.a.**{last}`, `[1,2,3,4]`},
		{`$.b.*`, `["x",null]`},
		{`$.n`, `[-1.50]`},
		{`$.n.abs()`, `[1.50]`},
		{`-$.n`, `[1.50]`},
		{`$.n.floor()`, `[-2]`},
		{`$.n.ceiling()`, `[-1]`},
		{`1 / 3`, `[0.33333333333333333333]`},
		{`2 / 3`, `[0.66666666666666666667]`},
		{`-7 % 3`, `[-1]`},
		{`0.1 + 0.2`, `[0.3]`},
		{`1.50 * 2`, `[3.00]`},
		{`9999999999999999 * 9999999999999999`, `[99999999999999980000000000000001]`},
		{`9223372036854775807 + 1`, `[9223372036854775808]`},
		{`1 % 0`, `error: division by zero`},
		{`"a" + 1`, `error: left operand of jsonpath operator + is not a single numeric value`},
		{`1 - $.a[*]`, `error: right operand of jsonpath operator - is not a single numeric value`},
		{`-$.a`, `error: operand of unary jsonpath operator - is not a numeric value`},
		{`$.q`, `["a\"\\\né"]`},
		{`$.q == "a\"\\\n\u00e9"`, `[true]`},
		{`$.q > "a\"[\n"`, `[true]`},
		{`$.q starts with "a\"\\"`, `[true]`},
		{`$.q like_regex "^a.\\\\$" flag "m"`, `[true]`},
		{`$.b.c like_regex "X"`, `[false]`},
		{`$.b.c like_regex "X" flag "i"`, `[true]`},
		{`$.q like_regex "[^b]é"`, `[false]`},
		{`$.q like_regex "[^b]é" flag "s"`, `[true]`},
		{`$.q like_regex "\\w\\Z"`, `[true]`},
		{`$.n like_regex "1"`, `[null]`},
		{`$.a == 2`, `[true]`},
		{`2 == $.a`, `[true]`},
		{`$.a[2] == 3`, `[true]`},
		{`$.b.d == null`, `[true]`},
		{`$.b.d < 1`, `[false]`},
		{`$.b.d != 1`, `[true]`},
		{`$.b == $.b`, `[null]`},
		{`1 == "1"`, `[null]`},
		{`1.0 == 1 && 10e-1 == 1 && -0 == 0 && 100 > 99.9 && 0.001 < 0.01 && -2 < -1.5`, `[true]`},
		{`(1 == "1") is unknown`, `[true]`},
		{`(1 == "1") || true == true`, `[true]`},
		{`(1 == "1") && true == false`, `[false]`},
		{`!(1 == "1")`, `[null]`},
		{`exists($.a ? (@ > 1))`, `[true]`},
		{`exists(1 / 0)`, `[null]`},
		{`$ ? (1 / 0 > 1)`, `[]`},
		{`$.b.keyvalue()`, `[{"id":27,"key":"c","value":"x"},{"id":27,"key":"d","value":null}]`},
		{`$.keyvalue().id`, `[0,0,0,0,0]`},
		{`$.a.keyvalue()`, `error: jsonpath item method .keyvalue() can only be applied to an object`},
		{`$.a.size()`, `[3]`},
		{`$.*.type()`, `["array","object","string","number","string"]`},
		{`"1.5e3".double()`, `[1500]`},
		{`" 0.1 ".double()`, `[0.1]`},
		{`"nan".double()`, `error: jsonpath item method .double() got a string that is not a representation of the type`},
		{`"1e400".double()`, `error: jsonpath item method .double() got a string that is not a representation of the type`},
		{`$nope`, `error: could not find jsonpath variable "nope"`},
		{`$x + 1`, `[6]`},
		{`$list[*] ? (@ > 1)`, `[2]`},
	} {
		if got := query(t, compile(t, c.path), doc, vars(t, `{"list":[1,2],"x":5}`)); got != c.want {
			t.Errorf("%s\n got  %s\n want %s", c.path, got, c.want)
		}
	}
}

// TestMethodsOfPostgres17 holds the methods that version 15 does not have, from the manual of version 17.
func TestMethodsOfPostgres17(t *testing.T) {
	refusal := "error: jsonpath item method"
	for _, c := range []struct{ path, want string }{
		{`"9876543219".bigint()`, `[9876543219]`},
		{`1.5.bigint()`, `[2]`},
		{`-1.5.bigint()`, `[-2]`},
		{`"1.5".bigint()`, refusal},
		{`9223372036854775807.bigint()`, `[9223372036854775807]`},
		{`9223372036854775808.bigint()`, refusal},
		{`2147483647.integer()`, `[2147483647]`},
		{`2147483648.integer()`, refusal},
		{`" 12 ".integer()`, `[12]`},
		{`true.integer()`, refusal},
		{`1.boolean()`, `[true]`},
		{`0.boolean()`, `[false]`},
		{`1.5.boolean()`, refusal},
		{`"YES".boolean()`, `[true]`},
		{`"of".boolean()`, `[false]`},
		{`"o".boolean()`, refusal},
		{`"".boolean()`, refusal},
		{`null.boolean()`, refusal},
		{`1234.5678.decimal(6, 2)`, `[1234.57]`},
		{`1234.5678.decimal(4)`, `[1235]`},
		{`1234.5678.decimal(4, 2)`, refusal},
		{`1234.5678.decimal(2, -2)`, `[1200]`},
		{`0.00123.decimal(2, 4)`, `[0.0012]`},
		{`"123.45".decimal()`, `[123.45]`},
		{`"+1e2".number()`, `[100]`},
		{`"NaN".number()`, refusal},
		{`"1,5".number()`, refusal},
		{`1.23.string()`, `["1.23"]`},
		{`true.string()`, `["true"]`},
		{`"xyz".string()`, `["xyz"]`},
		{`null.string()`, refusal},
		{`"2023-08-15".datetime().string()`, `["2023-08-15"]`},
		{`"2023-08-15".date()`, `["2023-08-15"]`},
		{`"2023-08-15 12:34:56".date()`, `["2023-08-15"]`},
		{`"2023-08-15 12:34:56Z".date()`, refusal},
		{`"12:34:56".date()`, refusal},
		{`"12:34:56.789".time()`, `["12:34:56.789"]`},
		{`"12:34:56.789".time(2)`, `["12:34:56.79"]`},
		{`"2023-08-15 12:34:56".time()`, `["12:34:56"]`},
		{`"12:34:56 +05:30".time()`, refusal},
		{`"12:34:56 +05:30".time_tz()`, `["12:34:56+05:30"]`},
		{`"12:34:56Z".time_tz()`, `["12:34:56+00:00"]`},
		{`"12:34:56".time_tz()`, refusal},
		{`"2023-08-15 12:34:56".timestamp()`, `["2023-08-15T12:34:56"]`},
		{`"2023-08-15".timestamp()`, `["2023-08-15T00:00:00"]`},
		{`"2023-12-31 23:59:59.999".timestamp(1)`, `["2024-01-01T00:00:00"]`},
		{`"2023-08-15T12:34:56Z".timestamp()`, refusal},
		{`"2021-11-16T03:30:47.430415Z".timestamp_tz()`, `["2021-11-16T03:30:47.430415+00:00"]`},
		{`"2021-11-16T03:30:47-08".timestamp_tz()`, `["2021-11-16T03:30:47-08:00"]`},
		{`"2021-11-16T03:30:47Z".timestamp_tz() < "2021-11-16T03:30:48+00:00".timestamp_tz()`, `[true]`},
		{`"2021-11-16T03:30:47Z".timestamp_tz() == "2021-11-16T04:30:47+01".timestamp_tz()`, `[true]`},
		{`"2023-08-15".timestamp_tz()`, refusal},
		{`1.date()`, refusal},
	} {
		text := c.path
		if text[0] != '"' && text[0] != 't' && text[0] != 'n' { // a literal number needs a blank before its method
			dot := strings.IndexFunc(text, func(r rune) bool { return r >= 'a' && r <= 'z' }) - 1
			text = "(" + text[:dot] + ")" + text[dot:]
		}
		got := query(t, compile(t, text), "null", vars(t, ""))
		if c.want == refusal && strings.HasPrefix(got, refusal) {
			got = refusal
		}
		if got != c.want {
			t.Errorf("%s\n got  %s\n want %s", text, got, c.want)
		}
	}
}

// TestDatesAreComparedWithoutTimeZones holds that what would need a session's time zone is unknown.
func TestDatesAreComparedWithoutTimeZones(t *testing.T) {
	for path, want := range map[string]string{
		`"2020-01-01".datetime() < "2020-01-01 00:00:01".datetime()`:             `[true]`,
		`"2020-01-01".datetime() < "2020-01-01 00:00:01+00".datetime()`:          `[null]`,
		`"2020-01-01 00:00:00".datetime() < "2020-01-01 00:00:01+00".datetime()`: `[null]`,
		`"10:00:00".datetime() < "10:00:00+01".datetime()`:                       `[null]`,
		`"10:00:00+00".datetime() < "10:00:00-01".datetime()`:                    `[true]`,
		`"10:00:00+00".datetime() == "11:00:00+01".datetime()`:                   `[false]`,
		`"10:00:00".datetime() < "2020-01-01".datetime()`:                        `[null]`,
		`"2020-01-01".datetime() == "2020-01-01"`:                                `[null]`,
		`"2020-01-01".datetime().type()`:                                         `["date"]`,
		`"0000-01-01".datetime()`:                                                `["0001-01-01 BC"]`,
		`"2020-02-29".datetime() < "2020-03-01".datetime()`:                      `[true]`,
		`"12:34 pm".datetime("HH12:MI AM")`:                                      `["12:34:00"]`,
		`"29 FEB 2019".datetime("DD MON YYYY")`:                                  `error: jsonpath item method .datetime() got a string that does not match its template`,
		`"2019-060".datetime("YYYY-DDD")`:                                        `["2019-03-01"]`,
		`"1999-12-31 23:59:59.96".datetime("YYYY-MM-DD HH24:MI:SS.FF1")`:         `["2000-01-01T00:00:00"]`,
	} {
		if got := query(t, compile(t, path), "null", vars(t, "")); got != want {
			t.Errorf("%s\n got  %s\n want %s", path, got, want)
		}
	}
}
