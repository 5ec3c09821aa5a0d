package app

// Exit codes that say more than that something failed.
const (
	ExitDamaged = 3  // check: the catalogue is damaged
	ExitBusy    = 4  // check: another process holds it
	ExitNewer   = 5  // check: a newer version wrote it
	ExitFatal   = 78 // trying again cannot help: EX_CONFIG of sysexits.h. A service manager should not restart the bot then
)

// ExitError is an error with its own exit code.
type ExitError struct {
	Code int
	Err  error // nil: all is said
}

// Error is the error's sentence, or "".
func (e ExitError) Error() string {
	if e.Err == nil {
		return ""
	}
	return e.Err.Error()
}

func (e ExitError) Unwrap() error { return e.Err }

// WithCode gives an error its own exit code; a nil error has been told already.
// Code 0 is no error.
func WithCode(code int, err error) error {
	if code == 0 {
		return nil
	}
	return ExitError{code, err}
}
