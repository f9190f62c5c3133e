package doctor_test

import (
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-errbot/errbot/bot/secret"
	"github.com/go-errbot/errbot/st2/client"
	"github.com/go-errbot/errbot/st2/doctor"
	"github.com/go-errbot/errbot/st2/st2test"
)

// A StackStorm as it is shipped, and a bot that is configured for it, are well.
func TestAllIsWell(t *testing.T) {
	t.Parallel()
	srv := newStackStorm(t)
	var started []string
	var told []doctor.Result
	o := optionsFor(srv.URL())
	o.OnStart = func(check string) { started = append(started, check) }
	o.OnResult = func(r doctor.Result) { told = append(told, r) }
	results := doctor.Run(t.Context(), o)
	require.Empty(t, notWell(results))
	require.False(t, doctor.Failed(results))
	require.Equal(t, doctor.Checks(), started)
	require.Equal(t, results, told)
	for _, r := range results {
		require.Equal(t, doctor.OK, r.Status, r)
		require.NotEmpty(t, r.Summary, r)
	}
	require.Contains(t, find(t, results, "credentials").Summary, "the bot is errbot, by its password; RBAC is off")
	require.Equal(t, "StackStorm 3.10dev", find(t, results, "version").Summary)
	require.Contains(t, find(t, results, "probe").Summary, "back on the stream")
	require.Contains(t, find(t, results, "notify rule").Summary, "chatops.notify-errbot")
	require.Contains(t, find(t, results, "message route").Advice, "route: errbot")
	require.Eventually(t, func() bool { return srv.Streams() == 0 }, 10*time.Second, time.Millisecond, "the stream is closed again")
}

// trouble is something that is not well, and what is said about it.
type trouble struct {
	options func(t *testing.T, srv *st2test.Server, o *doctor.Options)
	instead map[string]http.HandlerFunc // what a proxy answers
	check   string
	status  doctor.Status
	summary string
	advice  string
	others  []string // further checks that find something
}

