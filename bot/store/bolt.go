package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"
)

var (
	_ Storage = (*Bolt)(nil)
	_ Store   = (*boltStore)(nil)
)

// Bolt is a storage in one file, with a bolt bucket for each namespace. Every change
// is on the disk when the call that made it returns, which costs one
// synchronisation of the file; reading costs none. One process at a time can have
// the file open. [OpenBolt] makes one.
type Bolt struct {
	db *bbolt.DB
}

// Open implements [Storage].
func (b *Bolt) Open(namespace string) (Store, error) {
	if err := checkKey(namespace); err != nil {
		return nil, err
	}
	s := &boltStore{db: b.db, bucket: []byte(namespace)}
	exists := false
	err := b.db.View(func(tx *bbolt.Tx) error {
		exists = tx.Bucket(s.bucket) != nil
		return nil
	})
	if err == nil && !exists {
		err = b.db.Update(func(tx *bbolt.Tx) error {
			_, err := tx.CreateBucketIfNotExists(s.bucket)
			return err
		})
	}
	if err != nil {
		return nil, fmt.Errorf("open namespace %q: %w", namespace, closedError(err))
	}
	return s, nil
}

// Close implements [Storage] and lets go of the file.
func (b *Bolt) Close() error {
	if err := b.db.Close(); err != nil {
		return fmt.Errorf("close the store: %w", err)
	}
	return nil
}

// boltStore is one namespace of a Bolt. Its bucket exists.
type boltStore struct {
	db     *bbolt.DB
	bucket []byte
}

func (s *boltStore) Get(ctx context.Context, key string) ([]byte, error) {
	if err := checkCall(ctx, key); err != nil {
		return nil, err
	}
	var value []byte
	err := s.view(func(bucket *bbolt.Bucket) error {
		held := bucket.Get([]byte(key))
		if held == nil {
			return notFound(key)
		}
		value = own(held)
		return nil
	})
	return value, err
}

func (s *boltStore) Put(ctx context.Context, key string, value []byte) error {
	if err := checkCall(ctx, key); err != nil {
		return err
	}
	if err := checkValue(key, value); err != nil {
		return err
	}
	return s.update(func(bucket *bbolt.Bucket) error { return bucket.Put([]byte(key), value) })
}

func (s *boltStore) Delete(ctx context.Context, key string) error {
	if err := checkCall(ctx, key); err != nil {
		return err
	}
	return s.update(func(bucket *bbolt.Bucket) error { return bucket.Delete([]byte(key)) })
}

func (s *boltStore) Keys(ctx context.Context, prefix string) ([]string, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	var keys []string
	err := s.view(func(bucket *bbolt.Bucket) error {
		start, cursor := []byte(prefix), bucket.Cursor()
		for key, _ := cursor.Seek(start); key != nil && bytes.HasPrefix(key, start); key, _ = cursor.Next() {
			keys = append(keys, string(key))
		}
		return nil
	})
	return keys, err
}

func (s *boltStore) Update(ctx context.Context, key string, change func([]byte) ([]byte, error)) error {
	if err := checkCall(ctx, key); err != nil {
		return err
	}
	return s.update(func(bucket *bbolt.Bucket) error {
		var old []byte
		if held := bucket.Get([]byte(key)); held != nil {
			old = own(held)
		}
		value, err := change(old)
		if err != nil {
			return err
		}
		if value == nil {
			return bucket.Delete([]byte(key))
		}
		if err := checkValue(key, value); err != nil {
			return err
		}
		return bucket.Put([]byte(key), value)
	})
}

func (s *boltStore) view(use func(*bbolt.Bucket) error) error {
	return closedError(s.db.View(func(tx *bbolt.Tx) error { return use(tx.Bucket(s.bucket)) }))
}

func (s *boltStore) update(use func(*bbolt.Bucket) error) error {
	return closedError(s.db.Update(func(tx *bbolt.Tx) error { return use(tx.Bucket(s.bucket)) }))
}

// closedError makes bolt's error for a closed file ours.
func closedError(err error) error {
	if errors.Is(err, bolterrors.ErrDatabaseNotOpen) {
		return ErrClosed
	}
	return err
}
