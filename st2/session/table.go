package session

import (
	"container/list"
	"iter"
)

// table is a map of bounded size: when it is full, the entry that was set longest ago
// makes room.
type table[K comparable, V any] struct {
	size  int
	order *list.List // of *entry, the oldest first
	where map[K]*list.Element
}

type entry[K comparable, V any] struct {
	key   K
	value V
}

func newTable[K comparable, V any](size int) *table[K, V] {
	return &table[K, V]{size: size, order: list.New(), where: make(map[K]*list.Element)}
}

// get returns the value of a key, or the zero value.
func (t *table[K, V]) get(key K) (value V) {
	if e := t.where[key]; e != nil {
		value = e.Value.(*entry[K, V]).value
	}
	return value
}

func (t *table[K, V]) set(key K, value V) {
	t.delete(key)
	if len(t.where) >= t.size {
		t.delete(t.order.Front().Value.(*entry[K, V]).key)
	}
	t.where[key] = t.order.PushBack(&entry[K, V]{key, value})
}

func (t *table[K, V]) delete(key K) {
	if e := t.where[key]; e != nil {
		t.order.Remove(e)
		delete(t.where, key)
	}
}

// values yields all values, the oldest first.
func (t *table[K, V]) values() iter.Seq[V] {
	return func(yield func(V) bool) {
		for e := t.order.Front(); e != nil; e = e.Next() {
			if !yield(e.Value.(*entry[K, V]).value) {
				return
			}
		}
	}
}
