package container_test

import (
	"bytes"
	"fmt"

	"cratedigger/model/container"
)

// A payload goes into a file and comes out whole, or not at all.
func ExampleWrite() {
	var payload container.Encoder
	payload.Strings([]string{"dub", "polka"})
	payload.Floats([]float64{1.5, -0.5})
	var file bytes.Buffer
	if err := container.Write(&file, "weights", 1, payload.Bytes()); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("kind:", container.Kind(file.Bytes()))
	harmed := bytes.Clone(file.Bytes())
	harmed[len(harmed)-40] ^= 1

	version, read, err := container.Read(&file, "weights", 1)
	if err != nil {
		fmt.Println(err)
		return
	}
	d := container.NewDecoder(read)
	words, weights := d.Strings(), d.Floats()
	fmt.Println("version", version, words, weights, d.Err())
	_, _, err = container.Read(bytes.NewReader(harmed), "weights", 1)
	fmt.Println(err)
	// Output:
	// kind: weights
	// version 1 [dub polka] [1.5 -0.5] <nil>
	// the model file is damaged: its checksum does not match
}
