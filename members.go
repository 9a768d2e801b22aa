package quipu

import (
	"encoding/json"
	"strings"
)

// Aggregate is a unit of consistency at a version. Every append to it raises the
// version by one, however many events it has.
type Aggregate struct {
	Type string `json:"type"`
	Key  string `json:"key"`
	// Version is the ledger's to give, from 1.
	Version uint64 `json:"version"`
}

// NewAggregate names the aggregate that an append changes.
type NewAggregate struct {
	Type string `json:"type"`
	Key  string `json:"key"`
	// ExpectedVersion, if not nil, is the version that the aggregate must have
	// before the append; 0 means that there must be none yet.
	ExpectedVersion *uint64 `json:"expectedVersion,omitempty"`
}

// Expect is a value for NewAggregate.ExpectedVersion.
func Expect(version uint64) *uint64 { return &version }

// Correlation names a thing that events of several services have to do with: a
// process that they take part in, or a thing of the world that they are about.
type Correlation struct {
	// Service is empty for what no service has to itself.
	Service    string `json:"service"`
	Name       string `json:"name"`
	Identifier string `json:"identifier"`
}

var (
	typeEscape   = strings.NewReplacer("~", "~0", "/", "~1")
	typeUnescape = strings.NewReplacer("~1", "/", "~0", "~")
)

// EntityType is the entity type under which what a service calls by a name is
// found: service/name, with "~" and "/" in either written as "~0" and "~1" (RFC
// 6901), so that two pairs never have one type. Without a service it is the name.
func EntityType(service, name string) string {
	if service == "" {
		return typeEscape.Replace(name)
	}
	return typeEscape.Replace(service) + "/" + typeEscape.Replace(name)
}

// SplitEntityType is the inverse of EntityType. It reports false for a type that
// EntityType does not give.
func SplitEntityType(entityType string) (service, name string, ok bool) {
	service, name, ok = strings.Cut(entityType, "/")
	if !ok {
		service, name = "", entityType
	}
	service, name = typeUnescape.Replace(service), typeUnescape.Replace(name)
	return service, name, name != "" && EntityType(service, name) == entityType
}

// Entity is the correlation as an entity of its event: a type and a key.
func (c Correlation) Entity() (entityType, key string) {
	return EntityType(c.Service, c.Name), c.Identifier
}

// Link leads from an event to another one.
type Link struct {
	// Type is free; "parent", "child" and "reference" are common, and "version"
	// leads from an event's version to the one before it.
	Type   string `json:"type"`
	Target Target `json:"target"`
	// Meta is a JSON object, or empty.
	Meta json.RawMessage `json:"meta,omitempty"`
}

// LinkVersion is the type of the links that the ledger makes itself, from a
// version of an event to the one before.
const LinkVersion = "version"

// Target names an event in one of three ways: by EventID, by Position, or by ID.
type Target struct {
	EventID  *EventID `json:"eventId,omitempty"`
	Position Position `json:"position,omitempty"`
	// ID is an author's own id. Without a Version it means the latest version.
	ID      string `json:"id,omitempty"`
	Version uint64 `json:"version,omitempty"`
}

// File is a content that belongs to an event, or a reference to one elsewhere.
type File struct {
	// ID names the file within its event.
	ID          string `json:"id"`
	ContentType string `json:"contentType,omitempty"`
	Filename    string `json:"filename,omitempty"`
	// Size is in bytes and Hash is "sha256:" and 64 hex digits. The ledger
	// computes both for a content; of a reference they are what its author says.
	Size *int64 `json:"size,omitempty"`
	Hash string `json:"hash,omitempty"`
	// IsReference says that Data is a URL, a path or an address, which is stored
	// and never fetched. Otherwise Data is the content in base64.
	IsReference bool   `json:"isReference,omitempty"`
	Data        string `json:"data,omitempty"`
}

// MarshalJSON leaves Data out where the content is not here. An empty content is: it is written, since a file to append
// must have one.
func (f File) MarshalJSON() ([]byte, error) {
	type plain File // without this method
	if f.Data != "" || f.IsReference || (f.Size != nil && *f.Size > 0) {
		return marshal(plain(f))
	}
	return marshal(struct {
		plain
		Data string `json:"data"`
	}{plain: plain(f)})
}

// Settings are what a ledger's owner chooses for it.
type Settings struct {
	// ID, if not empty, has the ledger make an id for each event that has none.
	ID IDKind `json:"id,omitempty"`
}

// IDKind is how a ledger makes ids: RFC 9562 UUIDs of a version.
type IDKind string

// The kinds of ids. UUID1 holds a time and a random number of the node that made
// it, UUID4 is random, UUID7 sorts by the time when it was made.
const (
	UUID1 IDKind = "uuid1"
	UUID4 IDKind = "uuid4"
	UUID7 IDKind = "uuid7"
)

// IDKinds are all of them.
var IDKinds = []IDKind{UUID1, UUID4, UUID7}
