package node

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"io"
	"net/http"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/fsm/command"
	"github.com/quipu-ledger/quipu/node/identity"
	"github.com/quipu-ledger/quipu/transport/wire"
)

// The calls that nodes answer to each other, beside those of forming.
const (
	pathPropose   = "/propose"
	pathReadIndex = "/read-index"
	pathStatus    = "/status"
)

// calls serves the peer port. Who reaches it belongs to this cluster, but for
// the calls of forming: see package peer.
func (n *Node) calls() http.Handler {
	mux := http.NewServeMux()
	for path, answer := range map[string]func(*http.Request, []byte) ([]byte, error){
		pathPrepare:   n.formAnswer(n.prepare),
		pathFormed:    n.formAnswer(n.formed),
		pathPropose:   n.answerPropose,
		pathReadIndex: n.answerReadIndex,
		pathStatus:    n.answerStatus,
	} {
		mux.HandleFunc("POST "+path, func(w http.ResponseWriter, request *http.Request) {
			body, err := io.ReadAll(request.Body)
			if err != nil {
				n.answer(w, nil, quipu.Errorf(quipu.Invalid, "the call's body ended early").Because(err))
				return
			}
			out, err := answer(request, body)
			n.answer(w, out, err)
		})
	}
	return mux
}

func (n *Node) answer(w http.ResponseWriter, body []byte, err error) {
	if err != nil {
		var known *quipu.Error
		if !errors.As(err, &known) {
			n.log.Error("call of another node", "error", err)
			known = &quipu.Error{Kind: quipu.Internal}
		}
		w.WriteHeader(wire.Status(known.Kind))
		body = wire.EncodeProblem(known)
	}
	_, _ = w.Write(body) // the caller sees a broken connection and knows what that means
}

func (n *Node) formAnswer(do func(*identity.Proposal) error) func(*http.Request, []byte) ([]byte, error) {
	return func(_ *http.Request, body []byte) ([]byte, error) {
		var proposal identity.Proposal
		if err := json.Unmarshal(body, &proposal); err != nil {
			return nil, quipu.Errorf(quipu.Invalid, "the proposal cannot be read").Because(err)
		}
		return nil, do(&proposal)
	}
}

// answerPropose carries out what a follower has forwarded. A node that does not
// lead says so, and forwards nothing further.
func (n *Node) answerPropose(request *http.Request, body []byte) ([]byte, error) {
	commands, err := command.DecodeList(body)
	if err != nil {
		return nil, quipu.Errorf(quipu.Invalid, "the commands cannot be read; the nodes may run different releases").Because(err)
	}
	r, to, err := n.leader(request.Context())
	if err != nil {
		return nil, err
	}
	if to.NodeID != n.nodeID {
		return nil, unavailable("node %s does not lead any more", n.nodeID).WithHint("try again")
	}
	outcomes := r.lead(request.Context(), commands)
	list := make([]wire.Outcome, len(outcomes))
	for i, o := range outcomes {
		list[i] = wire.Outcome{Error: o.Err, Receipt: o.Receipt, Ledger: o.Ledger, Created: o.Created}
	}
	return wire.EncodeOutcomes(list), nil
}

func (n *Node) answerReadIndex(request *http.Request, _ []byte) ([]byte, error) {
	r := n.replica.Load()
	if r == nil || !r.leads() {
		return nil, unavailable("node %s does not lead", n.nodeID)
	}
	index, err := r.reads.join(request.Context())
	if err != nil {
		return nil, ended(request.Context(), err)
	}
	return binary.BigEndian.AppendUint64(nil, index), nil
}

func (n *Node) answerStatus(*http.Request, []byte) ([]byte, error) {
	r := n.replica.Load()
	if r == nil {
		return nil, n.notFormed()
	}
	return json.Marshal(n.status(r))
}
