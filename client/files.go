package client

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"mime"
	"net/http"
	"strings"

	"github.com/quipu-ledger/quipu"
)

// Content is the content of a file.
type Content struct {
	Bytes []byte
	// Hash is "sha256:" and 64 hex digits. The client has computed it anew.
	Hash string
	// ContentType and Filename are what the author of the event said; servers fill in where that was nothing.
	ContentType, Filename string
}

// File gives the content that a ledger keeps under a hash, "sha256:" and 64 hex digits; NotFound if no event has it. Corrupt
// means that what came is something else.
func (c *Client) File(ctx context.Context, ledger, hash string, options ...ReadOption) (Content, error) {
	if err := nonempty(ledger, hash); err != nil {
		return Content{}, err
	}
	return c.content(ctx, "file "+hash+" of "+ledger, hash, ledgerPath(ledger, "files", hash), options)
}

// EventFile gives the content of a file of an event, by the file's id; NotFound if the event has none of that id, or only a
// reference, whose content is not in the ledger. Corrupt means that what came is not what the node said it would be.
func (c *Client) EventFile(ctx context.Context, ledger string, place quipu.Place, file string, options ...ReadOption) (Content, error) {
	if err := nonempty(ledger, file); err != nil {
		return Content{}, err
	}
	where := placeText(place)
	return c.content(ctx, "file "+file+" of event "+where+" of "+ledger, "", ledgerPath(ledger, "events", where, "files", file), options)
}

// content reads a content and checks it against the hash, or if that is empty against the one that the answer names.
func (c *Client) content(ctx context.Context, op, hash, path string, options []ReadOption) (content Content, err error) {
	r := &request{op: op, method: http.MethodGet, path: path, query: newRead(options).query()}
	err = c.do(ctx, r, func(answer *http.Response, _ func()) error {
		bytes, err := io.ReadAll(answer.Body)
		if err != nil {
			return err
		}
		sum := sha256.Sum256(bytes)
		content = Content{
			Bytes: bytes, Hash: "sha256:" + hex.EncodeToString(sum[:]),
			ContentType: answer.Header.Get("Content-Type"), Filename: filename(answer.Header),
		}
		if hash == "" {
			hash = strings.Trim(strings.TrimPrefix(answer.Header.Get("ETag"), "W/"), `"`)
		}
		if content.Hash != hash {
			return quipu.Errorf(quipu.Corrupt, "what came has the hash %s, and not %s", content.Hash, hash).
				WithHint("look for a proxy between here and the node, or ask another node")
		}
		return nil
	})
	if err != nil {
		return Content{}, err
	}
	return content, nil
}

// filename is the one under which an answer is to be saved, empty if it names none.
func filename(header http.Header) string {
	_, params, err := mime.ParseMediaType(header.Get("Content-Disposition"))
	if err != nil {
		return ""
	}
	return params["filename"]
}
