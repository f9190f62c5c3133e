// Package pieces gathers what an execution prints to messages of some size. It knows
// neither chat nor StackStorm.
package pieces

import (
	"strings"
	"time"
)

const (
	// Most is how many bytes are shown in all.
	Most = 60_000

	pause = time.Second // for how long output is gathered before it is shown
	size  = 3000        // bytes that are shown at once
)

// Pieces gathers output. It belongs to one goroutine.
type Pieces struct {
	show    func(text string)
	waiting strings.Builder
	shown   int
	full    bool // more was printed than is shown
}

// New returns pieces that are given to show.
func New(show func(text string)) *Pieces { return &Pieces{show: show} }

// Shown returns how many bytes were shown.
func (p *Pieces) Shown() int { return p.shown }

// Full reports whether more was printed than is shown.
func (p *Pieces) Full() bool { return p.full }

// Gather shows what is printed until it has ended, and returns the error it ended with. stop
// ends it early.
func (p *Pieces) Gather(printed <-chan string, ended <-chan error, stop func()) error {
	due := time.NewTimer(pause)
	defer due.Stop()
	for {
		select {
		case text := <-printed:
			if p.waiting.Len() == 0 {
				due.Reset(pause)
			}
			p.add(text)
		case <-due.C:
			p.flush()
		case err := <-ended:
			p.flush()
			return err
		}
		if p.full {
			stop()
		}
	}
}

func (p *Pieces) add(text string) {
	if room := Most - p.shown - p.waiting.Len(); len(text) > room {
		p.full = true
		text = strings.ToValidUTF8(text[:max(room, 0)], "")
	}
	for _, line := range strings.SplitAfter(text, "\n") {
		if p.waiting.Len() > 0 && p.waiting.Len()+len(line) > size {
			p.flush()
		}
		p.waiting.WriteString(line)
	}
}

// flush shows what was gathered.
func (p *Pieces) flush() {
	text := strings.TrimRight(p.waiting.String(), "\r\n")
	p.shown += p.waiting.Len()
	p.waiting.Reset()
	if strings.TrimSpace(text) != "" {
		p.show(text)
	}
}
