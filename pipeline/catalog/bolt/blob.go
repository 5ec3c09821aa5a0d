package bolt

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

	"github.com/klauspost/compress/zstd"
	bolt "go.etcd.io/bbolt"
)

// The bytes of a model are kept as parts, compressed and named by their SHA-256, so that
// versions of one guild share equal parts. A part is cut into pieces, because bbolt
// writes a row together with its neighbours in the same page: with whole models as rows
// one save rewrote those of other guilds. The row of a model lists its parts. Rows of
// earlier programs hold the model itself; they are read, and go when newer versions
// replace them.
const (
	pieceRow  = 16 << 10    // bytes that a piece takes of bbolt's pages with its key; a few more would begin another page
	partsForm = "parts\x00" // how a row that lists parts begins; no model does
	partBytes = sha256.Size + 4 + 4
	largePart = 1 << 30 // bytes; a part that claims more is damaged
)

// part is an entry of a model's row.
type part struct {
	sum    [sha256.Size]byte
	size   uint32 // bytes
	packed uint32 // bytes, compressed
}

// packedPart is a part to be written.
type packedPart struct {
	part
	data []byte // compressed
}

// packParts compresses the parts of a model.
func packParts(parts [][]byte) ([]packedPart, error) {
	zip, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1))
	if err != nil {
		return nil, err
	}
	defer zip.Close()
	var out []packedPart
	for _, p := range parts {
		if len(p) > largePart {
			return nil, fmt.Errorf("a part of the model has %d MB", len(p)>>20)
		}
		data := zip.EncodeAll(p, nil)
		out = append(out, packedPart{part{sha256.Sum256(p), uint32(len(p)), uint32(len(data))}, data})
	}
	return out, nil
}

// listParts is the row of a model.
func listParts(parts []packedPart) []byte {
	row := []byte(partsForm)
	for _, p := range parts {
		row = append(row, p.sum[:]...)
		row = binary.BigEndian.AppendUint32(row, p.size)
		row = binary.BigEndian.AppendUint32(row, p.packed)
	}
	return row
}

// partsOf reads the row of a model. ok is false for one that holds the model itself.
func partsOf(row []byte) (parts []part, ok bool, err error) {
	list, ok := bytes.CutPrefix(row, []byte(partsForm))
	if !ok {
		return nil, false, nil
	}
	if len(list)%partBytes != 0 {
		return nil, true, errors.New("the list of a model's parts is cut off")
	}
	for entry := range slices.Chunk(list, partBytes) {
		p := part{size: binary.BigEndian.Uint32(entry[sha256.Size:]), packed: binary.BigEndian.Uint32(entry[sha256.Size+4:])}
		copy(p.sum[:], entry)
		if p.size > largePart || p.packed > largePart {
			return nil, true, errors.New("a part of a model claims to have more than a gigabyte")
		}
		parts = append(parts, p)
	}
	return parts, true, nil
}

func piecePrefix(guildID string, p part) []byte { return append(prefix(guildID), p.sum[:]...) }

// writeParts writes those parts that the guild does not have yet, and the model's row.
func writeParts(tx *bolt.Tx, guildID string, version int, parts []packedPart) error {
	pieces := tx.Bucket(bucketPieces)
	for _, p := range parts {
		pre := piecePrefix(guildID, p.part)
		if has(pieces, append(slices.Clone(pre), 0, 0)) {
			continue
		}
		n := uint16(0)
		for piece := range slices.Chunk(p.data, pieceRow-pageHeader-pageElement-len(pre)-2) {
			if err := pieces.Put(binary.BigEndian.AppendUint16(slices.Clone(pre), n), piece); err != nil {
				return err
			}
			n++
		}
	}
	return tx.Bucket(bucketBlobs).Put(modelKey(guildID, version), listParts(parts))
}

// readParts joins the parts of a model.
func readParts(tx *bolt.Tx, guildID string, version int) ([]byte, error) {
	row := tx.Bucket(bucketBlobs).Get(modelKey(guildID, version))
	parts, ok, err := partsOf(row)
	if !ok || err != nil {
		return slices.Clone(row), err
	}
	unzip, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(largePart))
	if err != nil {
		return nil, err
	}
	defer unzip.Close()
	var blob []byte
	for _, p := range parts {
		var data []byte
		err := each(tx.Bucket(bucketPieces), piecePrefix(guildID, p), func(_, piece []byte) error {
			data = append(data, piece...)
			return nil
		})
		if err != nil {
			return nil, err
		}
		before := len(blob)
		if blob, err = unzip.DecodeAll(data, blob); err == nil && len(blob)-before != int(p.size) {
			err = errors.New("bytes are missing")
		}
		if err != nil {
			return nil, fmt.Errorf("model %d of guild %s cannot be read; train a new one: %w", version, guildID, err)
		}
	}
	return blob, nil
}

// dropModel deletes a version, and its parts that no other version has.
func dropModel(tx *bolt.Tx, guildID string, version int) error {
	k := modelKey(guildID, version)
	parts, _, err := partsOf(tx.Bucket(bucketBlobs).Get(k))
	if err != nil {
		return err
	}
	if err := errors.Join(tx.Bucket(bucketModels).Delete(k), tx.Bucket(bucketBlobs).Delete(k)); err != nil {
		return err
	}
	used := map[part]bool{}
	err = each(tx.Bucket(bucketBlobs), prefix(guildID), func(_, row []byte) error {
		others, _, err := partsOf(row)
		for _, p := range others {
			used[p] = true
		}
		return err
	})
	if err != nil {
		return err
	}
	for _, p := range parts {
		if used[p] {
			continue
		}
		if err := deleteIf(tx.Bucket(bucketPieces), piecePrefix(guildID, p), every); err != nil {
			return err
		}
	}
	return nil
}
