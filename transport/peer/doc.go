// Package peer is how nodes speak to each other: one TCP port that carries
// raft and node-to-node calls, each connection opened by a hello that says who
// dials, for which cluster, and whom it expects to reach.
//
// It is not the client API and holds no policy: it does not know what a call
// means, who leads, or who is a member. The node gives it an http.Handler for
// calls and gives its Transport to raft.
//
// What it promises:
//
//   - A connection that was accepted reaches the node that was meant, and, for
//     raft, a node of the same cluster. Who dials is only claimed unless TLS
//     (Config.ServerTLS, Config.ClientTLS) proves it.
//   - A call's error says whether it may have taken effect: quipu.Unavailable
//     if no byte of it was sent, quipu.Uncertain if some were and no complete
//     answer came. Nothing is sent twice by itself.
//   - Everything that a stranger can make it hold is bounded: connections,
//     the bytes of a hello and its time, the bytes of a request.
package peer
