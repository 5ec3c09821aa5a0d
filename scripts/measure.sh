#!/usr/bin/env bash
# Prints the README's table: what the program costs on this machine. Takes five
# to eight minutes, four of them to see what memory is given back.
set -euo pipefail
cd "$(dirname "$0")/.."
go test -run '^TestMeasure$' -count=1 -v -timeout 30m ./cmd/cratedigger -measure | grep "^|"
