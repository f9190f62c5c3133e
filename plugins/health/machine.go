package health

import (
	"fmt"
	"os"
	"runtime/metrics"
	"strings"
)

// loadFile is where Linux tells the load average.
const loadFile = "/proc/loadavg"

// load returns the averages of 1, 5 and 15 minutes, or nothing where the system does not
// tell them.
func load(file string) string {
	data, err := os.ReadFile(file)
	fields := strings.Fields(string(data))
	if err != nil || len(fields) < 3 {
		return ""
	}
	return "Load " + strings.Join(fields[:3], ", ")
}

// memory returns how often the garbage collector has run and what the program holds. Errbot
// counts three generations; Go has one, number 0.
func memory() string {
	samples := []metrics.Sample{
		{Name: "/gc/cycles/total:gc-cycles"},
		{Name: "/memory/classes/heap/objects:bytes"},
		{Name: "/memory/classes/total:bytes"},
		{Name: "/sched/goroutines:goroutines"},
	}
	metrics.Read(samples)
	return fmt.Sprintf("GC 0->%d, %s of %s in use, %d goroutines", samples[0].Value.Uint64(),
		mebibytes(samples[1]), mebibytes(samples[2]), samples[3].Value.Uint64())
}

func mebibytes(s metrics.Sample) string {
	return fmt.Sprintf("%.1f MiB", float64(s.Value.Uint64())/(1<<20))
}
