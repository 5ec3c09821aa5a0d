package main

import (
	"bytes"
	"strings"
	"testing"

	"cratedigger/cmd/internal/socket"
)

func songOutput(t *testing.T, stdin string, args ...string) (string, int) {
	t.Helper()
	var out, errOut bytes.Buffer
	in := strings.NewReader(stdin)
	inv := &invocation{ctx: t.Context(), in: in, out: &out, errOut: &errOut, files: socket.LocalFiles{In: in, Out: &out}, getenv: func(string) string { return "" }}
	code := inv.execute(append([]string{"song"}, args...))
	return out.String() + errOut.String(), code
}

func TestSongOfATitle(t *testing.T) {
	out, code := songOutput(t, "", "--channel", "Mara Quill", "Paper Lanterns - Mara Quill (Live at Halle 3)")
	if code != 0 || !strings.Contains(out, "artist      Mara Quill\nsong        Paper Lanterns\nkind        live\n") {
		t.Errorf("exit %d:\n%s", code, out)
	}
	for _, args := range [][]string{{}, {"--csv", "-", "a title"}, {"--csv", "no-such-file.csv"}} {
		if out, code := songOutput(t, "", args...); code == 0 || out == "" {
			t.Errorf("%q: exit %d, %q", args, code, out)
		}
	}
}

// The rows of a file keep their numbers or are counted from 0, its columns may
// stand in any order, and a spreadsheet's forms are understood.
func TestSongsOfAFile(t *testing.T) {
	out, code := songOutput(t, "title\nMara Quill x Otto Venn - Paper Lanterns (Lumo Remix)\nDeep House Mix 2026 | Chill Vibes | Summer Music\n", "--csv", "-")
	lines := strings.Split(strings.TrimSpace(out), "\n")
	if code != 0 || len(lines) != 3 || lines[0] != "row,artist,song,kind,version,confidence" ||
		!strings.HasPrefix(lines[1], "0,Mara Quill;Otto Venn,Paper Lanterns,remix,Lumo Remix,0.") || !strings.HasPrefix(lines[2], "1,,,mix,,") {
		t.Errorf("exit %d:\n%s", code, out)
	}
	out, code = songOutput(t, "\ufeffrow;channel;title\r\n17;Lumen - Topic;Ether\r\nx;;\"Orrin \"\"Basalt\"\" M/V\"\r\n9;;\r\n", "--csv", "-")
	if lines := strings.Split(strings.TrimSpace(out), "\n"); code != 0 || len(lines) != 4 ||
		!strings.HasPrefix(lines[1], "17,Lumen,Ether,,,0.9") || !strings.HasPrefix(lines[2], "x,Orrin,Basalt,video,") || lines[3] != "9,,,,,0.000" {
		t.Errorf("exit %d:\n%s", code, out)
	}
	if out, code := songOutput(t, "name,channel\na,b\n", "--csv", "-"); code == 0 || !strings.Contains(out, "no column title") {
		t.Errorf("exit %d: %s", code, out)
	}
}
