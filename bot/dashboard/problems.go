package dashboard

import "fmt"

// problem is what is wrong at one input of the form.
type problem struct {
	At   string // the end of the ids of its elements
	Text string // a sentence that names the setting
}

// Wrong are the problems at one place. Of a list that is a text it names the first few.
func (v settingsView) Wrong(at string) (here []string) {
	more := 0
	for _, p := range v.Problems {
		switch {
		case p.At != at:
		case len(here) < fewProblems:
			here = append(here, p.Text)
		default:
			more++
		}
	}
	if more > 0 {
		here = append(here, fmt.Sprintf("And %d more.", more))
	}
	return here
}

// fewProblems is how many problems stand above the form, and at one input: all are at their
// inputs, and each in both places would make a page large where everything is wrong.
const fewProblems = 9

// First are the problems that stand above the form.
func (v settingsView) First() []problem { return v.Problems[:min(len(v.Problems), fewProblems)] }

// More is the number of the others.
func (v settingsView) More() int { return len(v.Problems) - len(v.First()) }

// maxRefused is how many bytes of a refused value its problem has.
const maxRefused = 28
