//go:build !crash

package app

import (
	"net/http"

	"cratedigger/pipeline/schedule"
)

// A build with the tag crash, which the crash tests make, can be told to die at a
// point and to run on a faster clock. This is every other build.

func SystemClock() schedule.Clock { return schedule.System{} }

func crashTrace() func(point string) { return nil }

func crashTransport() http.RoundTripper { return nil }
