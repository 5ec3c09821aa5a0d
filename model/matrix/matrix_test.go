package matrix_test

import (
	"bytes"
	"math"
	"slices"
	"strings"
	"testing"

	"cratedigger/model/matrix"
)

func build(t *testing.T) *matrix.Matrix {
	t.Helper()
	b, err := matrix.NewBuilder(2, 6)
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct {
		dense []float64
		cols  []int32
		vals  []float64
	}{
		{[]float64{1, 0}, []int32{5, 3}, []float64{0.5, -2}},
		{[]float64{math.NaN(), 7}, nil, nil},
		{[]float64{0, 3}, []int32{2, 4}, []float64{math.NaN(), 0}},
	} {
		if err := b.Add(row.dense, row.cols, row.vals); err != nil {
			t.Fatal(err)
		}
	}
	return b.Matrix()
}

func same(a, b float64) bool { return a == b || a != a && b != b }

func TestAtReadsDenseAndSparseParts(t *testing.T) {
	m := build(t)
	nan := math.NaN()
	want := [][]float64{{1, 0, 0, -2, 0, 0.5}, {nan, 7, 0, 0, 0, 0}, {0, 3, nan, 0, 0, 0}}
	for i, row := range want {
		for j, v := range row {
			if got := m.At(i, j); !same(got, v) {
				t.Errorf("At(%d, %d) = %v, want %v", i, j, got, v)
			}
		}
	}
	if m.Stored() != 3 {
		t.Errorf("%d values stored, want 3: a stored zero is no entry", m.Stored())
	}
}

func TestSubsetRepeatsAndReorders(t *testing.T) {
	m := build(t)
	s := m.Subset([]int{2, 0, 0})
	if s.Rows() != 3 || s.Cols() != 6 {
		t.Fatalf("subset is %d by %d", s.Rows(), s.Cols())
	}
	for k, i := range []int{2, 0, 0} {
		for j := range 6 {
			if !same(s.At(k, j), m.At(i, j)) {
				t.Errorf("row %d column %d: %v, want %v", k, j, s.At(k, j), m.At(i, j))
			}
		}
	}
	if got := matrix.Pick([]float64{4, 5, 6}, []int{2, 0, 0}); !slices.Equal(got, []float64{6, 4, 4}) {
		t.Errorf("Pick = %v", got)
	}
}

func TestLibSVMRoundTrip(t *testing.T) {
	m := build(t)
	var buf bytes.Buffer
	if err := matrix.WriteLibSVM(&buf, m, []float64{1, 0, 1}); err != nil {
		t.Fatal(err)
	}
	got, labels, err := matrix.ReadLibSVM(&buf, 6)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(labels, []float64{1, 0, 1}) {
		t.Errorf("labels %v", labels)
	}
	for i := range m.Rows() {
		for j := range m.Cols() {
			if !same(got.At(i, j), m.At(i, j)) {
				t.Errorf("(%d, %d) = %v, want %v", i, j, got.At(i, j), m.At(i, j))
			}
		}
	}
}

func TestReadLibSVM(t *testing.T) {
	m, labels, err := matrix.ReadLibSVM(strings.NewReader("1 0:nan 7:2.5 # note\n\n0\n-1 3:1e400 1:-0.5\n"), -1)
	if err != nil {
		t.Fatal(err)
	}
	if m.Rows() != 3 || m.Cols() != 8 || !slices.Equal(labels, []float64{1, 0, -1}) {
		t.Fatalf("%d by %d, labels %v", m.Rows(), m.Cols(), labels)
	}
	if v := m.At(0, 0); v == v {
		t.Errorf("nan read as %v", v)
	}
	if !math.IsInf(m.At(2, 3), 1) || m.At(2, 1) != -0.5 {
		t.Errorf("row 2: %v %v", m.At(2, 3), m.At(2, 1))
	}
	for _, bad := range []string{"x 1:2", "1 a:2", "1 2", "1 2:", "1 :2", "1 3:4 3:5", "1 99999999:1", "1 -1:2", "1 qid:3 1:2"} {
		if _, _, err := matrix.ReadLibSVM(strings.NewReader(bad), -1); err == nil {
			t.Errorf("%q was read without an error", bad)
		}
	}
	if _, _, err := matrix.ReadLibSVM(strings.NewReader("1 9:2"), 4); err == nil {
		t.Error("a column beyond the given width was read without an error")
	}
}

