// Package catalog keeps what Cratedigger knows in one bbolt file.
package catalog
