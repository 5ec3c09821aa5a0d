package pipeline

// Progress is called as long work advances, with the units done of a stage and
// their total, 0 when unknown. It is called from one goroutine at a time and must
// return quickly.
type Progress func(stage string, done, total int)

// report calls p unless it is nil.
func (p Progress) report(stage string, done, total int) {
	if p != nil {
		p(stage, done, total)
	}
}
