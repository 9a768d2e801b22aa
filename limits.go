package quipu

// Limits bound everything that a client can send. They stand here alone, each
// with its reason; a request that passes one is refused as TooLarge, naming the
// limit, its value and the request's.
const (
	// DataBytesMax bounds one event's data. Events are facts; what is larger
	// is a file, and belongs beside the ledger.
	DataBytesMax = 1 << 20
	// MetaBytesMax bounds one event's meta, which every reader of an event pays for.
	MetaBytesMax = 64 << 10
	// AppendEventsMax bounds the events of one append, which is one step of
	// the state machine and must not hold up the heartbeats behind it.
	AppendEventsMax = 1000
	// AppendBytesMax bounds the body of one append for the same reason.
	AppendBytesMax = 8 << 20
	// AppendFileBytesMax bounds the contents of the files of one append, which
	// come on top of AppendBytesMax, for the same reason.
	AppendFileBytesMax = 8 << 20
	// AppendBodyBytesMax bounds the body of one append: AppendBytesMax, and the
	// contents of its files in base64.
	AppendBodyBytesMax = AppendBytesMax + AppendFileBytesMax*4/3 + 1<<20
	// AppendConditionsMax bounds the conditions of one append.
	AppendConditionsMax = 100
	// BatchBytesMax bounds the body of one request for many appends.
	BatchBytesMax = 64 << 20
	// FileBytesMax bounds the content of one file: it goes through the log of
	// every node. What is larger belongs into an object store, and here as a reference.
	FileBytesMax = 1 << 20
	// FilesMax bounds the files of one event, which every reader of it pays for.
	FilesMax = 100
	// FileDataCharsMax bounds a reference, and FileTypeCharsMax a content type.
	FileDataCharsMax = 4096
	FileTypeCharsMax = 255
	// LinksMax bounds the links of one event: each is an index entry.
	LinksMax = 100
	// CorrelationsMax bounds the correlations of one event: each is an index entry.
	CorrelationsMax = 100
	// EncryptedDataBytesMax bounds an event's encrypted data.
	EncryptedDataBytesMax = 64 << 10
	// SchemaBytesMax and SchemaDepthMax bound one schema, whose compilation costs
	// more than its size.
	SchemaBytesMax = 256 << 10
	SchemaDepthMax = 64
	// RegistrySchemasMax bounds the versions of schemas of one ledger, whose
	// digests every node keeps in memory, and EventSchemasMax those of one event.
	RegistrySchemasMax = 10_000
	EventSchemasMax    = 100
	// ViolationsMax bounds the errors in the answer to data that does not fit.
	ViolationsMax = 100
	// ChangesMax bounds the changes of an aggregate, and aggregates, in one answer.
	ChangesMax = 1000
	// GraphDepthMax and GraphEventsMax bound a walk over links.
	GraphDepthMax  = 16
	GraphEventsMax = 10_000
	// EventEntitiesMax bounds the keys, over all types, of one event: each is
	// an index entry on every node.
	EventEntitiesMax = 100
	// KeyBytesMax bounds an entity key and an idempotency key; bbolt's own
	// limit for a key is 32 KiB, and short keys keep index pages full.
	KeyBytesMax = 512
	// NameCharsMax bounds names of events, entity types and ledgers, and a
	// client's own event id.
	NameCharsMax = 200
	// DescriptionCharsMax bounds a ledger's description.
	DescriptionCharsMax = 2000
	// SelectorBytesMax bounds one selector.
	SelectorBytesMax = 64 << 10
	// SelectorKeysMax bounds the entity keys, correlations, ids, producers, schema
	// versions and links of one selector together, and its event names: each is a
	// cursor of the read.
	SelectorKeysMax = 1000
	// RegistryEventsMax bounds the event names of one ledger, which every node
	// keeps in memory.
	RegistryEventsMax = 10_000
	// RegistryEntitiesMax bounds the entity types of one event name.
	RegistryEntitiesMax = 100
	// LedgersMax bounds the ledgers of a cluster, whose heads are in memory.
	LedgersMax = 10_000
	// ClashEventsMax bounds the events in the answer to a conflict.
	ClashEventsMax = 100
	// ClashBytesMax bounds the same answer by about the size of its events; one
	// is always in it.
	ClashBytesMax = 4 << 20
	// DepthMax bounds how deep arrays and objects nest in what is stored, and
	// with it the recursion of everything that reads an event later. This and
	// the two bounds of numbers are refused as Invalid: no other size would do.
	DepthMax = 64
	// NumberDigitsMax bounds the digits of a number, which are kept and
	// compared exactly.
	NumberDigitsMax = 1000
	// NumberExponentMax bounds a number's exponent in both directions, since exact
	// arithmetic writes it out.
	NumberExponentMax = 1000
	// PathStepsMax bounds the evaluation of one path on one event, in steps
	// that are counted alike on every node.
	PathStepsMax = 1_000_000
)
