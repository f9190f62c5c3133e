package st2test

import (
	"context"
	_ "embed"

	"github.com/go-errbot/errbot/st2/st2test/internal/aliases"
	"github.com/go-errbot/errbot/st2/st2test/internal/ident"
	"github.com/go-errbot/errbot/st2/st2test/internal/pyjson"
)

//go:embed content.json
var contentJSON []byte

// ship adds what a fresh StackStorm has.
func (s *Server) ship() {
	v, err := pyjson.Decode(contentJSON)
	if err != nil {
		panic(err) // content.json is part of this package, and tested
	}
	content := v.(*pyjson.Object)
	for _, r := range objects(content, "runners") {
		runner := pyjson.Of("name", r.Get("name"), "description", r.Get("description"), "uid", "runner_type:"+r.Text("name"), "enabled", true,
			"runner_package", r.Get("package"), "runner_module", r.Get("module"), "runner_parameters", r.Get("parameters"))
		if key := r.Get("output_key"); key != nil {
			runner.Set("output_key", key)
		}
		runner.Set("output_schema", r.ObjectOrEmpty("output_schema"))
		runner.Set("id", ident.ObjectID())
		s.actions.runners[r.Text("name")] = runner
	}
	s.shop.Known = objects(content, "index")
	functions := s.shippedFunctions()
	for _, body := range objects(content, "actions") {
		a := s.actions.make(body)
		a.run = functions[a.ref]
		s.actions.add(a)
	}
	for _, body := range objects(content, "aliases") {
		s.aliases.Add(aliases.New(ident.ObjectID(), body))
	}
	for _, p := range objects(content, "packs") {
		s.shop.Installed = append(s.shop.Installed, pyjson.Of("ref", p.Get("name"), "name", p.Get("name"), "description", p.Get("description"),
			"version", version, "author", "st2test", "id", ident.ObjectID()))
	}
	s.AddRule(Rule{Ref: "chatops.notify", Route: "hubot"})
	s.AddRule(Rule{Ref: "chatops.notify-errbot", Route: "errbot", Announce: "errbot"})
}

func objects(o *pyjson.Object, key string) []*pyjson.Object {
	list, _ := o.Get(key).([]any)
	out := make([]*pyjson.Object, len(list))
	for i := range list {
		out[i] = list[i].(*pyjson.Object)
	}
	return out
}

type function = func(ctx context.Context, call *Call) (any, error)

func (s *Server) shippedFunctions() map[string]function {
	return map[string]function{
		"core.local":                      runPretended,
		"core.remote":                     runPretendedRemote,
		"core.noop":                       runNothing,
		"core.announcement":               s.runAnnouncement,
		"chatops.post_message":            s.runAnnouncement,
		"chatops.post_result":             s.runPostResult,
		"chatops.format_execution_result": s.runFormat,
		"packs.get":                       answer(s.shop.Get),
		"packs.install":                   runInstall,
		"packs.search":                    answer(s.shop.Search),
		"packs.show":                      answer(s.shop.Show),
	}
}

func runNothing(context.Context, *Call) (any, error) {
	return Raw{pyjson.Of("failed", false, "succeeded", true, "return_code", 0)}, nil
}

func runInstall(_ context.Context, call *Call) (any, error) {
	return pyjson.Of("packs_list", call.Parameters["packs"]), nil
}

// answer is an action of the pack packs, which asks about one text.
func answer(ask func(text string) any) function {
	return func(_ context.Context, call *Call) (any, error) {
		for _, name := range []string{"pack", "query"} {
			if text, given := call.Parameters[name].(string); given {
				return ask(text), nil
			}
		}
		return ask(""), nil
	}
}
