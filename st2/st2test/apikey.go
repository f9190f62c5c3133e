package st2test

import (
	"github.com/go-errbot/errbot/st2/st2test/internal/access"
	"github.com/go-errbot/errbot/st2/st2test/internal/fault"
	"github.com/go-errbot/errbot/st2/st2test/internal/ident"
	"github.com/go-errbot/errbot/st2/st2test/internal/pyjson"
	"github.com/go-errbot/errbot/st2/st2test/internal/schema"
)

var keyShape = schema.Shape{Fields: []schema.Field{schema.TextOrNull("user"), schema.ObjectOrNull("metadata"), {Name: "enabled", Types: []string{"boolean"}}}}

func (s *Server) createKey(r *request) (*reply, error) {
	if err := keyShape.Check(r.body); err != nil {
		return nil, err
	}
	if err := s.rbac.Check(r.who.User, "api_key_create"); err != nil {
		return nil, err
	}
	name := r.object().Text("user")
	if name == "" {
		name = r.who.User
	}
	k := s.accounts.AddKey(name, metadata(r.object()))
	return created(pyjson.Of("uid", "api_key:"+k.Hash, "user", k.User, "metadata", k.Metadata,
		"created_at", ident.Timestamp(k.Created), "enabled", true, "id", k.ID, "key", k.Clear)), nil
}

func metadata(body *pyjson.Object) any {
	if m := body.Object("metadata"); m != nil {
		return m
	}
	return pyjson.Of()
}

func (s *Server) getKey(r *request) (*reply, error) {
	wanted := r.PathValue("id")
	k := s.accounts.FindKey(wanted)
	if k == nil {
		return nil, fault.NotFound("ApiKey matching %s for reference and id not found.", wanted)
	}
	if err := s.mayUseKey(r, "api_key_view", k); err != nil {
		return nil, err
	}
	return ok(s.accounts.KeyDocument(k, schema.Masked, schema.Masked)), nil
}

func (s *Server) listKeys(r *request) (*reply, error) {
	if err := s.rbac.Check(r.who.User, "api_key_list"); err != nil {
		return nil, err
	}
	p, err := r.page(50)
	if err != nil {
		return nil, err
	}
	keys := s.accounts.Keys()
	documents := make([]*pyjson.Object, len(keys))
	for i, k := range keys {
		documents[i] = s.accounts.KeyDocument(k, schema.Masked, schema.Masked)
	}
	return pageReply(p, documents), nil
}

// putKey answers with the hash in clear, as StackStorm does.
func (s *Server) putKey(r *request) (*reply, error) {
	if err := keyShape.Check(r.body); err != nil {
		return nil, err
	}
	k := s.accounts.FindKey(r.PathValue("id"))
	if k == nil {
		return nil, fault.NotFound("ApiKey matching %s for reference and id not found.", r.PathValue("id"))
	}
	if err := s.mayUseKey(r, "api_key_modify", k); err != nil {
		return nil, err
	}
	var enabled *bool
	if given, isSet := r.object().Get("enabled").(bool); isSet {
		enabled = &given
	}
	s.accounts.ChangeKey(k, enabled, metadata(r.object()))
	return ok(s.accounts.KeyDocument(k, "api_key:", k.Hash)), nil
}

func (s *Server) deleteKey(r *request) (*reply, error) {
	wanted := r.PathValue("id")
	k := s.accounts.FindKey(wanted)
	if k == nil {
		return nil, fault.NotFound("ApiKey with key or id=%s not found.", wanted)
	}
	if err := s.mayUseKey(r, "api_key_delete", k); err != nil {
		return nil, err
	}
	s.accounts.RemoveKey(k)
	return noContent(), nil
}

// mayUseKey checks what a user wants with a key: no pack has one.
func (s *Server) mayUseKey(r *request, permission string, k *access.Key) error {
	return s.rbac.CheckOn(r.who.User, permission, "api_key:"+k.Hash, "")
}
