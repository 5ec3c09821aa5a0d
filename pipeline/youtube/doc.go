// Package youtube reads YouTube's result and watch pages.
package youtube
