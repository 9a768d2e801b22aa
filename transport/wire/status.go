package wire

import (
	"net/http"

	"github.com/quipu-ledger/quipu"
)

// statuses is the one table of error kinds and HTTP statuses. Where kinds share a status, the first of them is what a
// status without a kind is taken for.
var statuses = []struct {
	kind   quipu.Kind
	status int
	title  string
}{
	{quipu.Invalid, http.StatusBadRequest, "The request is wrong and always will be"},
	{quipu.Unauthenticated, http.StatusUnauthorized, "The caller has not said who it is"},
	{quipu.Forbidden, http.StatusForbidden, "The caller may not do this"},
	{quipu.NotFound, http.StatusNotFound, "There is no such thing"},
	{quipu.Conflict, http.StatusConflict, "A condition does not hold"},
	{quipu.TooLarge, http.StatusRequestEntityTooLarge, "A limit was passed"},
	{quipu.NotRegistered, http.StatusUnprocessableEntity, "Not in the ledger's registry"},
	{quipu.Mismatch, http.StatusUnprocessableEntity, "Used before for other content"},
	{quipu.SchemaViolation, http.StatusUnprocessableEntity, "The data does not fit its schema"},
	{quipu.Unavailable, http.StatusServiceUnavailable, "Certainly not applied; try again later"},
	{quipu.Uncertain, http.StatusGatewayTimeout, "May have been applied"},
	{quipu.Internal, http.StatusInternalServerError, "An error of the server"},
	{quipu.Corrupt, http.StatusInternalServerError, "Stored data failed a check"},
}

// Status is the HTTP status of an error kind; 500 for one that is not known.
func Status(kind quipu.Kind) int {
	for _, row := range statuses {
		if row.kind == kind {
			return row.status
		}
	}
	return http.StatusInternalServerError
}

// KindOfStatus guesses the kind of an answer that does not name one, because it does not come from a node. What says
// nothing about whether the request was carried out is Uncertain.
func KindOfStatus(status int) quipu.Kind {
	for _, row := range statuses {
		if row.status == status {
			return row.kind
		}
	}
	switch {
	case status == http.StatusTooManyRequests:
		return quipu.Unavailable
	case 400 <= status && status < 500:
		return quipu.Invalid
	case 500 <= status && status < 600:
		return quipu.Uncertain
	}
	return quipu.Internal
}

func title(kind quipu.Kind) string {
	for _, row := range statuses {
		if row.kind == kind {
			return row.title
		}
	}
	return string(kind)
}

func known(kind quipu.Kind) bool {
	for _, row := range statuses {
		if row.kind == kind {
			return true
		}
	}
	return false
}
