package main

import (
	"encoding/binary"
	"net"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"
)

// bytes that passed, and in how many frames.
type bytes struct {
	Requests      int `json:"requests"`
	RequestBytes  int `json:"requestBytes"`
	ResponseBytes int `json:"responseBytes"`
}

// trouble befalls the next answers to requests of a key.
type trouble struct {
	what string // cut: half an answer comes, then the connection ends; delay; throttle: it asks for a pause
	key  int16
	left int
	hits int
	time time.Duration
}

// wire sees every frame between clients and brokers: kfake's faults reach what brokers say, not how it comes.
type wire struct {
	mu       sync.Mutex
	troubles []*trouble
	passed   map[int16]bytes
}

func newWire() *wire {
	return &wire{passed: make(map[int16]bytes)}
}

func (w *wire) listen(network, address string) (net.Listener, error) {
	listener, err := net.Listen(network, address)
	if err != nil {
		return nil, err
	}
	return &wiredListener{listener, w}, nil
}

func (w *wire) add(t trouble) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.troubles = append(w.troubles, &t)
	return len(w.troubles)
}

func (w *wire) hits(id int) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	if id < 1 || id > len(w.troubles) {
		return 0
	}
	return w.troubles[id-1].hits
}

func (w *wire) traffic() map[int16]bytes {
	w.mu.Lock()
	defer w.mu.Unlock()
	copied := make(map[int16]bytes, len(w.passed))
	for key, passed := range w.passed {
		copied[key] = passed
	}
	return copied
}

// took counts a frame, and returns what befalls an answer, if anything.
func (w *wire) took(key int16, size int, isAnswer bool) *trouble {
	w.mu.Lock()
	defer w.mu.Unlock()
	passed := w.passed[key]
	if !isAnswer {
		passed.Requests++
		passed.RequestBytes += size
		w.passed[key] = passed
		return nil
	}
	passed.ResponseBytes += size
	w.passed[key] = passed
	for _, t := range w.troubles {
		if t.key == key && t.left > 0 {
			t.left--
			t.hits++
			found := *t
			return &found
		}
	}
	return nil
}

type wiredListener struct {
	net.Listener
	wire *wire
}

func (l *wiredListener) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &wiredConn{Conn: conn, wire: l.wire, asked: make(map[int32]head)}, nil
}

// head of a request: what is needed to understand its answer.
type head struct {
	key     int16
	version int16
}

// wiredConn follows the frames of a connection. kfake writes an answer with one call.
type wiredConn struct {
	net.Conn
	wire *wire

	begun []byte // of a request's length and head
	left  int    // bytes of a request that are still to come
	mu    sync.Mutex
	asked map[int32]head // by correlation id
}

const (
	lengthBytes = 4
	headBytes   = lengthBytes + 2 + 2 + 4
)

func (c *wiredConn) Read(into []byte) (int, error) {
	n, err := c.Conn.Read(into)
	for rest := into[:n]; len(rest) > 0; {
		if c.left > 0 {
			passing := min(c.left, len(rest))
			c.left -= passing
			rest = rest[passing:]
			continue
		}
		taken := min(headBytes-len(c.begun), len(rest))
		c.begun = append(c.begun, rest[:taken]...)
		rest = rest[taken:]
		if len(c.begun) < headBytes {
			continue
		}
		size := lengthBytes + int(binary.BigEndian.Uint32(c.begun))
		of := head{int16(binary.BigEndian.Uint16(c.begun[4:])), int16(binary.BigEndian.Uint16(c.begun[6:]))}
		c.mu.Lock()
		c.asked[int32(binary.BigEndian.Uint32(c.begun[8:]))] = of
		c.mu.Unlock()
		c.wire.took(of.key, size, false)
		c.left = max(0, size-headBytes)
		c.begun = c.begun[:0]
	}
	return n, err
}

func (c *wiredConn) Write(frame []byte) (int, error) {
	if len(frame) < lengthBytes+4 {
		return c.Conn.Write(frame)
	}
	id := int32(binary.BigEndian.Uint32(frame[lengthBytes:]))
	c.mu.Lock()
	of, isKnown := c.asked[id]
	delete(c.asked, id)
	c.mu.Unlock()
	if !isKnown {
		return c.Conn.Write(frame)
	}
	trouble := c.wire.took(of.key, len(frame), true)
	if trouble == nil {
		return c.Conn.Write(frame)
	}
	switch trouble.what {
	case "cut":
		_, _ = c.Conn.Write(frame[:len(frame)/2])
		_ = c.Conn.Close()
		return 0, net.ErrClosed
	case "delay":
		time.Sleep(trouble.time)
	case "throttle":
		if _, err := c.Conn.Write(throttled(frame, of, trouble.time)); err != nil {
			return 0, err
		}
		return len(frame), nil
	}
	return c.Conn.Write(frame)
}

// throttled is the same answer that asks its client for a pause.
func throttled(frame []byte, of head, pause time.Duration) []byte {
	answer := kmsg.ResponseForKey(of.key)
	answer.SetVersion(of.version)
	start := lengthBytes + 4
	if answer.IsFlexible() && of.key != int16(kmsg.ApiVersions) {
		start++ // no tagged fields in its head
	}
	if answer.ReadFrom(frame[start:]) != nil {
		return frame
	}
	if settable, ok := answer.(kmsg.SetThrottleResponse); ok {
		settable.SetThrottle(int32(pause.Milliseconds()))
	}
	changed := answer.AppendTo(append([]byte(nil), frame[:start]...))
	binary.BigEndian.PutUint32(changed, uint32(len(changed)-lengthBytes))
	return changed
}
