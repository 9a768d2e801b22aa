// Package client is the Go client of a Quipu cluster: appends, selections, and the loop of read, decide and append that
// the ledger's model exists for. It is not a cache and keeps no events; it speaks HTTP and links no part of a server.
//
// # Starting
//
// One client serves a whole program; its methods may be called from any number of goroutines.
//
//	c, err := client.New(client.Config{Endpoints: []string{"http://10.0.0.1:7400", "http://10.0.0.2:7400"}})
//
// One endpoint is enough as long as that node runs when the client starts: the client learns the addresses of the other
// nodes from it. Config.FixedEndpoints turns that off, for clusters behind a load balancer.
//
// # Appending
//
// Append returns when the events are on the disks of a majority of the nodes. Concurrent calls of Append travel together:
// what has arrived while the last request was out goes next, in one request, and each call gets the outcome of its own
// append. No timer holds a lone append back. AppendAll does the same for appends that one caller has at hand.
//
// # Deciding
//
// A decision is a function from the events that matter to the events that follow from them. Decide reads what a
// selector matches, calls the function, and appends its events on the condition that nothing else has been appended
// that the selector matches. If something has, the function is called again with the larger list. So the function must
// have no effect but its result, and two decisions on the same entity never both act on the same past.
//
// DecideAggregate does the same for one aggregate: what guards the append is the version that the aggregate has.
//
// Caused is an option of Append for events that follow from an event of another service: it passes correlations on, so that
// the whole story can be found, and names the cause.
//
// # Failures
//
// What is safe to send again is sent again, to another node if there is one, for Config.RetryFor or until the context
// ends, whichever is sooner: every read; every request that certainly was not applied (quipu.Unavailable); and an append
// that may have been applied (quipu.Uncertain), since each append carries an idempotency key, the client's own where the
// caller gave none. A node that falls silent, a failover, and a stream that is cut are therefore invisible unless they last.
//
// Every error is a *quipu.Error, except one that the function of Decide or a reader or writer of the caller returned.
// errors.Is(err, quipu.Conflict) asks for its kind, errors.Is(err, context.Canceled) for its cause, and errors.As gives
// its details, such as the events that a conflict brought.
package client
