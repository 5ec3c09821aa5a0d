package app

import (
	"cmp"
	"errors"
)

// Exit codes that let a calling program distinguish outcomes.
const (
	ExitDamaged = 3  // check: the catalogue is damaged
	ExitBusy    = 4  // check: another process holds it
	ExitNewer   = 5  // check: a newer version wrote it
	ExitFatal   = 78 // trying again cannot help: EX_CONFIG of sysexits.h. A service manager should not restart the bot then
)

// ExitError is an error with its own exit code.
type ExitError struct {
	Code int
	error
}

// Unwrap returns the error that has the code.
func (e ExitError) Unwrap() error { return e.error }

// WithCode gives an error its own exit code. Pass nil if the error was already
// printed. Code 0 is no error.
func WithCode(code int, err error) error {
	if code == 0 {
		return nil
	}
	return ExitError{code, cmp.Or(err, errors.New(""))}
}