var troubles = map[string]trouble{
	"mistakes": {
		options: func(_ *testing.T, _ *st2test.Server, o *doctor.Options) {
			o.Mistakes = errors.New("line 1: no\nline 2: no")
		},
		check: "configuration", status: doctor.Failure, summary: "line 1: no; line 2: no", advice: "st2bot sample",
	},
	"no such configuration": {
		options: func(_ *testing.T, _ *st2test.Server, o *doctor.Options) { o.Client.Credential = nil },
		check:   "configuration", status: doctor.Failure, summary: "set an API key",
	},
	"remarks": {
		options: func(_ *testing.T, _ *st2test.Server, o *doctor.Options) { o.Remarks = []string{"strange"} },
		check:   "configuration", status: doctor.Warning, summary: "strange",
	},
	"unknown name": {
		options: func(_ *testing.T, _ *st2test.Server, o *doctor.Options) {
			o.Client.APIURL = "http://stackstorm.invalid/api/v1"
		},
		check: "api endpoint", status: doctor.Failure, summary: "stackstorm.invalid", advice: "",
	},
	"nothing listens": {
		options: func(_ *testing.T, _ *st2test.Server, o *doctor.Options) {
			o.Client.StreamURL = "http://127.0.0.1:1/stream/v1"
		},
		check: "stream endpoint", status: doctor.Failure, summary: "the connection is refused", advice: "st2ctl status",
	},
	"wrong path": {
		options: func(_ *testing.T, _ *st2test.Server, o *doctor.Options) { o.Client.APIURL += "/nonsense" },
		check:   "api endpoint", status: doctor.Failure, summary: "not with this path", advice: "/api/v1",
	},
	"TLS where there is none": {
		options: func(_ *testing.T, srv *st2test.Server, o *doctor.Options) {
			o.Client.APIURL = "https" + srv.APIURL()[len("http"):]
		},
		check: "api endpoint", status: doctor.Failure, summary: "does not speak TLS", advice: "api_url",
	},
	"a portal": {
		instead: map[string]http.HandlerFunc{"/api": page(http.StatusOK)},
		check:   "api endpoint", status: doctor.Failure, summary: "what answers is not StackStorm", advice: "A login page",
	},
	"a portal that refuses": {
		instead: map[string]http.HandlerFunc{"/api": page(http.StatusForbidden)},
		check:   "api endpoint", status: doctor.Failure, summary: "403: Forbidden",
	},
	"a redirect": {
		instead: map[string]http.HandlerFunc{"/api": func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "https://st2.example.com"+r.URL.Path, http.StatusPermanentRedirect)
		}},
		check: "api endpoint", status: doctor.Failure, summary: "redirects to https://st2.example.com", advice: "Correct api_url.",
	},
	"st2api is down": {
		instead: map[string]http.HandlerFunc{"/api": answer(http.StatusServiceUnavailable, "Nginx is unable to reach st2api.")},
		check:   "api endpoint", status: doctor.Failure, summary: "unable to reach st2api", advice: "Start st2api",
	},
	"st2stream is down": {
		options: func(_ *testing.T, srv *st2test.Server, _ *doctor.Options) {
			srv.SetFaults(st2test.Faults{StreamDown: true})
		},
		check: "stream endpoint", status: doctor.Failure, summary: "nginx answers in place of st2stream", advice: "Start st2stream",
	},
	"no authentication on the stream": {
		instead: map[string]http.HandlerFunc{"/stream": func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("\n")) }},
		check:   "stream endpoint", status: doctor.Warning, summary: "asks for no credential", others: []string{"stream"},
	},
	"the auth service is away and not needed": {
		options: func(_ *testing.T, srv *st2test.Server, o *doctor.Options) {
			o.Client.AuthURL = "http://127.0.0.1:1/auth/v1"
			o.Client.Credential = client.APIKey{Key: secret.String(srv.AddAPIKey("errbot"))}
		},
		check: "auth endpoint", status: doctor.Warning, summary: "refused",
	},
	"wrong password": {
		options: func(_ *testing.T, _ *st2test.Server, o *doctor.Options) {
			o.Client.Credential = client.Password{User: "errbot", Password: "wrong"}
		},
		check: "credentials", status: doctor.Failure, summary: "rejects the bot's password", advice: "st2 auth errbot",
	},
	"wrong API key": {
		options: func(_ *testing.T, _ *st2test.Server, o *doctor.Options) {
			o.Client.Credential = client.APIKey{Key: "wrong"}
		},
		check: "credentials", status: doctor.Failure, summary: "rejects the bot's API key: ApiKey not found.", advice: "st2 apikey list",
	},
	"expired token": {
		options: func(_ *testing.T, srv *st2test.Server, o *doctor.Options) {
			o.Client.Credential = client.Token{Token: secret.String(srv.Token("errbot", -1))}
		},
		check: "credentials", status: doctor.Failure, summary: "rejects the bot's token: Token has expired.", advice: "st2 apikey create",
	},
	"a token": {
		options: func(_ *testing.T, srv *st2test.Server, o *doctor.Options) {
			o.Client.Credential = client.Token{Token: secret.String(srv.Token("errbot", time.Hour))}
		},
		check: "credentials", status: doctor.Warning, summary: "cannot be renewed", advice: "st2 apikey create",
	},
	"the user is gone": {
		options: func(_ *testing.T, srv *st2test.Server, o *doctor.Options) {
			o.Client.Credential = client.Token{Token: secret.String(srv.Token("bob", time.Hour))}
			srv.RemoveUser("bob")
		},
		check: "credentials", status: doctor.Failure, summary: "user was removed",
	},
	"no authentication": {
		instead: map[string]http.HandlerFunc{"/api/v1/user": answer(http.StatusInternalServerError, "Internal Server Error")},
		check:   "credentials", status: doctor.Warning, summary: "seems to be off",
	},
	"no role": {
		instead: map[string]http.HandlerFunc{"/api/v1/user": whoWithRoles(`[]`)},
		check:   "credentials", status: doctor.Warning, summary: "has no role",
	},
	"an old StackStorm": {
		instead: map[string]http.HandlerFunc{"/api/v1/$": only("/api/v1/", `{"version":"2.10.1"}`)},
		check:   "version", status: doctor.Warning, summary: "2.10.1 is older",
	},
	"no permission for the stream": {
		options: deny("stream_view"),
		check:   "stream", status: doctor.Failure, summary: "may not read the stream", advice: "stream_view",
		others: []string{"credentials"}, // a user with permissions of its own has no role
	},
	"a dead stream": {
		options: func(_ *testing.T, srv *st2test.Server, _ *doctor.Options) {
			srv.SetFaults(st2test.Faults{StreamDead: true})
		},
		check: "stream endpoint", status: doctor.Failure, summary: "what answers is not StackStorm",
	},
	"no permission for the probe": {
		options: deny("action_execute"),
		check:   "probe", status: doctor.Warning, summary: "may not post a probe", advice: "action_execute",
		others: []string{"credentials"}, // a user with permissions of its own has no role
	},
	"RabbitMQ is down": {
		options: func(_ *testing.T, srv *st2test.Server, _ *doctor.Options) {
			srv.SetFaults(st2test.Faults{RabbitDown: true})
		},
		check: "probe", status: doctor.Failure, summary: "ECONNREFUSED", advice: "RabbitMQ",
	},
	"no pack": {
		instead: map[string]http.HandlerFunc{"/api/v1/packs": answer(http.StatusNotFound, "Resource not found")},
		check:   "chatops pack", status: doctor.Failure, summary: "no pack chatops", advice: "st2 pack install chatops",
	},
	"half a pack": {
		instead: map[string]http.HandlerFunc{"/api/v1/actions/chatops.post_result": answer(http.StatusNotFound, "Resource not found")},
		check:   "chatops pack", status: doctor.Failure, summary: "not its action chatops.post_result",
	},
	"packs are hidden": {
		instead: map[string]http.HandlerFunc{"/api/v1/packs": answer(http.StatusForbidden, "no")},
		check:   "chatops pack", status: doctor.Warning, summary: "may not see", advice: "pack_view",
	},
	"rules are hidden": {
		instead: map[string]http.HandlerFunc{"/api/v1/rules": answer(http.StatusForbidden, "no")},
		check:   "notify rule", status: doctor.Warning, summary: "may not see", advice: "rule_list",
	},
	"no rule": {
		options: func(_ *testing.T, srv *st2test.Server, _ *doctor.Options) { srv.RemoveRule("chatops.notify-errbot") },
		check:   "notify rule", status: doctor.Failure, summary: `no rule answers to the route "errbot"`, advice: "st2bot rule --route errbot",
	},
	"a disabled rule": {
		options: rule(st2test.Rule{Ref: "chatops.notify-errbot", Route: "errbot", Announce: "errbot", Disabled: true}),
		check:   "notify rule", status: doctor.Failure, summary: "is disabled", advice: "st2 rule enable chatops.notify-errbot",
	},
	"a rule without a route": {
		options: rule(st2test.Rule{Ref: "chatops.notify-errbot", Route: "errbot"}),
		check:   "notify rule", status: doctor.Failure, summary: `announced on "chatops", and the bot listens to "errbot"`, advice: "st2bot rule",
	},
	"a rule with another route": {
		options: rule(st2test.Rule{Ref: "chatops.notify-errbot", Route: "errbot", Announce: "other"}),
		check:   "notify rule", status: doctor.Failure, summary: `announced on "other"`,
	},
	"two rules": {
		options: rule(st2test.Rule{Ref: "mine.again", Route: "errbot", Announce: "errbot"}),
		check:   "notify rule", status: doctor.Warning, summary: "announced 2 times, by chatops.notify-errbot, mine.again",
	},
	"a rule for everything": {
		instead: map[string]http.HandlerFunc{"/api/v1/rules": rules(`{"ref":"mine.all","enabled":true,"trigger":{"ref":"core.st2.generic.notifytrigger"},
			"criteria":{},"action":{"ref":"core.noop"}}`)},
		check: "notify rule", status: doctor.Failure, summary: "runs core.noop, not chatops.post_result",
	},
	"a rule that forgets the channel": {
		instead: map[string]http.HandlerFunc{"/api/v1/rules": rules(`{"ref":"mine.half","enabled":true,"trigger":{"type":"core.st2.generic.notifytrigger"},
			"criteria":{"trigger.route":{"type":"iequals","pattern":"ERRBOT"}},"action":{"ref":"chatops.post_result"}}`)},
		check: "notify rule", status: doctor.Failure, summary: "mine.half answers to the route, but its action is not given channel",
	},
	"rules for others": {
		instead: map[string]http.HandlerFunc{"/api/v1/rules": rules(`{"ref":"a.b","enabled":true,"trigger":{"type":"core.st2.webhook"}},
			{"ref":"a.c","enabled":true,"trigger":{"type":"core.st2.generic.notifytrigger"},"criteria":{"trigger.route":{"type":"equals","pattern":7}}},
			{"ref":"a.d","enabled":true,"trigger":{"type":"core.st2.generic.notifytrigger"},"criteria":{"trigger.route":{"type":"equals","pattern":"hubot"}}}`)},
		check: "notify rule", status: doctor.Failure, summary: "no rule answers",
	},
	"rules fail": {
		instead: map[string]http.HandlerFunc{"/api/v1/rules": answer(http.StatusInternalServerError, "Internal Server Error")},
		check:   "notify rule", status: doctor.Failure, summary: "StackStorm answers 500: Internal Server Error", advice: "request request-7",
	},
	"packs are cut off": {
		instead: map[string]http.HandlerFunc{"/api/v1/packs": func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }},
		check:   "chatops pack", status: doctor.Failure, summary: "EOF", advice: "StackStorm's log",
	},
	"the stream service fails later": {
		instead: map[string]http.HandlerFunc{"/stream": forKnown(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/event-stream")
			_, _ = w.Write([]byte("retry: 1000\n\n"))
		})},
		check: "stream", status: doctor.Failure, summary: "ends at once", advice: "st2stream",
	},
	"aliases are hidden": {
		options: deny("action_alias_list"),
		check:   "aliases", status: doctor.Failure, summary: "may not list aliases", advice: "action_alias_list",
		others: []string{"credentials"}, // a user with permissions of its own has no role
	},
	"no alias": {
		instead: map[string]http.HandlerFunc{"/api/v1/actionalias": only("/api/v1/actionalias", `[]`)},
		check:   "aliases", status: doctor.Warning, summary: "nothing to run",
	},
	"a broken pattern": {
		instead: map[string]http.HandlerFunc{"/api/v1/actionalias/match": answer(http.StatusInternalServerError, "Internal Server Error")},
		check:   "aliases", status: doctor.Failure, summary: "broken pattern", advice: "request-7",
	},
	"executions are hidden": {
		options: deny("execution_list"),
		check:   "executions", status: doctor.Warning, summary: "may not list executions", advice: "execution_list",
		others: []string{"credentials"}, // a user with permissions of its own has no role
	},
	"another time": {
		instead: map[string]http.HandlerFunc{"/api/v1/user": func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Date", time.Now().Add(-5*time.Minute).UTC().Format(http.TimeFormat))
			whoWithRoles(`["admin"]`)(w, r)
		}},
		check: "clock", status: doctor.Warning, summary: "5m0s behind", advice: "NTP",
	},
}

