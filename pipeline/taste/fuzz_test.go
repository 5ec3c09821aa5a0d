package taste

import (
	"bytes"
	"encoding/binary"
	"slices"
	"testing"

	"cratedigger/model/container"
)

// FuzzLoadModel feeds damaged model files to Load. The fuzzer's bytes overwrite
// part of one container's payload or replace its end, and the checksum is made
// to match. A model that loads must score and explain without a panic; its
// results do not matter.
func FuzzLoadModel(f *testing.F) {
	videos, labels := crate(48, 48, 7)
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
		for _, at := range []int{0, 4, 8, len(payload) / 2, len(payload) - 8} {
			f.Add(uint8(len(parts)), uint32(max(0, at)), []byte("\xff\xff\xff\x7f"), false)
		}
		f.Add(uint8(len(parts)), uint32(len(payload)/2), []byte{}, true)
		parts, rest = append(parts, part{kind, version, payload}), rest[len(rest)-r.Len():]
	}
	if len(parts) < 4 {
		f.Fatalf("%d containers", len(parts))
	}
	f.Logf("%d containers, %d bytes", len(parts), file.Len())
	f.Fuzz(func(t *testing.T, which uint8, at uint32, patch []byte, ends bool) {
		var b bytes.Buffer
		for i, p := range parts {
			if i == int(which)%len(parts) {
				from := int(at) % (len(p.payload) + 1)
				rest := p.payload[min(len(p.payload), from+len(patch)):]
				if ends {
					rest = nil
				}
				p.payload = slices.Concat(p.payload[:from], patch, rest)
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