func TestCSVRoundTrip(t *testing.T) {
	m, err := build(t).WithNames([]string{"a", "b,c", "x;;;;;;;;;=cmd|'/C calc'!A0", "=e", "'f", "g|h\t"})
	if err != nil {
		t.Fatal(err)
	}
	var buf bytes.Buffer
	if err := matrix.WriteCSV(&buf, m, []float64{1, 0, 1}); err != nil {
		t.Fatal(err)
	}
	if text := buf.String(); !strings.HasPrefix(text, "label,a,\"b,c\",x;;;;;;;;;'=cmd|'/C calc'!A0,'=e,'f,g|h\t\n") {
		t.Errorf("a name is a formula, or another: %.80q", text)
	}
	got, labels, err := matrix.ReadCSV(&buf)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(labels, []float64{1, 0, 1}) || !slices.Equal(got.Names(), m.Names()) {
		t.Errorf("labels %v names %v", labels, got.Names())
	}
	for i := range m.Rows() {
		for j := range m.Cols() {
			if !same(got.At(i, j), m.At(i, j)) {
				t.Errorf("(%d, %d) = %v, want %v", i, j, got.At(i, j), m.At(i, j))
			}
		}
	}
	for _, bad := range []string{"", "label\n1\n", "a,b\n1\n", "a\nx\n"} {
		if _, _, err := matrix.ReadCSV(strings.NewReader(bad)); err == nil {
			t.Errorf("%q was read without an error", bad)
		}
	}
}

func TestReadLibSVMAsEditorsSaveIt(t *testing.T) {
	for name, text := range map[string]string{
		"a mark": "\ufeff1 0:2 1:0.5\n0 1:3\n", "CRLF": "1 0:2 1:0.5\r\n0 1:3\r\n", "CR": "1 0:2 1:0.5\r0 1:3\r", "UTF-16": utf16("1 0:2 1:0.5\r\n0 1:3\r\n"),
	} {
		m, labels, err := matrix.ReadLibSVM(strings.NewReader(text), 2)
		if err != nil || !slices.Equal(labels, []float64{1, 0}) || m.At(0, 0) != 2 || m.At(0, 1) != 0.5 || m.At(1, 1) != 3 {
			t.Errorf("%s: labels %v, %v", name, labels, err)
		}
	}
	if _, _, err := matrix.ReadLibSVM(strings.NewReader("1 0:1\n0 3:1\n"), 3); err == nil || !strings.Contains(err.Error(), "line 2: row 2 has column 3, and there are columns 0 to 2") {
		t.Errorf("a column beyond the last: %v", err)
	}
}

func utf16(ascii string) string {
	out := "\xff\xfe"
	for _, c := range ascii {
		out += string(c) + "\x00"
	}
	return out
}

func TestBuilderRefuses(t *testing.T) {
	b, err := matrix.NewBuilder(1, 3)
	if err != nil {
		t.Fatal(err)
	}
	for _, bad := range []struct {
		dense []float64
		cols  []int32
		vals  []float64
	}{
		{nil, nil, nil},
		{[]float64{1}, []int32{0}, []float64{1}},
		{[]float64{1}, []int32{3}, []float64{1}},
		{[]float64{1}, []int32{2, 2}, []float64{1, 1}},
		{[]float64{1}, []int32{2}, nil},
	} {
		if err := b.Add(bad.dense, bad.cols, bad.vals); err == nil {
			t.Errorf("row %+v was accepted", bad)
		}
	}
	if m := b.Matrix(); m.Rows() != 0 || m.Cols() != 3 {
		t.Errorf("refused rows left %d rows, %d columns", m.Rows(), m.Cols())
	}
}

func TestCheckLabelsAndWidth(t *testing.T) {
	m := build(t)
	if err := matrix.CheckLabels(m, []float64{0, 1, 1}, []float64{1, 0, 2}); err != nil {
		t.Error(err)
	}
	inf := math.Inf(1)
	for _, bad := range []struct{ y, w []float64 }{
		{[]float64{0, 1}, nil},
		{[]float64{0, 1, 0.5}, nil},
		{[]float64{0, 1, math.NaN()}, nil},
		{[]float64{0, 1, 1}, []float64{1}},
		{[]float64{0, 1, 1}, []float64{1, -1, 1}},
		{[]float64{0, 1, 1}, []float64{1, inf, 1}},
		{[]float64{0, 1, 1}, []float64{0, 0, 0}},
	} {
		if matrix.CheckLabels(m, bad.y, bad.w) == nil {
			t.Errorf("labels %v weights %v were accepted", bad.y, bad.w)
		}
	}
	if err := matrix.CheckWidth(m, 4); err != nil {
		t.Errorf("sparse columns beyond the model's: %v", err)
	}
	if err := matrix.CheckWidth(m, 1); err == nil {
		t.Error("a dense block wider than the model was accepted")
	}
	d, err := matrix.FromDense(3, make([]float64, 6))
	if err != nil {
		t.Fatal(err)
	}
	if matrix.CheckWidth(d, 3) != nil || matrix.CheckWidth(d, 4) == nil {
		t.Error("dense rows must have exactly the model's width")
	}
}

