#!/bin/sh
# Takes the pictures of the documents from the demo: seed 1, skipped to day 20, as a
# newcomer sees it within a minute. Needs Go and Chromium, and takes about a minute.
#
#   scripts/pictures.sh            writes docs/images/demo.webp and dashboard.webp
#   scripts/pictures.sh FOLDER     writes them into another folder
set -eu
cd "$(dirname "$0")/.."
to=$(realpath "${1:-docs/images}")
mkdir -p "$to"
new=$(mktemp -d)
trap 'rm -rf "$new"' EXIT
CRATEDIGGER_PICTURES=$new go test -count=1 -timeout 5m -run 'TestPictures$' ./cmd/cratedigger
for picture in demo dashboard; do
	mv "$new/$picture.webp" "$to/" # fails if the test was skipped, because there is no Chromium
done
ls -l "$to"/demo.webp "$to"/dashboard.webp
