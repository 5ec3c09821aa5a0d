//go:build !crash

package app

import (
	"net/http"

	"cratedigger/pipeline/schedule"
)

// The crash tests build the program with the tag crash: it can then be told to die at
// a point and to run on a faster clock. This file is for builds without the tag.

func SystemClock() schedule.Clock { return schedule.System{} }

func crashTrace() func(point string) { return nil }

func crashTransport() http.RoundTripper { return nil }
