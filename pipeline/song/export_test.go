package song

// Features are what the weights of the confidence are fitted on.
func (s Song) Features() []float64 {
	f := s.Evidence.features(s.Margin, s.Fame)
	return f[:]
}

// FeatureName names a feature as weights.go does.
func FeatureName(i int) string {
	if i < margins {
		return [margins]string{"margin to 2", "margin to 5", "margin beyond", "how often others name the artist", "margin to 5, the song first"}[i]
	}
	return evidenceNames[i-margins]
}

// Work is how many words a reading looks at, as a measure of its work.
func Work(u Upload) int {
	t := newTitle(u, nil)
	defer t.free()
	t.describe(t.credited(t.read(), u))
	return len(t.slab)
}
