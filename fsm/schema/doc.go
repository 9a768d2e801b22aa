// Package schema compiles the JSON Schemas that strangers register, and says what in an event's data does not fit one. It
// fetches nothing, knows no event but its data, and is not reached by Apply: the leader asks it before raft.
//
// The library (santhosh-tekuri/jsonschema) reads a schema: identifiers, anchors, references, the differences of five
// drafts. Its validator is not used, for three reasons. It cannot be stopped, and small input keeps it busy: an enum of
// 2000 numbers over 10,000 numbers, 30 KB in all, takes ten seconds and more. It makes an error for everything that is wrong,
// 200 bytes for two bytes of data. And its errors come in the order of Go's maps. So what it has compiled is translated to
// nodes with a rule for each keyword (node.go, translate.go, rule_*.go), which are applied here, and the library is the
// oracle of the tests.
//
// # What is refused
//
// A document passes four steps, each of which relies on the one before.
//
//  1. Its size, its JSON and its depth.
//  2. A survey of the schemas in it (survey.go): how many there are, since the library compares each with each; that each
//     reference leads to one of them, so that the library never asks its loader; that each pattern is a regular expression
//     of bounded size.
//  3. The draft's metaschema (draft.go), which is applied like any other.
//  4. The nodes that come out (refuse.go, recursion.go), as a graph. Its edges lead in place, to another node for the
//     same value (allOf, anyOf, oneOf, not, if, then, else, dependentSchemas, references), or on, to one for a part of it.
//     Refused are a cycle of edges in place, which is an endless loop; more than EvaluationsMax ways in place, as in
//     definitions that each refer twice to the next; and recursion that branches.
//
// Recursion branches if from some node two ways lead, within a group of nodes that lead to each other, to the same part of
// the value: one member, one element. Then there may be twice as many evaluations at each level of the data, and of
//
//	{"anyOf": [{"properties": {"a": {"$ref": "#"}}}, {"properties": {"a": {"$ref": "#"}}, "required": ["b"]}]}
//
// three hundred bytes of data would take a quintillion. Without it, one evaluation of a group leads to at most one of the same
// group at each part: the evaluations of a group at one value are as many as there are ways into it. Trees, lists and
// languages of expressions whose alternatives go on through members of different names do not branch. The rule is about what
// could be evaluated: it does not see that two alternatives exclude each other, except then and else, and takes a pattern to
// match all names.
//
// # What it costs
//
// The graph cannot tell everything: groups that lead to each other in a row still give a polynomial of the depth, and an
// honest schema times large data may be much. So each evaluation counts its steps, of which data has StepsBase and
// StepsPerByte for each byte. That is the bound; the refusals above are for the author of a schema, who is told at
// registration what the authors of events would suffer from.
//
// # What is said
//
// A violation names the keyword as the schema has it, the place in the data, and what was found as against what is wanted.
// References and allOf are not mentioned, only what does not hold in them. Of anyOf and oneOf the reader learns that none
// fits, and what is wrong with the alternative that was meant, if one is nearer than the others (explain.go).
package schema
