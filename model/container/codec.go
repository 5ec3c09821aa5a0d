package container

import (
	"encoding/binary"
	"errors"
	"math"
)

// Encoder appends values to a payload.
type Encoder struct{ buf []byte }

// Bytes is the payload so far.
func (e *Encoder) Bytes() []byte { return e.buf }

// Int appends an integer.
func (e *Encoder) Int(v int) { e.buf = binary.AppendVarint(e.buf, int64(v)) }

// Bool appends a truth value.
func (e *Encoder) Bool(v bool) {
	b := byte(0)
	if v {
		b = 1
	}
	e.buf = append(e.buf, b)
}

// Float appends a float64, bit for bit.
func (e *Encoder) Float(v float64) {
	e.buf = binary.LittleEndian.AppendUint64(e.buf, math.Float64bits(v))
}

// String appends a string with its length.
func (e *Encoder) String(s string) {
	e.Int(len(s))
	e.buf = append(e.buf, s...)
}

// Strings appends a list of strings.
func (e *Encoder) Strings(list []string) {
	e.Int(len(list))
	for _, s := range list {
		e.String(s)
	}
}

// Bytes8 appends a list of bytes.
func (e *Encoder) Bytes8(list []uint8) {
	e.Int(len(list))
	e.buf = append(e.buf, list...)
}

// Int32s appends a list of integers.
func (e *Encoder) Int32s(list []int32) {
	e.Int(len(list))
	for _, v := range list {
		e.Int(int(v))
	}
}

// Floats appends a list of float64.
func (e *Encoder) Floats(list []float64) {
	e.Int(len(list))
	for _, v := range list {
		e.Float(v)
	}
}

// Decoder takes values from a payload in the order they were appended. After
// the first failure it returns zero values; Err tells.
type Decoder struct {
	buf    []byte
	failed bool
}

// NewDecoder reads a payload.
func NewDecoder(payload []byte) *Decoder { return &Decoder{buf: payload} }

// Err is an error if a value was missing or if bytes are left over.
func (d *Decoder) Err() error {
	if d.failed {
		return errors.New("the model file is damaged: a value is missing or out of range")
	}
	if len(d.buf) > 0 {
		return errors.New("the model file is damaged: there is more in it than belongs there")
	}
	return nil
}

// Fail marks the payload as damaged, for a value its reader cannot accept.
func (d *Decoder) Fail() {
	d.failed = true
	d.buf = nil
}

// Failed reports whether a value was missing so far.
func (d *Decoder) Failed() bool { return d.failed }

// Int takes an integer.
func (d *Decoder) Int() int {
	v, n := binary.Varint(d.buf)
	if n <= 0 || int64(int(v)) != v {
		d.Fail()
		return 0
	}
	d.buf = d.buf[n:]
	return int(v)
}

// count takes the length of a list whose items have at least size bytes.
func (d *Decoder) count(size int) int {
	n := d.Int()
	if n < 0 || n > len(d.buf)/size {
		d.Fail()
		return 0
	}
	return n
}

// Bool takes a truth value.
func (d *Decoder) Bool() bool {
	if len(d.buf) == 0 || d.buf[0] > 1 {
		d.Fail()
		return false
	}
	v := d.buf[0] == 1
	d.buf = d.buf[1:]
	return v
}

// Float takes a float64.
func (d *Decoder) Float() float64 {
	if len(d.buf) < 8 {
		d.Fail()
		return 0
	}
	v := math.Float64frombits(binary.LittleEndian.Uint64(d.buf))
	d.buf = d.buf[8:]
	return v
}

// String takes a string.
func (d *Decoder) String() string {
	n := d.count(1)
	s := string(d.buf[:n])
	d.buf = d.buf[n:]
	return s
}

// Strings takes a list of strings; an empty list is nil.
func (d *Decoder) Strings() []string {
	n := d.count(1)
	if n == 0 {
		return nil
	}
	list := make([]string, n)
	for i := range list {
		list[i] = d.String()
	}
	return list
}

// Bytes8 takes a list of bytes.
func (d *Decoder) Bytes8() []uint8 {
	n := d.count(1)
	list := append([]uint8(nil), d.buf[:n]...)
	d.buf = d.buf[n:]
	return list
}

// Int32s takes a list of integers.
func (d *Decoder) Int32s() []int32 {
	n := d.count(1)
	list := make([]int32, n)
	for i := range list {
		v := d.Int()
		if int(int32(v)) != v {
			d.Fail()
		}
		list[i] = int32(v)
	}
	return list
}

// Floats takes a list of float64; an empty list is nil.
func (d *Decoder) Floats() []float64 {
	n := d.count(8)
	if n == 0 {
		return nil
	}
	list := make([]float64, n)
	for i := range list {
		list[i] = d.Float()
	}
	return list
}
