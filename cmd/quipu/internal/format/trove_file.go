package format

import (
	"encoding/base64"
	"math"
	"mime"
	"strconv"
	"strings"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/fsm/record"
	"github.com/quipu-ledger/quipu/fsm/shape"
)

const exampleTroveFile = `a file is such as {"id":"f1","contentType":"text/plain","filename":"a.txt","data":"aGVsbG8="}`

var troveFileForm = form{
	{"id", required, anyName("the file's id"), exampleTroveFile},
	{"contentType", optional, anyText, exampleTroveFile},
	{"filename", optional, anyText, exampleTroveFile},
	{"size", optional, aNumber, "it is a number of bytes"},
	{"hash", optional, anyText, exampleHash},
	{"isReference", optional, aBoolean, "true says that data is a URL, a path or an address"},
	{"data", required, anyText, exampleTroveFile},
}

const (
	exampleHash = `a hash is "sha256:" and 64 hex digits`
	exampleData = "data is the content in standard base64 with padding; a URL or a path needs isReference"
	computed    = "leave it out: it is computed; if it is right, the content was damaged on its way"
)

// troveFile checks what is said of a content. Of a reference everything is its author's
// word.
func troveFile(v shape.Value) error {
	o, err := v.Object()
	if err != nil {
		return err
	}
	if err := troveFileForm.check(o); err != nil {
		return err
	}
	if string(o.Member("isReference").Bytes()) == "true" {
		return hinted(someText(o.Member("data")), "the data of a reference is a URL, a path or an address")
	}
	text, err := o.Member("data").Text()
	if err != nil {
		return err
	}
	content, ok := decode(text)
	if !ok {
		return o.Member("data").Errorf("the file's data is not base64").WithHint(exampleData)
	}
	return saidOf(content, o.Member("size"), o.Member("hash"))
}

func saidOf(content []byte, size, hash shape.Value) error {
	if size.Exists() && string(size.Bytes()) != strconv.Itoa(len(content)) {
		return size.Errorf("the size is given as %.30s, and the content has %d bytes", size.Bytes(), len(content)).WithHint(computed)
	}
	if !hash.Exists() {
		return nil
	}
	said, err := hash.Text()
	if is := record.HashOf(content).String(); err == nil && said != is {
		return hash.Errorf("the hash is given as %.80q, and that of the content is %q", said, is).WithHint(computed)
	}
	return err
}

// decode reads standard base64 with padding and nothing else: a content has one text.
func decode(text string) (content []byte, ok bool) {
	content, err := base64.StdEncoding.Strict().DecodeString(text)
	return content, err == nil && !strings.ContainsAny(text, "\r\n")
}

// divideFiles takes the data out of the files of a document, if it has any.
func divideFiles(part fields) {
	var files, data [][]byte
	for _, file := range elements(part["files"]) {
		members := split(file)
		data = append(data, members["data"])
		delete(members, "data")
		files = append(files, members.json())
	}
	if part.has("files") {
		part["files"] = array(files...)
	}
	part[contents] = array(data...)
}

// joinFiles is the inverse of divideFiles.
func joinFiles(part fields) {
	data := elements(part[contents])
	delete(part, contents)
	var files [][]byte
	for i, file := range elements(part["files"]) {
		members := split(file)
		if i < len(data) {
			members["data"] = data[i]
		}
		files = append(files, members.json())
	}
	if files != nil {
		part["files"] = array(files...)
	}
}

// takeFiles gives the event the files of a part. What a ledger would refuse to keep of
// them, such as a type that is no media type, is left to the side.
func takeFiles(event, part fields) {
	data := elements(part[contents])
	var list [][]byte
	for i, element := range elements(part["files"]) {
		from := split(element)
		to := fields{"id": from["id"], "data": data[i]}
		if isMediaType(from.text("contentType")) {
			to.take(from, "contentType")
		}
		if isLine(from.text("filename"), quipu.FileTypeCharsMax) {
			to.take(from, "filename")
		}
		if string(from["isReference"]) == "true" {
			to.take(from, "isReference")
			takeSaid(to, from)
		} else {
			content, _ := decode(unquote(data[i])) // which was checked
			to["size"] = strconv.AppendInt(nil, int64(len(content)), 10)
			to["hash"] = quote(record.HashOf(content).String())
		}
		list = append(list, to.json())
	}
	if list != nil {
		event["files"] = array(list...)
	}
}

// takeSaid takes what an author says of a reference.
func takeSaid(to, from fields) {
	if size, err := strconv.ParseUint(string(from["size"]), 10, 64); err == nil && size <= math.MaxInt64 {
		to.take(from, "size")
	}
	if digits, ok := strings.CutPrefix(from.text("hash"), "sha256:"); ok && isName(digits) {
		to.take(from, "hash")
	}
}

func isMediaType(text string) bool {
	media, _, err := mime.ParseMediaType(text)
	return err == nil && strings.Contains(media, "/") && isLine(text, quipu.FileTypeCharsMax)
}

// addFiles translates the files of an event, whose contents have to be there.
func addFiles(part fields, files [][]byte) error {
	var list, data [][]byte
	for _, element := range files {
		file := split(element)
		switch {
		case file.has("data"):
			data = append(data, file["data"])
		case string(file["size"]) == "0": // in quipu.File an empty text is none
			data = append(data, quote(""))
		default:
			return quipu.Errorf(quipu.Invalid, "the content of its file %.80q was not read with it", file.text("id")).
				WithHint("read the event with the contents of its files")
		}
		delete(file, "data")
		list = append(list, file.json())
	}
	part["files"], part[contents] = array(list...), array(data...)
	return nil
}
