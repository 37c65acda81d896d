package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// A command; which fields it has depends on Do.
type command struct {
	// fail: requests are answered with an error; hits: of such a fault; remove: one.
	// cut, delay, throttle: what happens to answers on the wire. traffic: what has passed.
	// passed: how often. move: another leader, and a new epoch; rehash: other coordinators.
	Do string `json:"do"`

	Key        int16   `json:"key"`   // of requests, as the protocol numbers them
	Count      int     `json:"count"` // requests; -1: all from now on
	Error      int16   `json:"error"`
	Topic      string  `json:"topic"`
	Partitions []int32 `json:"partitions"`
	Group      string  `json:"group"`
	TopLevel   bool    `json:"topLevel"` // the error is the request's, not a partition's

	ID        int   `json:"id"` // of a fault, as "fail" has answered it
	Ms        int   `json:"ms"`
	Partition int32 `json:"partition"`
	Node      int32 `json:"node"`
}

type answer struct {
	ID      int             `json:"id,omitempty"`
	Hits    int             `json:"hits"`
	Traffic map[int16]bytes `json:"traffic,omitempty"`
	Failed  string          `json:"failed,omitempty"`
}

type controller struct {
	cluster *kfake.Cluster
	wire    *wire
	mu      sync.Mutex
	faults  []*kfake.FaultHandle
}

func newController(cluster *kfake.Cluster, wire *wire) *controller {
	return &controller{cluster: cluster, wire: wire}
}

func (c *controller) serve(listener net.Listener) {
	for {
		conn, err := listener.Accept()
		if err != nil {
			return
		}
		go c.converse(conn)
	}
}

func (c *controller) converse(conn net.Conn) {
	defer conn.Close()
	lines := bufio.NewScanner(conn)
	out := json.NewEncoder(conn)
	for lines.Scan() {
		var cmd command
		err := json.Unmarshal(lines.Bytes(), &cmd)
		var said answer
		if err == nil {
			said, err = c.do(cmd)
		}
		if err != nil {
			said.Failed = err.Error()
		}
		if out.Encode(said) != nil {
			return
		}
	}
}

func (c *controller) do(cmd command) (answer, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch cmd.Do {
	case "fail":
		typed := kerr.TypedErrorForCode(cmd.Error)
		if typed == nil {
			return answer{}, fmt.Errorf("there is no error %d", cmd.Error)
		}
		c.faults = append(c.faults, c.cluster.Fault(kfake.Fault{
			Keys:       []kmsg.Key{kmsg.Key(cmd.Key)},
			Topic:      cmd.Topic,
			Partitions: cmd.Partitions,
			Group:      cmd.Group,
			TopLevel:   cmd.TopLevel,
			Err:        typed,
			Count:      cmd.Count,
		}))
		return answer{ID: len(c.faults)}, nil
	case "hits", "remove":
		if cmd.ID < 1 || cmd.ID > len(c.faults) {
			return answer{}, fmt.Errorf("there is no fault %d", cmd.ID)
		}
		fault := c.faults[cmd.ID-1]
		if cmd.Do == "remove" {
			fault.Remove()
		}
		return answer{Hits: fault.Hits()}, nil
	case "cut", "delay", "throttle":
		id := c.wire.add(trouble{
			what: cmd.Do, key: cmd.Key, left: max(cmd.Count, 1), time: time.Duration(cmd.Ms) * time.Millisecond,
		})
		return answer{ID: id}, nil
	case "passed": // how often such a trouble has happened
		return answer{Hits: c.wire.hits(cmd.ID)}, nil
	case "traffic":
		return answer{Traffic: c.wire.traffic()}, nil
	case "move":
		return answer{}, c.cluster.MoveTopicPartition(cmd.Topic, cmd.Partition, cmd.Node)
	case "rehash":
		c.cluster.RehashCoordinators()
		return answer{}, nil
	}
	return answer{}, fmt.Errorf("there is no command %q", cmd.Do)
}
