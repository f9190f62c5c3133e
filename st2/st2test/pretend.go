package st2test

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/go-errbot/errbot/st2/st2test/internal/pyjson"
)

// runPretended is core.local: it never runs anything, and knows a few commands by heart.
func runPretended(ctx context.Context, call *Call) (any, error) {
	command, _ := call.Parameters["cmd"].(string)
	word, rest, _ := strings.Cut(strings.TrimSpace(command), " ")
	if word == "sleep" {
		return pretendSleep(ctx, rest)
	}
	if word == "exit" && rest != "0" || word == "false" {
		return nil, &Failure{shellResult(true, 1, "", "")}
	}
	return shellResult(false, 0, pretendOutput(word, rest, call), ""), nil
}

// runPretendedRemote is core.remote: the same on every host.
func runPretendedRemote(ctx context.Context, call *Call) (any, error) {
	result := pyjson.Of()
	hosts, _ := call.Parameters["hosts"].(string)
	for host := range strings.SplitSeq(hosts, ",") {
		one, err := runPretended(ctx, call)
		if err != nil {
			return nil, err
		}
		result.Set(strings.TrimSpace(host), one)
	}
	return result, nil
}

func pretendSleep(ctx context.Context, seconds string) (any, error) {
	d, err := time.ParseDuration(seconds + "s")
	if err != nil {
		return nil, &Failure{shellResult(true, 1, "", "sleep: invalid time interval ‘"+seconds+"’")}
	}
	if !pause(d, ctx.Done()) {
		return nil, ctx.Err()
	}
	return shellResult(false, 0, "", ""), nil
}

// pretendOutput is what a command prints. A text that is a JSON object, list or number
// becomes one, as StackStorm's local runner has it.
func pretendOutput(word, rest string, call *Call) any {
	switch word {
	case "echo":
		return parsed(unquote(rest))
	case "printf":
		return parsed(strings.TrimSuffix(strings.ReplaceAll(unquote(rest), `\n`, "\n"), "\n"))
	case "true", ":", "":
		return ""
	case "date":
		return time.Now().UTC().Format("Mon Jan _2 15:04:05 UTC 2006")
	case "whoami":
		return "stanley"
	case "hostname":
		return "st2test"
	case "uptime":
		return time.Now().UTC().Format(" 15:04:05") + " up 12 days,  3:04,  1 user,  load average: 0.08, 0.03, 0.01"
	case "ls":
		return "aliases\nactions\nrules\nworkflows"
	default:
		return fmt.Sprintf("(pretended by st2test, nothing was run) %s", call.Parameters["cmd"])
	}
}

func parsed(text string) any {
	if v, err := pyjson.Decode([]byte(text)); err == nil {
		switch v.(type) {
		case bool, nil, string:
		default:
			return v
		}
	}
	return text
}

func unquote(s string) string {
	if len(s) >= 2 && (s[0] == '\'' || s[0] == '"') && s[len(s)-1] == s[0] {
		return s[1 : len(s)-1]
	}
	return s
}
