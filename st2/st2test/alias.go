package st2test

import (
	"github.com/go-errbot/errbot/st2/st2test/internal/aliases"
	"github.com/go-errbot/errbot/st2/st2test/internal/ident"
	"github.com/go-errbot/errbot/st2/st2test/internal/pyjson"
)

// Alias is an action alias: a chat command. Keys that are not set are sent as {}.
type Alias struct {
	Pack, Name  string
	Description string
	ActionRef   string // need not exist until the alias runs
	Formats     []Format
	Ack         map[string]any // enabled, format, append_url, extra
	Result      map[string]any // enabled, format, extra
	Extra       map[string]any
	Immutable   map[string]any // parameters the user cannot give; texts are templates
	Disabled    bool
	// Undescribed sends no description at all, instead of an empty one: StackStorm then
	// fails to answer help.
	Undescribed bool
	// Demo withdraws the alias when one with the same name or an equal representation is
	// registered over the API, so that a demonstration is never in a tester's way.
	Demo bool
}

// Format is one way to write a command. Either Text is set, which is displayed and
// matched, or the others.
type Format struct {
	Text           string
	Display        string   // "" is none: not in the help
	Representation []string // what is matched
	MatchMultiple  bool     // one execution for every place that matches
}

// AddAlias registers an alias, in place of one with the same pack and name.
func (s *Server) AddAlias(a Alias) {
	document := pyjson.Of("name", a.Name, "pack", a.Pack, "action_ref", a.ActionRef,
		"formats", formatDocuments(a.Formats), "enabled", !a.Disabled)
	if !a.Undescribed {
		document.Set("description", a.Description)
	}
	for key, m := range map[string]map[string]any{"ack": a.Ack, "result": a.Result, "extra": a.Extra, "immutable_parameters": a.Immutable} {
		document.Set(key, mustDocument(m))
	}
	added := aliases.New(ident.ObjectID(), document)
	added.Demo = a.Demo
	if old := s.aliases.Find(added.Ref()); old != nil {
		s.aliases.Remove(old)
	}
	s.aliases.Add(added)
	s.publishAlias("create", added)
}

// RemoveAlias removes an alias by its reference "pack.name"; an unknown one is no error.
func (s *Server) RemoveAlias(ref string) {
	if a := s.aliases.Find(ref); a != nil {
		s.aliases.Remove(a)
		s.publishAlias("delete", a)
	}
}

// mustDocument makes a document of a map that a caller's Go code wrote. It panics on
// what JSON cannot hold: that is a mistake in that code.
func mustDocument(m map[string]any) *pyjson.Object {
	if m == nil {
		return pyjson.Of()
	}
	v, err := pyjson.From(m)
	if err != nil {
		panic(err)
	}
	return v.(*pyjson.Object)
}

func formatDocuments(formats []Format) []any {
	list := make([]any, len(formats))
	for i, f := range formats {
		if f.Text != "" {
			list[i] = f.Text
			continue
		}
		o := pyjson.Of()
		if f.Display != "" {
			o.Set("display", f.Display)
		}
		if f.Representation != nil {
			representations := make([]any, len(f.Representation))
			for j := range f.Representation {
				representations[j] = f.Representation[j]
			}
			o.Set("representation", representations)
		}
		if f.MatchMultiple {
			o.Set("match_multiple", true)
		}
		list[i] = o
	}
	return list
}
