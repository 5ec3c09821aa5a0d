package dashboard

import (
	"net/http"

	"cratedigger/pipeline/catalog"
)

// players is where YouTube's player comes from: the address that keeps nothing in a
// browser before something is played.
const players = "https://www.youtube-nocookie.com"

// playerAddress is a video's player, which begins at once: somebody has pressed play.
func playerAddress(videoID string) string { return players + "/embed/" + videoID + "?autoplay=1" }

// allowPlayer lets a page show the player. No other page may.
func (s *Server) allowPlayer(w http.ResponseWriter) {
	w.Header().Set("Content-Security-Policy", s.policy+"; frame-src "+players)
}

// play shows the player of a video. It is a POST, so that no link of another site
// makes the owner's browser load it.
func (s *Server) play(w http.ResponseWriter, r *http.Request, g catalog.Guild) {
	s.drawVideo(w, r, g, r.PostFormValue("video"), "player", "")
}
