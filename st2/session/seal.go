package session

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
)

// The file of an [Encrypted] store is a header followed by AES-256-GCM's random
// nonce, encrypted text and tag; the header is authenticated with the text. The text
// is a JSON object of names and base64 values. The header is, in bytes:
//
//	11  "ST2-SECRETS"
//	 1  the version, 1
//	16  the salt, random, new with every key
//	16  the check value: which key opens the file
//	 4  the CRC-32 (IEEE) of the above, big-endian: tells a damaged header from a wrong key
//
// PBKDF2 (passphrases only) and HKDF, both with SHA-256 and the salt, make of the key
// 48 bytes: the key of the cipher and the check value.
const (
	magic      = "ST2-SECRETS"
	version    = 1
	saltSize   = 16
	checkSize  = 16
	saltAt     = len(magic) + 1
	checkAt    = saltAt + saltSize
	sumAt      = checkAt + checkSize
	headerSize = sumAt + crc32.Size

	// maxFile is above what MaxSecrets secrets of the longest kind need.
	maxFile = 96 << 20
)

// seal encrypts and decrypts with one key and salt.
type seal struct {
	header []byte
	aead   cipher.AEAD
}

// newSeal returns the seal of a key, with a new salt.
func newSeal(key Key) (*seal, error) {
	salt := make([]byte, saltSize)
	rand.Read(salt) // never fails
	return sealWith(key, salt)
}

func sealWith(key Key, salt []byte) (*seal, error) {
	derived, err := key.derive(salt, keySize+checkSize)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(derived[:keySize])
	if err != nil {
		return nil, err
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		return nil, err
	}
	header := append([]byte(magic), version)
	header = append(header, salt...)
	header = append(header, derived[keySize:]...)
	header = binary.BigEndian.AppendUint32(header, crc32.ChecksumIEEE(header))
	return &seal{header, aead}, nil
}

// close returns the file that holds the entries.
func (s *seal) close(entries secrets) ([]byte, error) {
	text, err := json.Marshal(entries)
	if err != nil {
		return nil, err
	}
	file := make([]byte, headerSize, headerSize+len(text)+s.aead.Overhead())
	copy(file, s.header)
	return s.aead.Seal(file, nil, text, s.header), nil
}

// breakSeal returns the entries of a file, and the seal to close it with again.
func breakSeal(file []byte, key Key) (*seal, secrets, error) {
	if err := checkHeader(file); err != nil {
		return nil, nil, err
	}
	s, err := sealWith(key, file[saltAt:checkAt])
	if err != nil {
		return nil, nil, err
	}
	if !bytes.Equal(s.header, file[:headerSize]) {
		return nil, nil, fmt.Errorf("%w; nothing was changed: give that key, or move the file away to begin with none, in which case everybody has to log in again", ErrWrongKey)
	}
	text, err := s.aead.Open(nil, nil, file[headerSize:], s.header)
	if err != nil {
		return nil, nil, damaged("what it holds was changed or cut off")
	}
	entries := secrets{}
	if json.Unmarshal(text, &entries) != nil { // its error may quote the text
		return nil, nil, damaged("what it holds cannot be read")
	}
	return s, entries, nil
}

func checkHeader(file []byte) error {
	switch {
	case len(file) < headerSize:
		return damaged("it is cut off")
	case string(file[:len(magic)]) != magic:
		return damaged("this is not a file of secrets")
	case crc32.ChecksumIEEE(file[:sumAt]) != binary.BigEndian.Uint32(file[sumAt:]):
		return damaged("its header was changed")
	case file[len(magic)] != version:
		return errors.New("the file was written by a newer version of the bot; nothing was changed: run that one")
	}
	return nil
}

func damaged(how string) error {
	return fmt.Errorf("%w: %s; nothing was changed: put a backup in its place, or move it away to begin with none, in which case everybody has to log in again", ErrCorrupt, how)
}
