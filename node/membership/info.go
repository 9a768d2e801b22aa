package membership

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// Info is what a node says of itself to the others. Nobody has checked it.
type Info struct {
	NodeID    string // memberlist's name of the node, unique among those that gossip with each other
	ClusterID string // "" while it belongs to none
	PeerAddr  string // host:port for raft and calls between nodes
	APIAddr   string // host:port under which clients reach it
	Expect    int    // the number of nodes to form a cluster with, 0 if it belongs to one
	Version   string // of the program
}

// Member is one node as this one sees it.
type Member struct {
	Info
	GossipAddr string // ip:port
	Alive      bool   // false once it has left or counts as dead; one that is merely suspected is alive
}

const (
	infoFormat = 1

	// infoBytesMax bounds the encoded metadata. memberlist panics above 512, and every gossip packet of 1,400 bytes should
	// have room for the news of three nodes.
	infoBytesMax = 400

	expectMax = 1 << 16 // far above any cluster; keeps a number from elsewhere in the range of an int on every machine
)

var errInfo = errors.New("metadata of a member cannot be read")

// encode writes a format byte, then the fields in the order below: a string as its length and its bytes, numbers as unsigned
// varints. NodeID is not in it, as memberlist carries it already. A later program may append fields without a new format;
// what changes the meaning of these needs one.
func (i Info) encode() ([]byte, error) {
	if i.Expect < 0 || i.Expect > expectMax {
		return nil, fmt.Errorf("member %s expects %d nodes, want 0 to %d", i.NodeID, i.Expect, expectMax)
	}
	meta := []byte{infoFormat}
	for _, field := range []string{i.ClusterID, i.PeerAddr, i.APIAddr, i.Version} {
		meta = binary.AppendUvarint(meta, uint64(len(field)))
		meta = append(meta, field...)
	}
	meta = binary.AppendUvarint(meta, uint64(i.Expect))
	if len(meta) > infoBytesMax {
		return nil, fmt.Errorf("what member %s says of itself has %d bytes, at most %d are allowed: use shorter host names in its addresses", i.NodeID, len(meta), infoBytesMax)
	}
	return meta, nil
}

// decodeInfo reads what encode wrote on some node, perhaps of another version, perhaps not one of ours at all. On an error the
// Info holds the NodeID only.
func decodeInfo(nodeID string, meta []byte) (Info, error) {
	nothing := Info{NodeID: nodeID}
	if len(meta) == 0 || len(meta) > infoBytesMax || meta[0] != infoFormat {
		return nothing, errInfo
	}
	rest, info := meta[1:], nothing
	for _, field := range []*string{&info.ClusterID, &info.PeerAddr, &info.APIAddr, &info.Version} {
		length, n := binary.Uvarint(rest)
		if n <= 0 || length > uint64(len(rest)-n) {
			return nothing, errInfo
		}
		*field = string(rest[n : n+int(length)])
		rest = rest[n+int(length):]
	}
	expect, n := binary.Uvarint(rest)
	if n <= 0 || expect > expectMax {
		return nothing, errInfo
	}
	info.Expect = int(expect)
	return info, nil
}
