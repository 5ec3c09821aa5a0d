package fakeyoutube

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
)

// recordings serves a folder of recorded pages: page N of query Q answers
// the text "Q #N", and a watch page the id of its video.
type recordings struct {
	folder  string
	results map[string]recording // by "query #page"
	watch   map[string]recording // by video id
}

type recording struct {
	File  string `json:"file"`
	Kind  string `json:"kind"`
	Query string `json:"query"`
	Page  int    `json:"page"`
	URL   string `json:"url"`
	Video *struct {
		ID string `json:"video_id"`
	} `json:"video"`
}

func openRecordings(folder string) (*recordings, error) {
	index, err := os.Open(filepath.Join(folder, "index.jsonl"))
	if err != nil {
		return nil, fmt.Errorf("the recordings have no index: %w", err)
	}
	defer index.Close()
	r := &recordings{folder: folder, results: map[string]recording{}, watch: map[string]recording{}}
	lines := bufio.NewScanner(index)
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		var one recording
		if err := json.Unmarshal(lines.Bytes(), &one); err != nil {
			return nil, fmt.Errorf("the index of the recordings is broken: %w", err)
		}
		switch one.Kind {
		case "results-html", "search-json":
			r.results[fmt.Sprintf("%s #%d", one.Query, one.Page)] = one
		case "watch-html":
			_, id, _ := strings.Cut(one.URL, "v=")
			id, _, _ = strings.Cut(id, "&")
			if id == "" && one.Video != nil {
				id = one.Video.ID
			}
			r.watch[id] = one
		}
	}
	return r, lines.Err()
}

func (r *recordings) read(one recording) ([]byte, error) {
	f, err := os.Open(filepath.Join(r.folder, one.File))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if !strings.HasSuffix(one.File, ".gz") {
		return io.ReadAll(f)
	}
	z, err := gzip.NewReader(f)
	if err != nil {
		return nil, err
	}
	return io.ReadAll(z)
}

func (r *recordings) serveResults(w http.ResponseWriter, text string) {
	one, ok := r.results[text]
	if !ok {
		items := list{object{"backgroundPromoRenderer": object{"title": runs("No results found")}}}
		data := encode(object{"responseContext": object{}, "contents": columns(sectionList(items, nil))})
		sendHTML(w, shell(text+" - YouTube", "", "var ytInitialData = "+string(data)+";"))
		return
	}
	page, err := r.read(one)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	if one.Kind == "search-json" {
		page = shell(text+" - YouTube", "", "var ytInitialData = "+strings.TrimSpace(string(page))+";")
	}
	sendHTML(w, page)
}

func (r *recordings) serveWatch(w http.ResponseWriter, id string) {
	one, ok := r.watch[id]
	if !ok {
		sendHTML(w, (&catalogue{}).watchPage(id, nil, timeZero))
		return
	}
	page, err := r.read(one)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	sendHTML(w, page)
}
