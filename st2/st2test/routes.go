package st2test

import (
	"net/http"

	"github.com/go-errbot/errbot/st2/st2test/internal/pyjson"
)

// routes is who answers what, without the service and the version in the path.
func (s *Server) routes() map[string]*http.ServeMux {
	auth, api, stream := http.NewServeMux(), http.NewServeMux(), http.NewServeMux()

	auth.HandleFunc("POST /tokens", s.open(s.createToken))
	auth.HandleFunc("POST /tokens/validate", s.guarded(s.validateToken))
	auth.HandleFunc("GET /sso", s.open(s.ssoState))
	auth.HandleFunc("GET /sso/request", s.open(s.ssoRequest))

	stream.HandleFunc("GET /stream", s.stream)
	stream.HandleFunc("GET /executions/{id}/output", s.streamOutput)

	for pattern, run := range map[string]endpoint{
		"GET /{$}":  s.root,
		"GET /user": s.whoAmI,

		"GET /apikeys":         s.listKeys,
		"POST /apikeys":        s.createKey,
		"GET /apikeys/{id}":    s.getKey,
		"PUT /apikeys/{id}":    s.putKey,
		"DELETE /apikeys/{id}": s.deleteKey,

		"GET /actionalias":          s.listAliases,
		"POST /actionalias":         s.createAlias,
		"GET /actionalias/help":     s.help,
		"POST /actionalias/match":   s.matchAlias,
		"GET /actionalias/{ref}":    s.getAlias,
		"PUT /actionalias/{ref}":    s.putAlias,
		"DELETE /actionalias/{ref}": s.deleteAlias,

		"POST /aliasexecution":                   s.executeAlias,
		"POST /aliasexecution/match_and_execute": s.matchAndExecute,

		"GET /executions":                       s.listExecutions,
		"POST /executions":                      s.createExecution,
		"GET /executions/{id}":                  s.getExecution,
		"PUT /executions/{id}":                  s.putExecution,
		"DELETE /executions/{id}":               s.cancelExecution,
		"POST /executions/{id}/re_run":          s.rerunExecution,
		"GET /executions/{id}/output":           s.executionOutput,
		"GET /executions/{id}/result":           s.executionResult,
		"GET /executions/{id}/children":         s.executionChildren,
		"GET /executions/{id}/attribute/{name}": s.executionAttribute,

		"GET /inquiries":      s.listInquiries,
		"GET /inquiries/{id}": s.getInquiry,
		"PUT /inquiries/{id}": s.answerInquiry,

		"GET /actions":               s.listActions,
		"POST /actions":              s.createAction,
		"GET /actions/{ref}":         s.getAction,
		"GET /rules":                 s.listRules,
		"POST /rules":                s.createRule,
		"GET /rules/{ref}":           s.getRule,
		"GET /triggerinstances":      s.listTriggers,
		"GET /triggerinstances/{id}": s.getTrigger,
		"GET /packs":                 s.listPacks,
		"GET /packs/{ref}":           s.getPack,
	} {
		api.HandleFunc(pattern, s.guarded(run))
	}
	return map[string]*http.ServeMux{"auth": auth, "api": api, "stream": stream}
}

// version is the StackStorm whose answers these are.
const version = "3.10dev"

func (s *Server) root(*request) (*reply, error) {
	return ok(pyjson.Of("version", version, "docs_url", "http://docs.stackstorm.com/latest")), nil
}
