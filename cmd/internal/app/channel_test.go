package app

import (
	"testing"

	"cratedigger/pipeline/catalog"
)

// TestChannelURL: the dashboard links the channel in Discord, where there is one.
func TestChannelURL(t *testing.T) {
	for want, g := range map[string]catalog.Guild{
		"https://discord.com/channels/1/2": {ID: "1", ChannelID: "2"},
		"":                                 {ID: "1"},
	} {
		if got := channelURL(g); got != want {
			t.Errorf("%+v: %s, want %s", g, got, want)
		}
	}
	if got := channelURL(catalog.Guild{ID: catalog.LocalGuild, ChannelID: "2"}); got != "" {
		t.Errorf("one person without Discord: %s", got)
	}
}
