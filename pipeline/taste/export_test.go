package taste

// DuelsOfWeight is WithDuels with another weight, for the measurement that chose it.
var DuelsOfWeight = withDuels
