package labels

import (
	"encoding/csv"
	"fmt"
	"io"

	"cratedigger/model/sheet"
)

// maxFile bounds a file in bytes; a hundred thousand labelled videos with
// descriptions are about 40 MB.
const maxFile = 64 << 20

// NewReader reads a CSV file in any encoding and with any separator that
// spreadsheets write. skipped is the number of lines skipped before the first
// record.
func NewReader(r io.Reader) (records *csv.Reader, skipped int, err error) {
	data, err := decode(r)
	if err != nil {
		return nil, 0, err
	}
	records, skipped = sheet.NewReader(data)
	return records, skipped, nil
}

// decode reads a text file and converts it to UTF-8.
func decode(r io.Reader) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(r, maxFile+1))
	if err != nil {
		return nil, err
	}
	if len(data) > maxFile {
		return nil, fmt.Errorf("it is larger than %d MB: split it", maxFile>>20)
	}
	return sheet.Decode(data)
}
