package store

import (
	"context"
	"slices"
	"strings"
	"sync"
)

var (
	_ Storage = (*Memory)(nil)
	_ Store   = (*memoryStore)(nil)
)

// Memory is a storage that ends with its process: for tests, demonstrations, and
// bots with nothing to keep.
type Memory struct {
	mu     sync.Mutex
	closed bool
	spaces map[string]map[string][]byte
}

// NewMemory returns an empty storage.
func NewMemory() *Memory {
	return &Memory{spaces: map[string]map[string][]byte{}}
}

// Open implements [Storage].
func (m *Memory) Open(namespace string) (Store, error) {
	if err := checkKey(namespace); err != nil {
		return nil, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return nil, ErrClosed
	}
	if m.spaces[namespace] == nil {
		m.spaces[namespace] = map[string][]byte{}
	}
	return &memoryStore{memory: m, values: m.spaces[namespace]}, nil
}

// Close implements [Storage] and forgets everything.
func (m *Memory) Close() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.closed = true
	m.spaces = nil
	return nil
}

// memoryStore is one namespace of a Memory, whose lock guards its values.
type memoryStore struct {
	memory *Memory
	values map[string][]byte
}

// locked runs use with the values.
func (s *memoryStore) locked(use func() error) error {
	s.memory.mu.Lock()
	defer s.memory.mu.Unlock()
	if s.memory.closed {
		return ErrClosed
	}
	return use()
}

func (s *memoryStore) Get(ctx context.Context, key string) ([]byte, error) {
	if err := checkCall(ctx, key); err != nil {
		return nil, err
	}
	var value []byte
	err := s.locked(func() error {
		held, found := s.values[key]
		if !found {
			return notFound(key)
		}
		value = own(held)
		return nil
	})
	return value, err
}

func (s *memoryStore) Put(ctx context.Context, key string, value []byte) error {
	if err := checkCall(ctx, key); err != nil {
		return err
	}
	if err := checkValue(key, value); err != nil {
		return err
	}
	return s.locked(func() error {
		s.values[key] = own(value)
		return nil
	})
}

func (s *memoryStore) Delete(ctx context.Context, key string) error {
	if err := checkCall(ctx, key); err != nil {
		return err
	}
	return s.locked(func() error {
		delete(s.values, key)
		return nil
	})
}

func (s *memoryStore) Keys(ctx context.Context, prefix string) ([]string, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	var keys []string
	err := s.locked(func() error {
		for key := range s.values {
			if strings.HasPrefix(key, prefix) {
				keys = append(keys, key)
			}
		}
		return nil
	})
	slices.Sort(keys)
	return keys, err
}

func (s *memoryStore) Update(ctx context.Context, key string, change func([]byte) ([]byte, error)) error {
	if err := checkCall(ctx, key); err != nil {
		return err
	}
	return s.locked(func() error {
		var old []byte
		if held, found := s.values[key]; found {
			old = own(held)
		}
		value, err := change(old)
		if err != nil {
			return err
		}
		if value == nil {
			delete(s.values, key)
			return nil
		}
		if err := checkValue(key, value); err != nil {
			return err
		}
		s.values[key] = own(value)
		return nil
	})
}

// own returns a copy that is not nil even when it is empty.
func own(value []byte) []byte { return append([]byte{}, value...) }
