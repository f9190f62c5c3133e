package st2test

import (
	"github.com/go-errbot/errbot/st2/st2test/internal/pyjson"
)

const masked = "********"

var keyShape = shape{fields: []field{textOrNull("user"), objectOrNull("metadata"), {name: "enabled", types: []string{"boolean"}}}}

func (s *Server) createKey(r *request) (*reply, error) {
	if err := keyShape.check(r.body); err != nil {
		return nil, err
	}
	name := r.object().Text("user")
	if name == "" {
		name = r.who.user
	}
	k := s.accounts.addKey(name, metadata(r.object()))
	return created(pyjson.Of("uid", "api_key:"+k.hash, "user", k.user, "metadata", k.metadata,
		"created_at", timestamp(k.created), "enabled", k.enabled, "id", k.id, "key", k.key)), nil
}

func metadata(body *pyjson.Object) any {
	if m := body.Object("metadata"); m != nil {
		return m
	}
	return pyjson.Of()
}

func (s *Server) getKey(r *request) (*reply, error) {
	wanted := r.PathValue("id")
	k := s.accounts.findKey(wanted)
	if k == nil {
		return nil, notFound("ApiKey matching %s for reference and id not found.", wanted)
	}
	return ok(s.accounts.keyDocument(k, masked, masked)), nil
}

func (a *accounts) keyDocument(k *apiKey, uid, hash string) *pyjson.Object {
	a.mu.Lock()
	defer a.mu.Unlock()
	return pyjson.Of("uid", uid, "user", k.user, "key_hash", hash, "metadata", k.metadata,
		"created_at", timestamp(k.created), "enabled", k.enabled, "id", k.id)
}

func (s *Server) listKeys(r *request) (*reply, error) {
	p, err := r.page(50)
	if err != nil {
		return nil, err
	}
	s.accounts.mu.Lock()
	keys := append([]*apiKey(nil), s.accounts.keys...)
	s.accounts.mu.Unlock()
	documents := make([]*pyjson.Object, len(keys))
	for i, k := range keys {
		documents[i] = s.accounts.keyDocument(k, masked, masked)
	}
	return p.reply(documents), nil
}

// putKey answers with the hash in clear, as StackStorm does.
func (s *Server) putKey(r *request) (*reply, error) {
	if err := keyShape.check(r.body); err != nil {
		return nil, err
	}
	k := s.accounts.findKey(r.PathValue("id"))
	if k == nil {
		return nil, notFound("ApiKey matching %s for reference and id not found.", r.PathValue("id"))
	}
	s.accounts.mu.Lock()
	if enabled, given := r.object().Get("enabled").(bool); given {
		k.enabled = enabled
	}
	k.metadata = metadata(r.object())
	s.accounts.mu.Unlock()
	return ok(s.accounts.keyDocument(k, "api_key:", k.hash)), nil
}

func (s *Server) deleteKey(r *request) (*reply, error) {
	wanted := r.PathValue("id")
	k := s.accounts.findKey(wanted)
	if k == nil {
		return nil, notFound("ApiKey with key or id=%s not found.", wanted)
	}
	s.accounts.mu.Lock()
	defer s.accounts.mu.Unlock()
	for i := range s.accounts.keys {
		if s.accounts.keys[i] == k {
			s.accounts.keys = append(s.accounts.keys[:i:i], s.accounts.keys[i+1:]...)
			break
		}
	}
	return noContent(), nil
}
