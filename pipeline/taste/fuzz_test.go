package taste

import (
	"bytes"
	"encoding/binary"
	"testing"

	"cratedigger/model/container"
)

// FuzzLoadModel feeds damaged model files to Load: of one container the payload
// is the fuzzer's, under a checksum that matches. What loads must score and
// explain without a panic; what it says then is the file's affair.
func FuzzLoadModel(f *testing.F) {
	videos, labels := crate(40, 30, 7)
	m := train(f, videos, labels, Options{Seed: 3, Parallel: 1})
	if !m.Learned() {
		f.Fatal("the rule ranks: there is nothing to damage")
	}
	var file bytes.Buffer
	if err := m.Save(&file); err != nil {
		f.Fatal(err)
	}
	type part struct {
		kind    string
		version uint32
		payload []byte
	}
	var parts []part
	for rest := file.Bytes(); len(rest) > 0; {
		kind := container.Kind(rest)
		r := bytes.NewReader(rest)
		version, payload, err := container.Read(r, kind, binary.LittleEndian.Uint32(rest[container.KindBytes:]))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(uint8(len(parts)), payload)
		parts, rest = append(parts, part{kind, version, payload}), rest[len(rest)-r.Len():]
	}
	if len(parts) < 4 {
		f.Fatalf("%d containers", len(parts))
	}
	f.Fuzz(func(t *testing.T, which uint8, payload []byte) {
		var b bytes.Buffer
		for i, p := range parts {
			if i == int(which)%len(parts) {
				p.payload = payload
			}
			if err := container.Write(&b, p.kind, p.version, p.payload); err != nil {
				t.Fatal(err)
			}
		}
		m, err := Load(&b)
		if err != nil {
			return
		}
		if _, err := m.Score(t.Context(), videos[:2], now); err != nil {
			return
		}
		_, _ = m.Explain(videos[0], now)
		_ = m.Card()
	})
}
