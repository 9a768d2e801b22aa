package schema

// Limits of one schema beside quipu.SchemaBytesMax and quipu.SchemaDepthMax. What reads a document first, ours and the
// library, does some of its work for each pair of subschemas, so these keep the registration of any schema within a tenth
// of a second.
const (
	// SubschemasMax bounds the schemas within a schema, itself included.
	SubschemasMax = 2000
	// ResourcesMax bounds the schemas with an $id of their own.
	ResourcesMax = 100
	// PointerBytesMax bounds the JSON pointers of all subschemas together, which the library keeps several times.
	PointerBytesMax = 256 << 10
	// PatternBytesMax bounds one regular expression as written, PatternSizeMax its program, in instructions, and
	// PatternSizesMax the programs of all: a few letters such as (\pL{9}){99} stand for many, and each may cost 10 ns
	// for each byte that is matched.
	PatternBytesMax = 4096
	PatternSizeMax  = 2500
	PatternSizesMax = 20_000
	// CountMax bounds what minLength and its like count: 2^53-1, the largest whole number that all JSON readers keep.
	CountMax = 1<<53 - 1
	// EvaluationsMax bounds how many subschemas are applied to one value of the data, counted as if all that can be were.
	EvaluationsMax = 10_000
)

// Limits of the work on one event's data, in steps: one for each application of a subschema to a value, and more for what
// looks at many bytes or members. Most take 20 to 50 ns. They count what is done, so that neither a schema nor data,
// however they are made, can cost more.
const (
	// StepsBase is what any data may take: a page of data under a schema of a hundred alternatives.
	StepsBase = 50_000
	// StepsPerByte is what each byte of the data adds. The densest data, [1,1,1…], has a value in two bytes.
	StepsPerByte = 16
)

// ViolationBytesMax is how many bytes of words are enough for one answer, beside quipu.ViolationsMax: each violation repeats
// the names that lead to it. What is begun is told to its end, so one violation always is.
const ViolationBytesMax = 256 << 10

// Limits of the cache: how many schemas, and about how many bytes of memory. The largest schemas take 4 MiB each.
const (
	CacheSchemasMax = 256
	CacheBytesMax   = 64 << 20
)
