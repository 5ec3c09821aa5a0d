#!/usr/bin/env bash
# Builds the released files into dist/: one archive a system, and SHA256SUMS.
#
#   scripts/release.sh            all systems
#   scripts/release.sh --check    builds linux/amd64 twice, in two folders, and
#                                 compares: the same commit gives the same bytes
#
# The version comes from the tag of the commit, through Go's build information;
# docs/operating.md has the steps of a release.
# What is built is a clone of the commit, so that nothing else gets in: neither
# changes that are not committed nor the place of the checkout.
set -euo pipefail
cd "$(dirname "$0")/.."

tag=$(git describe --tags --exact-match --match='v[0-9]*' 2>/dev/null || true)
if [ -n "$tag" ] && ! git show HEAD:CHANGELOG.md | grep -q "^## ${tag#v}, [0-9]"; then
	echo "CHANGELOG.md has no heading \"## ${tag#v}, DATE\"" >&2
	exit 1
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# build OS ARCH FILE: the program of the clone in the current folder, the same
# bytes wherever that is.
build() {
	CGO_ENABLED=0 GOOS=$1 GOARCH=$2 GOFLAGS=-buildvcs=true \
		go build -trimpath -ldflags='-s -buildid=' -o "$3" ./cmd/cratedigger
	local version
	version=$(go version -m "$3" | awk '$1 == "mod" { print $3 }')
	if [ "$version" = "(devel)" ] || [ "$version" != "${tag:-$version}" ]; then
		echo "$3 says version $version, the commit's is ${tag:-its hash}" >&2
		return 1
	fi
}

if [ "${1:-}" = --check ]; then
	for copy in one two/deeper; do
		git clone -q . "$work/$copy"
		(cd "$work/$copy" && build linux amd64 "$work/${copy%%/*}.bin")
	done
	cmp "$work/one.bin" "$work/two.bin"
	echo "the same: $(sha256sum <"$work/one.bin" | cut -d' ' -f1)"
	exit
fi

if [ -n "$(git status --porcelain)" ]; then
	echo "changes that are not committed are left out" >&2
fi
git clone -q . "$work/source"
dist=$PWD/dist
rm -rf "$dist"
mkdir "$dist"
cd "$work/source"
version=$(git describe --tags --always)
export SOURCE_DATE_EPOCH
SOURCE_DATE_EPOCH=$(git log -1 --format=%ct)
for target in linux/amd64 linux/arm64 darwin/amd64 darwin/arm64 windows/amd64; do
	os=${target%/*} arch=${target#*/}
	name=cratedigger-$version-$os-$arch
	binary=cratedigger
	if [ "$os" = windows ]; then binary=cratedigger.exe; fi
	mkdir "$work/$name"
	build "$os" "$arch" "$work/$name/$binary"
	cp -r LICENSE README.md CHANGELOG.md docs "$work/$name/"
	if [ "$os" = linux ]; then cp -r packaging "$work/$name/"; fi
	tar -C "$work" --sort=name --format=ustar --mtime="@$SOURCE_DATE_EPOCH" --owner=0 --group=0 --numeric-owner \
		--mode=u=rwX,go=rX -cf - "$name" | gzip -9n >"$dist/$name.tar.gz"
	rm -r "$work/${name:?}"
	echo "dist/$name.tar.gz"
done
(cd "$dist" && sha256sum -- *.tar.gz >SHA256SUMS)
