package format_test

import (
	"regexp"
	"strings"
	"testing"
)

// The events that the first descriptions of the formats print, as they print them.

const seedTrove = `{
  "id": {
    "id": "evt_123abc",
    "version": 1
  },
  "createdAt": "2024-03-15T10:30:00Z",
  "producer": "web-api",
  "schema": {
    "id": "document.uploaded",
    "version": "1.0"
  },
  "payload": {
    "title": "Annual Report",
    "author": "Jane Smith"
  },
  "files": [
    {
      "id": "file_xyz789",
      "contentType": "application/pdf",
      "filename": "report.pdf",
      "size": 1048576,
      "hash": "sha256:abc123...",
      "isReference": true,
      "data": "s3://mybucket/reports/report.pdf"
    }
  ],
  "links": [
    {
      "type": "parent",
      "targetEvent": {
        "id": "evt_456def"
      }
    }
  ],
  "metadata": {
    "ip": "192.168.1.1",
    "userAgent": "Mozilla/5.0..."
  }
}`

const seedTroveSchema = `{
  "id": "document.uploaded",
  "version": "1.0",
  "schema": {
    "type": "object",
    "properties": {
      "title": {
        "type": "string",
        "minLength": 1
      },
      "author": {
        "type": "string"
      }
    },
    "required": ["title"]
  }
}`

// seedsLibero have comments, commas behind the last element and data left out.
var seedsLibero = []string{`{
    "eventId": "448278c4-22d6-11e8-b467-0ed5f89f718b",
    "happenedAt": "2018-03-08T12:00:00+00:00",
    "aggregate": {
        "service": "article-store",
        "name": "article-run",
        "identifier": "6551f09a-bd23-4f12-a039-f8fa78ef776a",
    },
    "type": "deposit-assets-started",
    "data": {
        ...
    },
    "correlationIds": [
        {
            "service": "article-store",
            "name": "article",
            "identifier": "10627",
        },
        {
            "service": "article-store",
            "name": "article-version",
            "identifier": "1",
        },
        {
            "service": "article-store",
            "name": "article-run",
            "identifier": "6551f09a-bd23-4f12-a039-f8fa78ef776a",
        },
    ],
}`, `{
    "eventId": "448278c4-22d6-11e8-b467-0ed5f89f718b",
    "happenedAt": "2018-03-08T12:00:00+00:00",
    "aggregate": {
        "service": "search",
        "name": "indexing",
        "identifier": "18b21fea-5a87-11e8-9c2d-fa7ae01bbebc",
    },
    "type": "search-indexing-started",
    "data": {
        ...
    },
    "correlationIds": [
        {
            "service": "article-store",
            "name": "article",
            "identifier": "10627",
        },
        {
            "service": "article-store",
            "name": "article-version",
            "identifier": "1",
        },
        {
            "service": "article-store",
            "name": "article-run",
            "identifier": "6551f09a-bd23-4f12-a039-f8fa78ef776a",
        },
        {
            "service": "search",
            "name": "indexing",
            "identifier": "18b21fea-5a87-11e8-9c2d-fa7ae01bbebc",
        },
    ],
}`, `{
    "eventId": "448278c4-22d6-11e8-b467-0ed5f89f718b",
    "happenedAt": "2018-03-08T12:00:00+00:00",
    "aggregate": {
        "service": "downstream-sample",
        "name": "deposit",
        "identifier": "2018-03-08/1", # daily attempts
    },
    "type": "downstream-crossref-started",
    "data": {
        ...
    },
    "correlationIds": [
        {
            "service": "article-store",
            "name": "article",
            "identifier": "10627",
        },
        {
            "service": "article-store",
            "name": "article-version",
            "identifier": "1",
        },
        {
            "service": "article-store",
            "name": "article-run",
            "identifier": "6551f09a-bd23-4f12-a039-f8fa78ef776a",
        },
        {
            "service": "downstream-sample",
            "name": "deposit",
            "identifier": "2018-03-08/1",
        },
    ],
}`}

var seedsSerialized = []string{
	`{  "eventId": "a2bcae3a-85f6-4a6c-a50f-936479cc17b4",  "eventType": "OrderPlaced",  "data": {    "orderId": "b1b0ee7c-c758-4f7b-8185-2bf599435eb9",    "orderAmount": 1000  }}`,
	`{  "eventType": "OrderPlaced",  "eventId": "a2bcae3a-85f6-4a6c-a50f-936479cc17b4",  "data": {    "orderId": "b1b0ee7c-c758-4f7b-8185-2bf599435eb9",    "orderAmount": 1000  }}`,
	`{  "eventType": "OrderPlaced",  "data": {    "orderId": "b1b0ee7c-c758-4f7b-8185-2bf599435eb9",    "orderAmount": 1000  }}`,
	`{  "eventId": "a2bcae3a-85f6-4a6c-a50f-936479cc17b4",  "eventType": "OrderPlaced",  "data": {    "orderId": "b1b0ee7c-c758-4f7b-8185-2bf599435eb9",    "orderAmount": 1000,    "active": true,    "orderItems": [      {        "productId": "7a3e0996-2868-4229-800e-a209edc0b5de",        "quantity": 1      },      {        "productId": "e743f2c7-0182-4de0-bd78-9f9112745def",        "quantity": 2      }    ]  }}`,
	`{  "eventId": "a2bcae3a-85f6-4a6c-a50f-936479cc17b4",  "eventType": "OrderPlaced",  "data": {    "orderId": "b1b0ee7c-c758-4f7b-8185-2bf599435eb9",    "orderAmount": 1000,    "placedAt": 1598931200000  }}`,
}

