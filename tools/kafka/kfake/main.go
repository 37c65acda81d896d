// Franz-go's fake broker on free ports of the loopback, with faults on demand. Prints "bootstrap SERVERS" and
// "control PORT". On that port it takes a JSON object a line, and answers one (see control.go). It ends with its
// standard input.
//
// kfake-server [brokers]
package main

import (
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
)

func main() {
	brokers := 1
	if len(os.Args) > 1 {
		var err error
		if brokers, err = strconv.Atoi(os.Args[1]); err != nil || brokers < 1 {
			fail(fmt.Errorf("the number of brokers must be from 1 on, not %q", os.Args[1]))
		}
	}
	wire := newWire()
	// Nothing takes longer than it must: as in tools/kafka/src/start-node.ts.
	cluster, err := kfake.NewCluster(
		kfake.NumBrokers(brokers),
		kfake.ClusterID("RinglogRinglogRinglog0"),
		kfake.DefaultNumPartitions(1),
		kfake.GroupMinSessionTimeout(100*time.Millisecond),
		kfake.ListenFn(wire.listen),
		kfake.BrokerConfigs(map[string]string{
			"group.consumer.heartbeat.interval.ms": "200",
			"default.replication.factor":           "1",
		}),
	)
	if err != nil {
		fail(err)
	}
	control, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		fail(err)
	}
	go newController(cluster, wire).serve(control)
	fmt.Println("control", control.Addr().(*net.TCPAddr).Port)
	fmt.Println("bootstrap", strings.Join(cluster.ListenAddrs(), ","))
	_, _ = io.Copy(io.Discard, os.Stdin)
	cluster.Close()
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}
