//go:build !crash

package app

import (
	"net/http"

	"cratedigger/pipeline/schedule"
)

// Only a build with the tag crash, which tests of crashes use, can be told to
// die at a point and to live by a faster clock.

func SystemClock() schedule.Clock { return schedule.System{} }

func crashTrace() func(point string) { return nil }

func crashTransport() http.RoundTripper { return nil }