func deny(permission string) func(*testing.T, *st2test.Server, *doctor.Options) {
	return func(_ *testing.T, srv *st2test.Server, _ *doctor.Options) { srv.Deny("errbot", permission) }
}

func rule(r st2test.Rule) func(*testing.T, *st2test.Server, *doctor.Options) {
	return func(_ *testing.T, srv *st2test.Server, _ *doctor.Options) { srv.AddRule(r) }
}

// only answers one path, and what is below it with a fault that a match without a result has.
func only(path, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != path {
			answer(http.StatusBadRequest, "Command 'x' matched no patterns")(w, r)
			return
		}
		_, _ = w.Write([]byte(body))
	}
}

// rules is a list of rules.
func rules(list string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("[" + list + "]")) }
}

// forKnown refuses strangers.
func forKnown(then http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("X-Auth-Token") == "" {
			answer(http.StatusUnauthorized, "Unauthorized")(w, r)
			return
		}
		then(w, r)
	}
}

// whoWithRoles says who asks, under RBAC, and refuses strangers.
func whoWithRoles(roles string) http.HandlerFunc {
	return forKnown(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte(`{"username":"errbot","authentication":{"method":"authentication token"},"rbac":{"enabled":true,"roles":` + roles + `}}`))
	})
}

func TestTroubles(t *testing.T) {
	t.Parallel()
	for name, tc := range troubles {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := newStackStorm(t)
			o := optionsFor(srv.URL())
			if tc.instead != nil {
				o = optionsFor(proxy(t, srv, tc.instead))
			}
			if tc.options != nil {
				tc.options(t, srv, &o)
			}
			results := doctor.Run(t.Context(), o)
			require.Len(t, results, len(doctor.Checks()), "there is a result for each check")
			r := find(t, results, tc.check)
			require.Equal(t, tc.status, r.Status, r)
			require.Contains(t, r.Summary, tc.summary)
			require.NotEmpty(t, r.Advice, "what is not well comes with what to do")
			require.Contains(t, r.Advice, tc.advice)
			require.ElementsMatch(t, append(tc.others, tc.check), notWell(results), "nothing else is said to be wrong: %v", results)
			if tc.status == doctor.Failure {
				require.True(t, doctor.Failed(results))
			}
		})
	}
}