// cleaned makes JSON of what is printed with comments, commas at the end and "...".
func cleaned(text string) string {
	text = regexp.MustCompile(`(?m)\s+#.*$`).ReplaceAllString(text, "")
	text = regexp.MustCompile(`(?m)^\s+\.\.\.\s*$`).ReplaceAllString(text, "")
	return regexp.MustCompile(`,(\s*[}\]])`).ReplaceAllString(text, "$1")
}

func TestSeedsComeBackAsPrinted(t *testing.T) {
	wantIdentity(t, newFormat(t, "trove"), seedTrove)
	for _, seed := range seedsLibero {
		wantIdentity(t, newFormat(t, "libero"), cleaned(seed))
		filled := strings.Replace(cleaned(seed), `"data": {`, `"data": {"attempt": 1.50`, 1)
		wantIdentity(t, newFormat(t, "libero"), filled)
	}
	for _, seed := range seedsSerialized {
		wantIdentity(t, newFormat(t, "serialized"), seed)
		wantIdentity(t, newFormat(t, "serialized"), `{"aggregateType":"order","aggregateId":"b1b0ee7c-c758-4f7b-8185-2bf599435eb9","events":[`+seed+`]}`)
	}
}

func TestSeedOfTroveBecomesAnEvent(t *testing.T) {
	e := event(t, newFormat(t, "trove"), seedTrove)
	if e.Name != "document.uploaded" || e.Schema != "1.0" || e.ID != "evt_123abc" || e.Version != 1 || e.Producer != "web-api" ||
		e.HappenedAt != "2024-03-15T10:30:00Z" || e.Entities["event"][0] != "evt_123abc" {
		t.Errorf("%+v", e)
	}
	if f := e.Files[0]; f.ID != "file_xyz789" || *f.Size != 1048576 || f.Hash != "sha256:abc123..." || !f.IsReference || f.Data != "s3://mybucket/reports/report.pdf" {
		t.Errorf("%+v", f)
	}
	if l := e.Links[0]; l.Type != "parent" || l.Target.ID != "evt_456def" || l.Target.Version != 0 || l.Meta != nil {
		t.Errorf("%+v", l)
	}
	if meta := e.Meta.(map[string]any); len(meta) != 2 || meta["ip"] != "192.168.1.1" {
		t.Errorf("meta has a side that is not needed: %v", meta)
	}
}

func TestSeedOfTrovesSchemaIsNoEvent(t *testing.T) {
	_, err := newFormat(t, "trove").ToQuipu([]byte(seedTroveSchema))
	if e := known(t, err); e.Detail != "this is a schema and not an event" || e.Hint == "" {
		t.Errorf("%+v", e)
	}
}

func TestSeedOfLiberoBecomesAnEvent(t *testing.T) {
	e := event(t, newFormat(t, "libero"), cleaned(seedsLibero[2]))
	if e.Name != "downstream-crossref-started" || e.ID != "448278c4-22d6-11e8-b467-0ed5f89f718b" || e.HappenedAt != "2018-03-08T12:00:00+00:00" ||
		e.Aggregate.Type != "downstream-sample/deposit" || e.Aggregate.Key != "2018-03-08/1" || e.Entities != nil || e.Meta != nil {
		t.Errorf("%+v", e)
	}
	if len(e.Correlations) != 4 || e.Correlations[1].Name != "article-version" || e.Correlations[3].Identifier != "2018-03-08/1" {
		t.Errorf("%+v", e.Correlations)
	}
}

func TestSeedOfSerializedBecomesAnEvent(t *testing.T) {
	e := event(t, newFormat(t, "serialized"), seedsSerialized[0])
	if e.Name != "OrderPlaced" || e.ID != "a2bcae3a-85f6-4a6c-a50f-936479cc17b4" || e.Entities["event"][0] != e.ID || e.Aggregate != nil || e.Meta != nil {
		t.Errorf("%+v", e)
	}
	if e := event(t, newFormat(t, "serialized"), seedsSerialized[2]); e.ID != "" || e.Entities["eventType"][0] != "OrderPlaced" || e.Meta != nil {
		t.Errorf("%+v", e)
	}
}
