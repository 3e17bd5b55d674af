#!/usr/bin/env bash
# Installs the fastavro that tests read Avro with, and prints the Python that has it.
#
# It is not in Debian. Kept in ~/.cache.
set -euo pipefail

readonly version=1.12.1
readonly folder="${XDG_CACHE_HOME:-$HOME/.cache}/slotcast/fastavro-$version"

if [[ ! -x "$folder/bin/python" ]]; then
  mkdir -p "$(dirname "$folder")"
  # Installed beside it and moved: an installation that was cut leaves nothing that looks whole.
  fresh="$(mktemp -d "$folder-XXXXXX")"
  trap 'rm -rf "$fresh"' EXIT
  echo "dev/fastavro.sh: getting fastavro $version from PyPI" >&2
  python3 -m venv "$fresh" >&2
  "$fresh/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps \
    "fastavro==$version" >&2
  # Another installation may have been faster.
  mv -T "$fresh" "$folder" 2>/dev/null || [[ -x "$folder/bin/python" ]]
fi
echo "$folder/bin/python"