// What a failure makes pointless is skipped, and says for which.
func TestSkipping(t *testing.T) {
	t.Parallel()
	srv := newStackStorm(t)
	o := optionsFor(srv.URL())
	o.Client.APIURL = "http://127.0.0.1:1/api/v1"
	results := doctor.Run(t.Context(), o)
	for _, check := range []string{"credentials", "version", "stream", "probe", "chatops pack", "notify rule", "message route", "aliases", "executions", "clock"} {
		r := find(t, results, check)
		require.Equal(t, doctor.Skipped, r.Status, r)
		require.Equal(t, "mend first: api endpoint", r.Summary)
	}
	for _, check := range []string{"auth endpoint", "stream endpoint", "chat", "web server"} {
		require.Equal(t, doctor.OK, find(t, results, check).Status)
	}
}

func TestNotWanted(t *testing.T) {
	t.Parallel()
	srv := newStackStorm(t)
	o := optionsFor(srv.URL())
	o.NoProbe, o.Backend, o.Web, o.Client.AuthURL = true, nil, nil, ""
	o.Client.Credential = client.APIKey{Key: secret.String(srv.AddAPIKey("errbot"))}
	results := doctor.Run(t.Context(), o)
	for _, check := range []string{"probe", "chat", "web server", "auth endpoint"} {
		require.Equal(t, doctor.Skipped, find(t, results, check).Status)
	}
	require.Empty(t, notWell(results))
}
