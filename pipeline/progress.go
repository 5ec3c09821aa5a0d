package pipeline

// Progress is told how far long work has come: done of total units of a
// stage. It is called from one goroutine at a time and must return quickly.
// A total of 0 means that the end is not known.
type Progress func(stage string, done, total int)

// report calls p unless nobody listens.
func (p Progress) report(stage string, done, total int) {
	if p != nil {
		p(stage, done, total)
	}
}
