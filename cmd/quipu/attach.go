package main

import (
	"encoding/base64"
	"mime"
	"net/http"
	"net/url"
	"path"
	"path/filepath"

	"github.com/urfave/cli/v2"

	"github.com/quipu-ledger/quipu"
)

// readAttachments reads the files that go with an event. A file's id is its name without
// the folders.
func readAttachments(c *cli.Context, event *quipu.NewEvent) error {
	for _, name := range c.StringSlice("attach") {
		content, err := readInput(c, name, quipu.FileBytesMax)
		if err != nil {
			return err
		}
		base := filepath.Base(name)
		if err := addFile(event, quipu.File{
			ID: base, Filename: base, ContentType: contentType(base, content), Data: base64.StdEncoding.EncodeToString(content),
		}); err != nil {
			return err
		}
	}
	for _, reference := range c.StringSlice("attach-reference") {
		if err := addFile(event, quipu.File{ID: referenceID(reference), IsReference: true, Data: reference}); err != nil {
			return err
		}
	}
	return nil
}

func addFile(event *quipu.NewEvent, file quipu.File) error {
	for _, other := range event.Files {
		if other.ID == file.ID {
			return usagef("two files of the event are named %q", file.ID).withHint("each needs a name of its own, by which it is found again")
		}
	}
	event.Files = append(event.Files, file)
	return nil
}

// contentType goes by the name, and where that says nothing by the content.
func contentType(name string, content []byte) string {
	if byName := mime.TypeByExtension(filepath.Ext(name)); byName != "" {
		return byName
	}
	return http.DetectContentType(content)
}

// referenceID is the last part of a URL's path, or all of it.
func referenceID(reference string) string {
	if u, err := url.Parse(reference); err == nil {
		if base := path.Base(u.Path); base != "." && base != "/" {
			return base
		}
	}
	return reference
}
