package labels

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"io"
)

// NewReader reads a CSV file in whatever encoding and with whatever separator a
// spreadsheet saved it. Fields are as the file has them.
func NewReader(r io.Reader) (*csv.Reader, error) {
	data, err := io.ReadAll(io.LimitReader(r, maxLabelFile+1))
	if err != nil {
		return nil, err
	}
	if len(data) > maxLabelFile {
		return nil, fmt.Errorf("it is larger than %d MB", maxLabelFile>>20)
	}
	if data, err = decodeText(data); err != nil {
		return nil, err
	}
	comma, data, _ := separator(data)
	reader := csv.NewReader(bytes.NewReader(data))
	reader.Comma = comma
	return reader, nil
}
