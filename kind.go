package quipu

// A Kind classifies an error by what its caller can do about it. Kinds travel
// by name over every transport, and a Kind is itself an error, so that
// errors.Is(err, quipu.Conflict) works on both sides of the wire.
type Kind string

const (
	// Invalid: the request is wrong and always will be.
	Invalid Kind = "invalid"
	// NotFound: there is no such ledger, event or registration.
	NotFound Kind = "not_found"
	// NotRegistered: the event name, entity type or schema version is not in
	// the registry; the request may succeed after registering it.
	NotRegistered Kind = "not_registered"
	// Conflict: a condition does not hold, newer events match it. Read them and
	// decide again.
	Conflict Kind = "conflict"
	// SchemaViolation: the data does not fit the registered schema.
	SchemaViolation Kind = "schema_violation"
	// Mismatch: this idempotency key, id or schema version was used before
	// for other content.
	Mismatch Kind = "mismatch"
	// TooLarge: a named limit was passed.
	TooLarge Kind = "too_large"
	// Unauthenticated: the caller has not said who it is.
	Unauthenticated Kind = "unauthenticated"
	// Forbidden: the caller may not do this.
	Forbidden Kind = "forbidden"
	// Unavailable: no leader, shutting down or overloaded. The request was
	// certainly not applied and may be sent again later.
	Unavailable Kind = "unavailable"
	// Uncertain: the request was in flight when leadership, the connection or
	// the time ran out. It may have been applied; only a request with an
	// idempotency key may be sent again.
	Uncertain Kind = "uncertain"
	// Corrupt: stored data failed a check. An operator has to look.
	Corrupt Kind = "corrupt"
	// Internal: a bug of ours. The caller sees a fixed sentence.
	Internal Kind = "internal"
)

// Kinds are all kinds, in the order in which the documents list them.
var Kinds = []Kind{
	Invalid, NotFound, NotRegistered, Conflict, SchemaViolation, Mismatch, TooLarge,
	Unauthenticated, Forbidden, Unavailable, Uncertain, Corrupt, Internal,
}

// Error makes a Kind usable as the target of errors.Is.
func (k Kind) Error() string { return string(k) }
