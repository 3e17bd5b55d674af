#!/usr/bin/env bash
# Configures one preset and builds targets of it: build.sh PRESET TARGET…
set -euo pipefail
cmake --preset "$1" >/dev/null
cmake --build --preset "$1" --target "${@:2}"
