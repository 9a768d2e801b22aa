package raftlog

import (
	"sync"
	"sync/atomic"
	"time"
)

// Stats are what a Log did since it was opened, for metrics.
type Stats struct {
	// Entries and Bytes were stored by StoreLogs.
	Entries, Bytes uint64
	// Writes is the number of durable transactions, of all kinds, and WriteTime
	// what they took together.
	Writes    uint64
	WriteTime time.Duration
	// LongestWrite is the slowest of them, and LastWrite when the latest ended.
	LongestWrite time.Duration
	LastWrite    time.Time
}

// accounts is what a Log counts. Its mutex is the right to write.
type accounts struct {
	writing sync.Mutex
	started atomic.Pointer[time.Time] // set by the holder of writing

	mu    sync.Mutex // protects stats; never held during a write
	stats Stats

	sinceSnapshot atomic.Uint64
}

// begin waits for the right to write and notes the time; calling what it
// returns ends the write.
func (a *accounts) begin() (end func()) {
	a.writing.Lock()
	start := time.Now()
	a.started.Store(&start)
	return func() {
		a.ended(start, time.Now())
		a.started.Store(nil)
		a.writing.Unlock()
	}
}

func (a *accounts) ended(start, end time.Time) {
	a.mu.Lock()
	defer a.mu.Unlock()
	took := end.Sub(start)
	a.stats.Writes++
	a.stats.WriteTime += took
	a.stats.LongestWrite = max(a.stats.LongestWrite, took)
	a.stats.LastWrite = end
}

func (a *accounts) stored(entries int, size uint64) {
	a.sinceSnapshot.Add(size)
	a.mu.Lock()
	defer a.mu.Unlock()
	a.stats.Entries += uint64(entries)
	a.stats.Bytes += size
}

// Stats are the counts so far.
func (l *Log) Stats() Stats {
	l.count.mu.Lock()
	defer l.count.mu.Unlock()
	return l.count.stats
}

// WriteStarted is since when a write is under way, if one is. A write that
// takes seconds is a disk that hangs: heartbeats go on meanwhile, so a leader would stay
// leader. The time has a monotonic reading, for time.Since.
func (l *Log) WriteStarted() (since time.Time, underway bool) {
	if start := l.count.started.Load(); start != nil {
		return *start, true
	}
	return time.Time{}, false
}

// BytesSinceSnapshot is about how many bytes of entries were stored since
// SnapshotTaken was called last; after Open, the size of all entries. raft
// takes snapshots by count of entries alone, which for large entries is too
// seldom. It does not follow DeleteRange: raft truncates nothing after a
// snapshot as long as the log is shorter than its TrailingLogs.
func (l *Log) BytesSinceSnapshot() uint64 { return l.count.sinceSnapshot.Load() }

// SnapshotTaken starts the count of BytesSinceSnapshot again.
func (l *Log) SnapshotTaken() { l.count.sinceSnapshot.Store(0) }
