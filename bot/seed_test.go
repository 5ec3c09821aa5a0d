package bot

import (
	"fmt"
	"strings"
	"testing"

	"cratedigger/internal/fakediscord"
	"cratedigger/pipeline"
	"cratedigger/pipeline/pick"
	"cratedigger/pipeline/youtube"
)

// TestSeedPromisesNothingInVain: who proposes what will not be picked, or what
// another member has proposed, hears so, in words of their language.
func TestSeedPromisesNothingInVain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	seed := func(memberID string) string {
		t.Helper()
		w.clock.add(coolSeed)
		return w.do(fakediscord.Interaction{Command: "seed", MemberID: memberID, Options: map[string]any{"link": "vid-0000001"}}).Answer().Content
	}
	all := []pick.Refusal{{Bar: pick.BarLive}, {Bar: pick.BarPlayer}, {Bar: pick.BarChannel}, {Bar: pick.BarWord, Word: "nightcore"}, {Bar: pick.BarCategory}, {Bar: pick.BarArtist}, {Bar: pick.BarKind},
		{Bar: pick.BarLanguage}, {Bar: pick.BarShort}, {Bar: pick.BarLong}, {Bar: pick.BarPosted}, {Bar: pick.BarReupload},
		{Bar: pick.BarStatus, Status: youtube.StatusPrivate}, {Bar: pick.BarStatus, Status: youtube.StatusMembersOnly}}
	said := map[string]pick.Refusal{}
	for _, why := range all {
		w.stages.seed = func(string) (string, error) { return "", &pipeline.RefusedError{Why: why} }
		for _, member := range []string{w.ben, w.ana} { // English and Portuguese
			got := seed(member)
			if strings.Contains(got, "refused.") || strings.Contains(got, "{") || !strings.Contains(got, "A proposed song") {
				t.Errorf("%v is told as %q", why, got)
			}
			if other, twice := said[got]; twice {
				t.Errorf("%v and %v are told alike: %q", why, other, got)
			}
			said[got] = why
		}
	}
	if _, ok := said["I would not pick **A proposed song** by Somebody: it holds the blocked word ‘nightcore’."]; !ok {
		t.Errorf("said %q", said)
	}

	w.stages.seed = func(string) (string, error) { return w.cy, nil }
	if got := seed(w.ben); !strings.Contains(got, "the credit goes to <@"+w.cy+">") {
		t.Errorf("another member's proposal: %q", got)
	}
	w.stages.seed = func(memberID string) (string, error) { return memberID, nil }
	if got := seed(w.ben); !strings.Contains(got, "the credit is yours") {
		t.Errorf("a proposal: %q", got)
	}
}

// TestUnusableVideoIsNoFault: a private video is nothing that went wrong.
func TestUnusableVideoIsNoFault(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for status, want := range map[youtube.Status]string{
		youtube.StatusPrivate: "I cannot use that video: it is private.",
		youtube.StatusRemoved: "I cannot use that video: it was removed.",
		youtube.StatusConsent: "I cannot use that video: YouTube did not show it just now; please try again later.",
	} {
		err := fmt.Errorf("wrapped: %w", &pipeline.VideoError{ID: "vid-0000001", Status: status})
		w.stages.seed = func(string) (string, error) { return "", err }
		w.stages.explain = func(string) (pipeline.Explanation, error) { return pipeline.Explanation{}, err }
		for _, command := range []string{"seed", "predict"} {
			w.clock.add(coolSeed)
			got := w.do(fakediscord.Interaction{Command: command, Options: map[string]any{"link": "vid-0000001"}}).Answer().Content
			if got != want {
				t.Errorf("%s of what is %s: %q", command, status, got)
			}
		}
	}
	if log := w.log.String(); strings.Contains(log, "an interaction failed") {
		t.Errorf("it is logged as a failure:\n%s", log)
	}
}
