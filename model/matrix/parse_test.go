package matrix

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strconv"
	"testing"
)

// sameNumber compares what scanFloat reads with strconv, to the last bit.
func sameNumber(t *testing.T, text string) {
	t.Helper()
	want, err := strconv.ParseFloat(text, 64)
	if e, isNum := err.(*strconv.NumError); isNum && e.Err == strconv.ErrRange {
		err = nil
	}
	got, end, ok := scanFloat([]byte("7:"+text+" 8:1"), 2)
	if ok != (err == nil) || ok && math.Float64bits(got) != math.Float64bits(want) && !(got != got && want != want) {
		t.Errorf("%q read as %v, %v; strconv says %v, %v", text, got, ok, want, err)
	}
	if ok && end != 2+len(text) {
		t.Errorf("%q ends at %d, not %d", text, end-2, len(text))
	}
}

func TestScanFloatIsExact(t *testing.T) {
	for _, text := range []string{"0", "-0", "+1", "1.", ".5", ".", "-", "+", "1e", "1e+", "1e5", "1E-5", "1e22", "1e23", "-1e-22", "1e-23", "1e100", "1e-400", "1e400",
		"9007199254740991", "9007199254740992", "9007199254740993", "0.9007199254740993", "18446744073709551616", "184467440737095516160000000001",
		"00000000000000000000001", "0.00000000000000000000001", "nan", "NaN", "inf", "-Inf", "infinity", "0x10", "0x1p-2", "1_000", "1..2", "1e5.5", "1e5e5", "--1", "1-", "12a", "5e-324", "1.7976931348623157e308"} {
		sameNumber(t, text)
	}
	r := rand.New(rand.NewPCG(1, 2))
	for range 200_000 {
		var text string
		switch r.IntN(4) {
		case 0:
			text = strconv.FormatFloat(math.Float64frombits(r.Uint64()), "gef"[r.IntN(2)], r.IntN(20)-1, 64)
		case 1:
			text = fmt.Sprintf("%.*f", r.IntN(18), r.NormFloat64()*math.Pow(10, float64(r.IntN(12))))
		case 2:
			text = fmt.Sprintf("%d.%de%d", r.Uint64N(1<<r.IntN(64)), r.Uint64N(1<<r.IntN(64)), r.IntN(60)-30)
		default:
			text = fmt.Sprintf("%.6g", r.ExpFloat64()*math.Exp(20*r.NormFloat64()))
		}
		sameNumber(t, text)
	}
}
