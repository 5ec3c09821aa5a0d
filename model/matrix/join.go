package matrix

import "fmt"

// Join puts two matrices of the same rows side by side: a's columns, then b's.
// Dense columns of b become sparse ones.
func Join(a, b *Matrix) (*Matrix, error) {
	if a.rows != b.rows {
		return nil, fmt.Errorf("%d and %d rows cannot stand side by side", a.rows, b.rows)
	}
	out, err := NewBuilder(a.dense, a.cols+b.cols)
	if err != nil {
		return nil, err
	}
	var cols []int32
	var vals []float64
	for i := range a.rows {
		ac, av := a.Sparse(i)
		cols, vals = append(cols[:0], ac...), append(vals[:0], av...)
		for j, v := range b.Dense(i) {
			cols, vals = append(cols, int32(a.cols+j)), append(vals, v)
		}
		bc, bv := b.Sparse(i)
		for k, j := range bc {
			cols, vals = append(cols, int32(a.cols)+j), append(vals, bv[k])
		}
		if err := out.Add(a.Dense(i), cols, vals); err != nil {
			return nil, err
		}
	}
	m := out.Matrix()
	if !a.Named() && !b.Named() {
		return m, nil
	}
	return m.WithNames(append(a.Names(), b.Names()...))
}
