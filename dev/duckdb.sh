#!/usr/bin/env bash
# Installs the DuckDB that tests read files with, and prints the folder that node finds it from.
#
# DuckDB is not in Debian; its npm package brings the library ready built. Kept in ~/.cache.
set -euo pipefail

readonly version=1.5.6-r.1 detect_libc_version=2.1.2
readonly folder="${XDG_CACHE_HOME:-$HOME/.cache}/slotcast/duckdb-$version"

if [[ ! -d "$folder/node_modules/@duckdb/node-api" ]]; then
  mkdir -p "$(dirname "$folder")"
  # Installed beside it and moved: an installation that was cut leaves nothing that looks whole.
  fresh="$(mktemp -d "$folder-XXXXXX")"
  trap 'rm -rf "$fresh"' EXIT
  echo "dev/duckdb.sh: getting @duckdb/node-api $version from npm" >&2
  # It asks for exact versions of its own packages, and for any detect-libc that is new enough.
  npm install --prefix "$fresh" --no-audit --no-fund --ignore-scripts \
    "@duckdb/node-api@$version" "detect-libc@$detect_libc_version" >&2
  # Another installation may have been faster.
  mv -T "$fresh" "$folder" 2>/dev/null || [[ -d "$folder/node_modules/@duckdb/node-api" ]]
fi
echo "$folder"
