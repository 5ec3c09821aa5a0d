#!/usr/bin/env bash
# Builds the released files into dist/: one archive a system, and SHA256SUMS.
#
#   scripts/release.sh            all systems
#   scripts/release.sh --check    builds linux/amd64 twice, in two folders, and
#                                 compares: the same commit gives the same bytes
#
# The version comes from the tag of the commit, through Go's build information;
# a working tree with changes says so in its version.
set -euo pipefail
cd "$(dirname "$0")/.."

# build OS ARCH FILE: the program, the same bytes wherever it is built.
build() {
	CGO_ENABLED=0 GOOS=$1 GOARCH=$2 GOFLAGS=-buildvcs=true \
		go build -trimpath -ldflags='-s -buildid=' -o "$3" ./cmd/cratedigger
}

if [ "${1:-}" = --check ]; then
	work=$(mktemp -d)
	trap 'rm -rf "$work"' EXIT
	for copy in one two/deeper; do
		git clone -q . "$work/$copy"
		(cd "$work/$copy" && build linux amd64 "$work/${copy%%/*}.bin")
	done
	cmp "$work/one.bin" "$work/two.bin"
	echo "the same: $(sha256sum <"$work/one.bin" | cut -d' ' -f1)"
	exit
fi

version=$(git describe --tags --always --dirty)
export SOURCE_DATE_EPOCH
SOURCE_DATE_EPOCH=$(git log -1 --format=%ct)
rm -rf dist
mkdir dist
for target in linux/amd64 linux/arm64 darwin/amd64 darwin/arm64 windows/amd64; do
	os=${target%/*} arch=${target#*/}
	name=cratedigger-$version-$os-$arch
	binary=cratedigger
	if [ "$os" = windows ]; then binary=cratedigger.exe; fi
	mkdir "dist/$name"
	build "$os" "$arch" "dist/$name/$binary"
	cp LICENSE README.md CHANGELOG.md "dist/$name/"
	if [ "$os" = linux ]; then cp packaging/cratedigger.service "dist/$name/"; fi
	tar -C dist --sort=name --format=ustar --mtime="@$SOURCE_DATE_EPOCH" --owner=0 --group=0 --numeric-owner \
		--mode=u=rwX,go=rX -cf - "$name" | gzip -9n >"dist/$name.tar.gz"
	rm -r "dist/${name:?}"
	echo "dist/$name.tar.gz"
done
(cd dist && sha256sum -- *.tar.gz >SHA256SUMS)
