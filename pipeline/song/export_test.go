package song

// Features are what the weights of the confidence are fitted on.
func (s Song) Features() []float64 {
	f := s.Evidence.features(s.Margin)
	return f[:]
}
