package api

import (
	"net/http"
	"strings"
)

// unchanged names what the answer shows by an entity tag (RFC 9110), and answers 304 if the client has that already.
func (x *exchange) unchanged(tag string) (bool, error) {
	tag = `"` + tag + `"`
	x.w.Header().Set("ETag", tag)
	for _, header := range x.r.Header.Values("If-None-Match") {
		for known := range strings.SplitSeq(header, ",") {
			if known = strings.TrimPrefix(strings.TrimSpace(known), "W/"); known == tag || known == "*" {
				return true, x.send(http.StatusNotModified, "", nil)
			}
		}
	}
	return false, nil
}
