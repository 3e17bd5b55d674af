#!/usr/bin/env bash
# Fails, and shows where, if clang-format would change anything.
#
#   format.sh          check
#   format.sh --fix    rewrite in place
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
mode=(--dry-run -Werror)
[[ "${1:-}" == --fix ]] && mode=(-i)
find lib config connectors daemon tests -name '*.cpp' -print0 -o -name '*.h' -print0 |
  xargs -0 -n 20 -P 2 clang-format-19 "${mode[@]}"