func FuzzReadLibSVM(f *testing.F) {
	f.Add([]byte("1 0:1.5 3:nan\n0 2:7 # c\n"))
	f.Add([]byte("0\n1 16777215:1\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		m, labels, err := matrix.ReadLibSVM(bytes.NewReader(data), -1)
		if err != nil {
			return
		}
		var buf bytes.Buffer
		if err := matrix.WriteLibSVM(&buf, m, labels); err != nil {
			t.Fatal(err)
		}
		again, _, err := matrix.ReadLibSVM(&buf, m.Cols())
		if err != nil {
			t.Fatalf("what was written cannot be read: %v", err)
		}
		if again.Rows() != m.Rows() || again.Stored() != m.Stored() {
			t.Fatalf("%d rows, %d values became %d, %d", m.Rows(), m.Stored(), again.Rows(), again.Stored())
		}
	})
}

func TestJoinStandsSideBySide(t *testing.T) {
	a := build(t)
	b, err := a.Subset([]int{2, 1, 0}).WithNames([]string{"p", "q", "r", "s", "t", "u"})
	if err != nil {
		t.Fatal(err)
	}
	m, err := matrix.Join(a, b)
	if err != nil {
		t.Fatal(err)
	}
	for i := range a.Rows() {
		for j := range 6 {
			if !same(m.At(i, j), a.At(i, j)) || !same(m.At(i, 6+j), b.At(i, j)) {
				t.Errorf("row %d column %d: %v and %v", i, j, m.At(i, j), m.At(i, 6+j))
			}
		}
	}
	if m.Name(0) != "Column_0" || m.Name(6) != "p" {
		t.Errorf("names %v", m.Names())
	}
	if _, err := matrix.Join(a, b.Subset([]int{0})); err == nil {
		t.Error("matrices of different rows were joined")
	}
}

// FuzzReadCSV reads any text, and what it reads it writes and reads again.
func FuzzReadCSV(f *testing.F) {
	f.Add([]byte("label,a,\"b,c\"\n1,,nan\n0,1e400,-0\n"))
	f.Add([]byte("a\n\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		m, labels, err := matrix.ReadCSV(bytes.NewReader(data))
		if err != nil {
			return
		}
		if labels == nil {
			labels = make([]float64, m.Rows())
		}
		var buf bytes.Buffer
		if err := matrix.WriteCSV(&buf, m, labels); err != nil {
			t.Fatal(err)
		}
		again, back, err := matrix.ReadCSV(&buf)
		if err != nil {
			t.Fatalf("what was written cannot be read: %v", err)
		}
		if again.Rows() != m.Rows() || again.Cols() != m.Cols() || !slices.EqualFunc(back, labels, same) {
			t.Fatalf("%d by %d, labels %v became %d by %d, labels %v", m.Rows(), m.Cols(), labels, again.Rows(), again.Cols(), back)
		}
		for i := range m.Rows() {
			for j := range m.Cols() {
				if !same(again.At(i, j), m.At(i, j)) {
					t.Fatalf("(%d, %d): %v became %v", i, j, m.At(i, j), again.At(i, j))
				}
			}
		}
	})
}

// TestReserve: rows for which there is room take no more memory while they are added.
func TestReserve(t *testing.T) {
	const rows = 200
	b, err := matrix.NewBuilder(2, 5)
	if err != nil {
		t.Fatal(err)
	}
	b.Reserve(rows, 3*rows)
	allocations := testing.AllocsPerRun(1, func() { // runs twice
		for range rows / 2 {
			if err := b.Add([]float64{1, 2}, []int32{2, 3, 4}, []float64{3, 0, 4}); err != nil {
				t.Fatal(err)
			}
		}
	})
	if m := b.Matrix(); allocations > 0 || m.Rows() != rows || m.Stored() != 2*rows {
		t.Errorf("%.0f allocations; %d rows with %d values", allocations, m.Rows(), m.Stored())
	}
}
