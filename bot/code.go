package bot

import "hash/fnv"

// shortCode names an error for a member to quote and an operator to find: the
// same error at the same place has the same code.
func shortCode(where string, err error) string {
	h := fnv.New32a()
	h.Write([]byte(where))
	h.Write([]byte{0})
	h.Write([]byte(err.Error()))
	const letters = "abcdefghjkmnpqrstuvwxyz23456789"
	sum, out := h.Sum32(), make([]byte, 4)
	for i := range out {
		out[i] = letters[sum%uint32(len(letters))]
		sum /= uint32(len(letters))
	}
	return string(out)
}
