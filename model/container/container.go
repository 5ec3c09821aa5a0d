// Package container is the file format of everything learned here: a header
// that says what the file is, a length, a checksum and a payload of plain
// little-endian values. Several containers may follow each other in one
// stream; reading one consumes exactly its bytes.
package container

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// Magic is how every container begins.
const Magic = "cratedigger\x00"

const (
	kindSize   = 16
	headerSize = len(Magic) + kindSize + 4 + 8
	maxPayload = 4 << 30
)

// ErrForeign is returned for data that does not begin with Magic.
var ErrForeign = errors.New("this is no file of a Cratedigger model")

// Write writes one container. Kind names what the payload is, in at most 16
// bytes; version is the version of that kind's payload.
func Write(w io.Writer, kind string, version uint32, payload []byte) error {
	if kind == "" || len(kind) > kindSize {
		return fmt.Errorf("container kind %q must have 1 to %d bytes", kind, kindSize)
	}
	header := make([]byte, headerSize)
	copy(header, Magic)
	copy(header[len(Magic):], kind)
	binary.LittleEndian.PutUint32(header[len(Magic)+kindSize:], version)
	binary.LittleEndian.PutUint64(header[headerSize-8:], uint64(len(payload)))
	sum := sha256.New()
	sum.Write(header)
	sum.Write(payload)
	for _, part := range [][]byte{header, payload, sum.Sum(nil)} {
		if _, err := w.Write(part); err != nil {
			return fmt.Errorf("write model: %w", err)
		}
	}
	return nil
}

// Kind is the kind that a container's first bytes name, or "" if they are not
// the beginning of a container. KindBytes bytes are enough.
func Kind(prefix []byte) string {
	if len(prefix) < KindBytes || string(prefix[:len(Magic)]) != Magic {
		return ""
	}
	return string(bytes.TrimRight(prefix[len(Magic):KindBytes], "\x00"))
}

// KindBytes is how many bytes Kind needs to see.
const KindBytes = len(Magic) + kindSize

// Read reads one container of the given kind and returns its version and
// payload. Versions above newest are refused, as is anything whose checksum
// does not match.
func Read(r io.Reader, kind string, newest uint32) (version uint32, payload []byte, err error) {
	header := make([]byte, headerSize)
	if n, err := io.ReadFull(r, header); err != nil {
		if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
			if n < len(Magic) || string(header[:len(Magic)]) != Magic {
				return 0, nil, ErrForeign
			}
			return 0, nil, errors.New("the model file is cut off in its header")
		}
		return 0, nil, fmt.Errorf("read model: %w", err)
	}
	if string(header[:len(Magic)]) != Magic {
		return 0, nil, ErrForeign
	}
	if got := Kind(header); got != kind {
		return 0, nil, fmt.Errorf("the file holds a %q, not a %q", got, kind)
	}
	version = binary.LittleEndian.Uint32(header[len(Magic)+kindSize:])
	if version == 0 || version > newest {
		return 0, nil, fmt.Errorf("the file has version %d of the %s format; this program reads up to %d", version, kind, newest)
	}
	size := binary.LittleEndian.Uint64(header[headerSize-8:])
	if size > maxPayload {
		return 0, nil, fmt.Errorf("the model file is damaged: it claims to hold %d bytes", size)
	}
	var body bytes.Buffer // grows with what is there, not with what is claimed
	n, err := io.CopyN(&body, r, int64(size)+sha256.Size)
	if errors.Is(err, io.EOF) {
		return 0, nil, fmt.Errorf("the model file is cut off: %d of %d bytes are there", n, size+sha256.Size)
	}
	if err != nil {
		return 0, nil, fmt.Errorf("read model: %w", err)
	}
	payload = body.Bytes()[:size:size]
	sum := sha256.New()
	sum.Write(header)
	sum.Write(payload)
	if !bytes.Equal(sum.Sum(nil), body.Bytes()[size:]) {
		return 0, nil, errors.New("the model file is damaged: its checksum does not match")
	}
	return version, payload, nil
}
