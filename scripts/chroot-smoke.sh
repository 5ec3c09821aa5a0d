#!/usr/bin/env bash
# Does what the Dockerfile does, without a Docker engine: each of its steps is
# read from the file and done in a folder, and then the image's program runs in
# a chroot that holds only what the final stage copies, as the user of the final
# stage, with a read-only root but for /data. Needs root (or user namespaces)
# and a machine that stands for the build image: Go, git, CA certificates.
#
#   scripts/chroot-smoke.sh [SOURCE]     default: a clone of this checkout's HEAD
set -euo pipefail
cd "$(dirname "$0")/.."

work=$(mktemp -d)
trap '[ -z "${bot:-}" ] || kill "$bot" 2>/dev/null || true; rm -rf "$work"' EXIT
build=$work/build root=$work/root context=$work/context
mkdir -p "$build" "$root"
if [ -n "${1:-}" ]; then
	cp -a "$1" "$context"
else
	git clone -q . "$context"
fi
while read -r ignored; do # which docker build leaves out; *.db is of the first folder alone
	# shellcheck disable=SC2086 # a pattern
	if [ -n "$ignored" ]; then rm -rf "${context:?}"/$ignored; fi
done <"$context/.dockerignore"

# join lines that end with \, drop comments and empty lines
dockerfile=$(sed -e ':a' -e '/\\$/N; s/\\\n/ /; ta' -e '/^[[:space:]]*#/d; /^[[:space:]]*$/d' "$context/Dockerfile")

fs='' workdir=/ user='' entrypoint='' health=''
declare -a environment=()
json() { tr -d '[],"' <<<"$1"; } # ["a", "b"] -> a b
while read -r instruction rest; do
	case $instruction in
	FROM)
		case $rest in
		golang:*" AS build") fs=$build ;; # this machine stands for it
		scratch) fs=$root ;;
		*) echo "unknown stage: FROM $rest" >&2; exit 1 ;;
		esac
		workdir=/
		;;
	WORKDIR) workdir=$rest; mkdir -p "$fs$workdir" ;;
	RUN)
		# Paths of the image lie below its folder here.
		(cd "$fs$workdir" && eval "${rest//\/out/$fs/out}")
		;;
	COPY)
		from=$context owner=''
		read -ra words <<<"$rest"
		while [[ ${words[0]} == --* ]]; do
			case ${words[0]} in
			--from=build) from=$build ;;
			--chown=*) owner=${words[0]#--chown=} ;;
			*) echo "unknown flag: ${words[0]}" >&2; exit 1 ;;
			esac
			words=("${words[@]:1}")
		done
		target=${words[-1]}
		for source in "${words[@]:0:${#words[@]}-1}"; do
			path=$from/$source
			# What the build image has, this machine has.
			if [ "$from" = "$build" ] && [ ! -e "$path" ]; then path=$source; fi
			case $target in
			./ | .) to=$fs$workdir/ ;;
			*/) to=$fs$target ;;
			*) to=$fs$target ;;
			esac
			mkdir -p "$(dirname "$to")"
			if [ -d "$path" ]; then
				mkdir -p "$to"
				cp -a "$path/." "$to/"
			else
				cp -L "$path" "$to"
			fi
			if [ -n "$owner" ] && [ "$(id -u)" = 0 ]; then chown -R "$owner" "$to"; fi
		done
		;;
	ENV) read -ra words <<<"$rest"; environment+=("${words[@]}") ;;
	USER) user=$rest ;;
	ENTRYPOINT) entrypoint=$(json "$rest") ;;
	HEALTHCHECK) health=$(json "${rest#*CMD }") ;;
	VOLUME | EXPOSE | STOPSIGNAL | CMD) ;;
	*) echo "unknown instruction: $instruction" >&2; exit 1 ;;
	esac
	echo "ok  $instruction ${rest:0:90}"
done <<<"$dockerfile"

case ${user%%:*} in
'' | root | 0) echo "the image runs as root" >&2; exit 1 ;;
esac
if [ "$(find "$root" -type f | wc -l)" -gt 4 ]; then
	echo "the image holds more than the binary, the certificates and the licence:" >&2
	find "$root" -type f >&2
	exit 1
fi
if [ "$(id -u)" = 0 ]; then
	chmod 755 "$work" "$root"
	find "$root" -path "$root/data" -prune -o -exec chmod go-w {} +
fi

# inside COMMAND…: in the image, with nothing of this environment.
inside() {
	if [ "$(id -u)" = 0 ]; then
		${replace:-} env -i "${environment[@]}" "$(command -v chroot)" --userspec="$user" "$root" "$@"
	else
		${replace:-} env -i "${environment[@]}" "$(command -v unshare)" --user --map-user="${user%%:*}" --root="$root" "$@"
	fi
}

# shellcheck disable=SC2086 # the entry point is words
{
	echo "== $entrypoint version"
	said=$(inside $entrypoint version)
	echo "$said"
	if [ -d "$context/.git" ] && ! grep -qF "$(git -C "$context" rev-parse --short=12 HEAD)" <<<"$said"; then
		echo "the image does not know its commit" >&2
		exit 1
	fi
	echo "== $entrypoint config show, in a zone"
	environment+=(CRATEDIGGER_DEFAULTS_ZONE=Europe/Lisbon)
	inside $entrypoint config show | grep -E 'data_dir|zone|listen'
	echo "== $entrypoint demo --days 3 --headless"
	inside $entrypoint demo --days 3 --headless | tail -n 12
	echo "== the health check says that nothing runs"
	if inside $health; then echo "it called a bot that does not run healthy" >&2; exit 1; fi
	echo "== $entrypoint config password, as compose.yaml does"
	inside $entrypoint config password /data/dashboard-password
	echo "== $entrypoint run, with a Discord that does not answer"
	environment+=(CRATEDIGGER_DISCORD_TOKEN=x CRATEDIGGER_DISCORD_BASE_URL=http://127.0.0.1:1)
	environment+=(PORT=18080 CRATEDIGGER_DASHBOARD_PASSWORD_FILE=/data/dashboard-password)
	# shellcheck disable=SC2209 # the word itself
	replace=exec inside $entrypoint run 2>"$work/log" & # so that $! is the bot
	bot=$!
	for _ in $(seq 300); do
		[ -S "$root/data/cratedigger.sock" ] && break
		sleep 0.1
	done
	said=$(inside $health || true) # by the socket, as the image's user
	echo "$said"
	grep -q "not connected" <<<"$said" || { cat "$work/log" >&2; echo "the bot did not answer the health check" >&2; exit 1; }
	kill -TERM "$bot"
	wait "$bot" || { cat "$work/log" >&2; echo "SIGTERM did not end it in order" >&2; exit 1; }
	tail -n 1 "$work/log"
}
echo "passed"
