package wire

import "github.com/quipu-ledger/quipu"

// Encode gives a value that encodes as JSON by itself, such as a Cluster, a Registry or a Version, on one line.
func Encode(value any) []byte { return encode(value) }

// Version is the answer to GET /v1/version.
type Version struct {
	// Version is the release.
	Version string `json:"version"`
	// Revision is the source's commit, if the binary knows it.
	Revision string `json:"revision,omitempty"`
	// Go is the version of the compiler.
	Go string `json:"go,omitempty"`
}

// Limits are the limits of requests by name, in the units that the names end in.
func Limits() map[string]int {
	return map[string]int{
		"dataBytesMax":          quipu.DataBytesMax,
		"metaBytesMax":          quipu.MetaBytesMax,
		"appendEventsMax":       quipu.AppendEventsMax,
		"appendBytesMax":        quipu.AppendBytesMax,
		"appendFileBytesMax":    quipu.AppendFileBytesMax,
		"appendBodyBytesMax":    quipu.AppendBodyBytesMax,
		"appendConditionsMax":   quipu.AppendConditionsMax,
		"batchBytesMax":         quipu.BatchBytesMax,
		"fileBytesMax":          quipu.FileBytesMax,
		"filesMax":              quipu.FilesMax,
		"fileDataCharsMax":      quipu.FileDataCharsMax,
		"fileTypeCharsMax":      quipu.FileTypeCharsMax,
		"linksMax":              quipu.LinksMax,
		"correlationsMax":       quipu.CorrelationsMax,
		"encryptedDataBytesMax": quipu.EncryptedDataBytesMax,
		"schemaBytesMax":        quipu.SchemaBytesMax,
		"schemaDepthMax":        quipu.SchemaDepthMax,
		"registrySchemasMax":    quipu.RegistrySchemasMax,
		"eventSchemasMax":       quipu.EventSchemasMax,
		"violationsMax":         quipu.ViolationsMax,
		"changesMax":            quipu.ChangesMax,
		"graphDepthMax":         quipu.GraphDepthMax,
		"graphEventsMax":        quipu.GraphEventsMax,
		"eventEntitiesMax":      quipu.EventEntitiesMax,
		"keyBytesMax":           quipu.KeyBytesMax,
		"nameCharsMax":          quipu.NameCharsMax,
		"descriptionCharsMax":   quipu.DescriptionCharsMax,
		"selectorBytesMax":      quipu.SelectorBytesMax,
		"selectorKeysMax":       quipu.SelectorKeysMax,
		"registryEventsMax":     quipu.RegistryEventsMax,
		"registryEntitiesMax":   quipu.RegistryEntitiesMax,
		"ledgersMax":            quipu.LedgersMax,
		"clashEventsMax":        quipu.ClashEventsMax,
		"clashBytesMax":         quipu.ClashBytesMax,
		"depthMax":              quipu.DepthMax,
		"numberDigitsMax":       quipu.NumberDigitsMax,
		"numberExponentMax":     quipu.NumberExponentMax,
		"pathStepsMax":          quipu.PathStepsMax,
	}
}

// Health is the answer to /livez and to a /readyz that says yes.
type Health struct {
	Status string `json:"status"`
}
