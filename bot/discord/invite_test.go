package discord

import "testing"

func TestInviteURL(t *testing.T) {
	t.Parallel()
	if got, want := InviteURL("42"), "https://discord.com/oauth2/authorize?client_id=42&permissions=85056&scope=bot+applications.commands"; got != want {
		t.Errorf("%s", got)
	}
}
