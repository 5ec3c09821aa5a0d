package main

import (
	"bytes"
	"strings"
	"testing"

	"cratedigger/pipeline"
)

func TestRankedCSVHoldsNoFormula(t *testing.T) {
	var out bytes.Buffer
	r := pipeline.Ranked{}
	r.Video.ID, r.Video.Title, r.Video.Channel, r.Video.Queries = "-aaaaaaaaaa", "x;=cmd|'/C calc'!A0", "＝1+1", []string{"@q"}
	if err := rankedCSV(&invocation{out: &out}, []pipeline.Ranked{r}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{",'-aaaaaaaaaa,x;'=cmd|'/C calc'!A0,'＝1+1,", ",'@q,"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is not in %q", want, out.String())
		}
	}
}
