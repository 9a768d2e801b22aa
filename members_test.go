package quipu_test

import (
	"strings"
	"testing"

	"github.com/quipu-ledger/quipu"
)

func TestEntityTypesOfServicesAreToldApart(t *testing.T) {
	parts := []string{"a", "b", "/", "~", "~0", "~1", "~01", "~10", "a/b", "b/c", "a~b", "~~", "//", "/~", "~/", "é", " ", "a/", "/a"}
	seen := map[string][2]string{}
	for _, service := range parts {
		for _, name := range parts {
			entityType := quipu.EntityType(service, name)
			if other, ok := seen[entityType]; ok {
				t.Errorf("%q/%q and %q/%q are both %q", service, name, other[0], other[1], entityType)
			}
			seen[entityType] = [2]string{service, name}
			gotService, gotName, ok := quipu.SplitEntityType(entityType)
			if !ok || gotService != service || gotName != name {
				t.Errorf("%q/%q is %q, and that is split into %q and %q, %v", service, name, entityType, gotService, gotName, ok)
			}
		}
	}
	for _, plain := range []string{"order", "a~1b"} {
		if service, name, ok := quipu.SplitEntityType(plain); !ok || service != "" || quipu.EntityType("", name) != plain {
			t.Errorf("%q is split into %q and %q, %v", plain, service, name, ok)
		}
	}
	if got := quipu.EntityType("article-store", "a/b~c"); got != "article-store/a~1b~0c" {
		t.Error(got)
	}
}

func TestEntityTypesThatNoServiceGives(t *testing.T) {
	for _, entityType := range []string{"", "/", "/a", "a/", "a/b/c", "~/a", "a/~", "a/~2", "~2/a", "a~2", "a/b~"} {
		if service, name, ok := quipu.SplitEntityType(entityType); ok {
			t.Errorf("%q is split into %q and %q", entityType, service, name)
		}
	}
}

func FuzzEntityType(f *testing.F) {
	f.Add("article-store", "article", "a~1/b")
	f.Add("~", "/", "~01/~10")
	f.Fuzz(func(t *testing.T, service, name, entityType string) {
		if name != "" {
			made := quipu.EntityType(service, name)
			if slashes := strings.Count(made, "/"); slashes > 1 || (slashes == 0) != (service == "") {
				t.Fatalf("%q", made)
			}
			if gotService, gotName, ok := quipu.SplitEntityType(made); !ok || gotService != service || gotName != name {
				t.Fatalf("%q and %q come back as %q and %q, %v", service, name, gotService, gotName, ok)
			}
		}
		if service, name, ok := quipu.SplitEntityType(entityType); ok && quipu.EntityType(service, name) != entityType {
			t.Fatalf("%q is split into %q and %q", entityType, service, name)
		}
	})
}

func TestCorrelationIsAnEntity(t *testing.T) {
	entityType, key := quipu.Correlation{Service: "article-store", Name: "article", Identifier: "10627"}.Entity()
	if entityType != "article-store/article" || key != "10627" {
		t.Errorf("%q %q", entityType, key)
	}
}
