// Command compare measures the host the way peer.py beside it measures Errbot: a trivial
// command through a chat network in memory, N times, with a number of access rules of which
// none is about the command. It prints one JSON line. The script run.sh runs both.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-errbot/errbot/acl"
	"github.com/go-errbot/errbot/backend"
	"github.com/go-errbot/errbot/bot"
	"github.com/go-errbot/errbot/plugins"
)

// network is a chat network of two channels.
type network struct {
	in  chan string
	out chan string
	up  chan struct{}
}

var gbin = backend.Person{ID: "gbin@localhost", Nick: "gbin", ACL: "gbin@localhost", Address: "gbin@localhost"}

func (*network) Name() string         { return "memory" }
func (*network) Self() backend.Person { return backend.Person{ID: "err", Nick: "err", Address: "err"} }

func (*network) Resolve(_ context.Context, address string) (backend.Ref, error) {
	return backend.ToPerson(backend.Person{ID: address, Address: address}), nil
}

func (n *network) Run(ctx context.Context, events backend.Sink) error {
	events.Connected()
	close(n.up)
	for {
		select {
		case <-ctx.Done():
			return nil
		case text := <-n.in:
			events.Receive(&backend.Message{Ref: backend.ToPerson(gbin), From: gbin, Body: text})
		}
	}
}

func (n *network) Send(_ context.Context, m *backend.Message) (backend.Ref, error) {
	n.out <- m.Body
	return m.Ref, nil
}

func main() {
	started := processStart()
	count, rules := argument(1, 20000), argument(2, 100)
	cfg := bot.DefaultConfig()
	cfg.Admins = bot.List{gbin.ACL}
	for i := range rules {
		cfg.AccessControls = append(cfg.AccessControls, acl.PatternRule{
			Pattern: fmt.Sprintf("team%03d_cmd*", i),
			Rule:    acl.Rule{AllowUsers: []string{"*@localhost", fmt.Sprintf("u%d", i)}},
		})
	}
	n := &network{in: make(chan string), out: make(chan string, count), up: make(chan struct{})}
	b, err := bot.New(cfg, n, bot.WithLogger(slog.New(slog.DiscardHandler)), bot.WithPlugins(plugins.Core()...))
	if err != nil {
		panic(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error)
	go func() { ended <- b.Run(ctx) }()
	<-n.up
	n.in <- "!echo ready"
	<-n.out
	result := map[string]any{
		"n": count, "rules": rules,
		"ready_ms":    time.Since(started).Milliseconds(),
		"rss_idle_mb": rss(),
	}
	for range 500 {
		n.in <- "!echo hi"
		<-n.out
	}
	latencies := make([]time.Duration, 2000)
	for i := range latencies {
		begin := time.Now()
		n.in <- "!echo hi"
		<-n.out
		latencies[i] = time.Since(begin)
	}
	slices.Sort(latencies)
	result["p50_us"] = float64(latencies[1000].Nanoseconds()) / 1000
	result["p99_us"] = float64(latencies[1980].Nanoseconds()) / 1000

	// Not more under way than the host is willing to queue: beyond that it refuses.
	underWay := make(chan struct{}, cfg.QueueSize/2)
	begin := time.Now()
	go func() {
		for range count {
			underWay <- struct{}{}
			n.in <- "!echo hi"
		}
	}()
	wrong := 0
	for range count {
		if <-n.out != "hi" {
			wrong++
		}
		<-underWay
	}
	total := time.Since(begin)
	result["msg_per_s"] = int(float64(count) / total.Seconds())
	result["us_per_msg"] = float64(total.Microseconds()) / float64(count)
	result["bad_replies"] = wrong
	result["rss_after_mb"] = rss()
	stop()
	if err := <-ended; err != nil {
		panic(err)
	}
	if err := json.NewEncoder(os.Stdout).Encode(result); err != nil {
		panic(err)
	}
}

func argument(i, otherwise int) int {
	if len(os.Args) <= i {
		return otherwise
	}
	n, err := strconv.Atoi(os.Args[i])
	if err != nil {
		panic(err)
	}
	return n
}

// rss returns the resident memory in MB.
func rss() float64 {
	data, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		return 0
	}
	pages, _ := strconv.Atoi(strings.Fields(string(data))[1])
	return float64(pages*os.Getpagesize()) / 1e6
}

// processStart returns when this process was started, to the hundredth of a second that
// Linux knows.
func processStart() time.Time {
	stat, err := os.ReadFile("/proc/self/stat")
	if err != nil {
		return time.Now()
	}
	uptime, err := os.ReadFile("/proc/uptime")
	if err != nil {
		return time.Now()
	}
	fields := strings.Fields(string(stat[strings.LastIndexByte(string(stat), ')')+1:]))
	ticks, _ := strconv.ParseFloat(fields[19], 64)
	up, _ := strconv.ParseFloat(strings.Fields(string(uptime))[0], 64)
	return time.Now().Add(-time.Duration((up - ticks/100) * float64(time.Second)))
}
