package path_test

import (
	"testing"

	"github.com/quipu-ledger/quipu/fsm/selector/path"
)

// event200 is a document of 200 bytes.
const event200 = `{"added":12,"area":"raft","deleted":3,"ext":"go","file":"etcd/etcdserver/server.go",` +
	`"name":"x","players":["Elizabeth_Wilkerson","Amal_Hussein"],"subject":"etcdserver: fix a data race when stopping"}`

func BenchmarkExists(b *testing.B) {
	for _, c := range []struct{ name, text string }{
		{"Member", `$.name`},
		{"Equal", `$.name ? (@ == "x")`},
		{"EqualVariable", `$.name ? (@ == $name)`},
		{"Absent", `$.nothing ? (@ == "x")`},
		{"Array", `$.players ? (@ == "Amal_Hussein")`},
		{"ArrayInCondition", `$ ? (@.players == "Amal_Hussein")`},
		{"TwoMembers", `$ ? (@.deleted > @.added)`},
		{"Either", `$.ext ? (@ == "md" || @ == "go")`},
		{"Regex", `$.file ? (@ like_regex "server\\.go$")`},
		{"Arithmetic", `$ ? (@.deleted + @.added > 10)`},
		{"AnyDepth", `$.** ? (@ == "Amal_Hussein")`},
	} {
		b.Run(c.name, func(b *testing.B) {
			p, err := path.Compile(c.text)
			if err != nil {
				b.Fatal(err)
			}
			v, _ := path.ParseVars([]byte(`{"name":"x"}`))
			doc := []byte(event200)
			b.ReportAllocs()
			for b.Loop() {
				steps := 1000
				if _, err := p.Exists(doc, v, &steps); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
