#!/usr/bin/env bash
# Installs the S3 server that tests talk to, and prints where it is: the Versity S3 Gateway, which
# checks signatures and checksums, knows multipart uploads and refuses to overwrite when asked.
#
# It is a Go program, built from the module proxy once: some minutes, then kept in ~/.cache.
# Debian 12's own Go is too old for it: a newer one has to be in PATH.
set -euo pipefail

readonly version=v1.8.0
readonly folder="${XDG_CACHE_HOME:-$HOME/.cache}/slotcast/versitygw-$version"

if [[ ! -x "$folder/versitygw" ]]; then
  if ! command -v go >/dev/null; then
    echo "dev/s3_server.sh: needs Go 1.25 or newer in PATH, for tests of s3:// stages" >&2
    exit 1
  fi
  echo "dev/s3_server.sh: building versitygw $version" >&2
  mkdir -p "$folder"
  # Built beside it and moved: a build that was cut leaves nothing that looks like the program.
  fresh="$(mktemp -d "$folder/build-XXXXXX")"
  trap 'rm -rf "$fresh"' EXIT
  CGO_ENABLED=0 GOBIN="$fresh" go install "github.com/versity/versitygw/cmd/versitygw@$version" >&2
  mv "$fresh/versitygw" "$folder/versitygw"
fi
echo "$folder/versitygw"
