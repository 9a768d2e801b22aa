package format_test

import "testing"

// BenchmarkTranslate imports and exports the event that each format prints first.
func BenchmarkTranslate(b *testing.B) {
	for name, doc := range map[string]string{
		"trove": seedTrove, "libero": cleaned(seedsLibero[0]), "serialized": seedsSerialized[0],
		"cloudevents": with(anyCloudEvent, `,"time":"2018-04-05T17:31:00Z","traceparent":"00-0","data":{"a":1}`),
	} {
		f := newFormat(b, name)
		event := stored(b, f, doc).events[0]
		b.Run("in/"+name, func(b *testing.B) {
			for b.Loop() {
				if _, err := f.ToQuipu([]byte(doc)); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run("out/"+name, func(b *testing.B) {
			e := f.NewEncoder()
			for b.Loop() {
				if _, err := e.Write(event); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
