package catalog

import (
	"context"
	"testing"
	"time"
)

func TestAccepted(t *testing.T) {
	type key struct{}
	ctx, end := context.WithCancel(context.WithValue(t.Context(), key{}, "run"))
	end()
	accepted, release := Accepted(ctx)
	if err := accepted.Err(); err != nil {
		t.Errorf("what was accepted cannot be written: %v", err)
	}
	if accepted.Value(key{}) != "run" {
		t.Error("it does not know its run")
	}
	if until, ok := accepted.Deadline(); !ok || time.Until(until) > time.Hour {
		t.Errorf("it goes on until %v", until)
	}
	if release(); accepted.Err() == nil {
		t.Error("it goes on after it was released")
	}
}
