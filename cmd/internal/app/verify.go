package app

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"

	"cratedigger/pipeline/catalog"
)

// CheckInChild checks a file in a child process and returns the child's output. If the
// child dies, the file is damaged: bbolt panics or faults on some damaged files.
func CheckInChild(ctx context.Context, path string) (string, error) {
	program, err := os.Executable()
	if err != nil {
		return "", fmt.Errorf("the check cannot be started: %w", err)
	}
	var out, errOut bytes.Buffer
	cmd := exec.CommandContext(ctx, program, "check", "--here", "--file", path)
	cmd.Stdout, cmd.Stderr = &out, &errOut
	err = cmd.Run()
	if err == nil {
		return out.String(), nil
	}
	if ctx.Err() != nil {
		return "", ctx.Err()
	}
	died, ok := errors.AsType[*exec.ExitError](err)
	if !ok {
		return "", fmt.Errorf("the check cannot be started: %w", err)
	}
	sentence := lastWords(errOut.String())
	switch code := died.ExitCode(); code {
	case ExitBusy:
		return "", ExitError{code, &catalog.BusyError{Path: path}}
	case ExitNewer:
		return "", ExitError{code, errors.New(sentence)}
	case ExitDamaged:
		problems := strings.Split(strings.TrimSpace(out.String()), "\n")
		return out.String(), ExitError{code, &catalog.CorruptError{Path: path, Cause: errors.New(firstOf(problems, "its check failed"))}}
	case 1:
		return "", errors.New(sentence)
	default:
		return "", ExitError{ExitDamaged, &catalog.CorruptError{Path: path, Cause: errors.New("its check died: " + sentence)}}
	}
}

// firstOf sums up a list of problems.
func firstOf(problems []string, otherwise string) string {
	if len(problems) == 0 || problems[0] == "" {
		return otherwise
	}
	if more := len(problems) - 1; more > 0 {
		return fmt.Sprintf("%s, and %d more", problems[0], more)
	}
	return problems[0]
}

// lastWords finds the line in a dead child's output that says why it died.
func lastWords(stderr string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(stderr), "\n")
	const most = 300
	return strings.TrimPrefix(line[:min(most, len(line))], "cratedigger: ")
}

// Verify checks a file like CheckInChild and returns only whether it is good.
func Verify(ctx context.Context, path string) error {
	_, err := CheckInChild(ctx, path)
	if e, ok := errors.AsType[ExitError](err); ok {
		return e.error
	}
	return err
}
