#!/usr/bin/env bash
# Prints what N guilds cost: scripts/grow.sh N [--models K] [--data DIR] [--hour] [--weight].
# The guilds' data is generated, twenty of them trained by the real code and written N
# times with other ids; DIR keeps it between runs (3 MB of disk a guild with five models,
# 2 with one). --hour also lives through an hour of posts that all guilds share, in real
# time: a quarter of an hour for 2,500 guilds, and as long again on a busy machine.
# --weight measures what they write and how long votes wait meanwhile; it forgets a third of
# the guilds, which the next run makes again.
set -euo pipefail
cd "$(dirname "$0")/.."
args=()
[ $# -gt 0 ] || set -- 50
args+=(-grow "$1")
shift
while [ $# -gt 0 ]; do
	case $1 in
	--models) args+=(-grow-models "$2"); shift 2 ;;
	--data) args+=(-grow-data "$(realpath -m "$2")"); shift 2 ;;
	--hour) args+=(-grow-hour); shift ;;
	--weight) args+=(-grow-weight); shift ;;
	*) echo "grow.sh N [--models K] [--data DIR] [--hour] [--weight]" >&2; exit 2 ;;
	esac
done
go test -run '^TestGrow$' -count=1 -v -timeout 3h ./cmd/cratedigger "${args[@]}" | grep --line-buffered -E '^\||_test.go:|FAIL|panic'
