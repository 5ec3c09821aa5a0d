#!/bin/sh
# Takes the pictures of the documents anew, so that none is of an earlier version: two of
# the demo (seed 1, skipped to day 20, as a newcomer sees it within a minute) and the chart
# of the policies. Needs Go and Chromium, and takes about two minutes.
#
#   scripts/pictures.sh            writes docs/images/demo.webp, dashboard.webp, policies.png
#   scripts/pictures.sh FOLDER     writes them into another folder
#   scripts/pictures.sh --states FOLDER   takes every page of the dashboard in every state,
#                                  in both themes, wide and narrow, to be looked at
set -eu
cd "$(dirname "$0")/.."
if [ "${1:-}" = --states ]; then
	mkdir -p "$2"
	CRATEDIGGER_SCREENS=$(realpath "$2") exec go test -count=1 -timeout 20m -run 'TestBrowser(States|Loading|Errors|OddNames|Offline|Pages|Pickers|Every)' ./bot/dashboard
fi
to=$(realpath "${1:-docs/images}")
mkdir -p "$to"
new=$(mktemp -d)
trap 'rm -rf "$new"' EXIT
CRATEDIGGER_PICTURES=$new go test -count=1 -timeout 5m -run 'TestPictures$' ./cmd/cratedigger
CRATEDIGGER_LONG=1 CRATEDIGGER_CHARTS=$new go test -v -count=1 -timeout 30m -run 'TestRegretOfPolicies$' ./internal/simguild
for picture in demo.webp dashboard.webp policies.png; do
	mv "$new/$picture" "$to/" # fails if the test was skipped, because there is no Chromium
done
ls -l "$to"/demo.webp "$to"/dashboard.webp "$to"/policies.png
