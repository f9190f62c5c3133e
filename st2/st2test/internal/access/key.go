package access

import (
	"slices"

	"github.com/go-errbot/errbot/st2/st2test/internal/ident"
	"github.com/go-errbot/errbot/st2/st2test/internal/pyjson"
)

// Keys returns all keys.
func (a *Accounts) Keys() []*Key {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Clone(a.keys)
}

// KeyDocument is a key as the API shows it, with this uid and hash.
func (a *Accounts) KeyDocument(k *Key, uid, hash string) *pyjson.Object {
	a.mu.Lock()
	defer a.mu.Unlock()
	return pyjson.Of("uid", uid, "user", k.User, "key_hash", hash, "metadata", k.Metadata,
		"created_at", ident.Timestamp(k.Created), "enabled", k.enabled, "id", k.ID)
}

// ChangeKey sets what an administrator may set. A nil enabled leaves that as it is.
func (a *Accounts) ChangeKey(k *Key, enabled *bool, metadata any) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if enabled != nil {
		k.enabled = *enabled
	}
	k.Metadata = metadata
}

// RemoveKey forgets a key.
func (a *Accounts) RemoveKey(k *Key) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.keys = slices.DeleteFunc(a.keys, func(x *Key) bool { return x == k })
}
