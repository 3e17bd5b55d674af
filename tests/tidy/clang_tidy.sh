#!/usr/bin/env bash
# clang-tidy with the checks of .clang-tidy, two files at a time.
#
#   clang_tidy.sh BUILD_DIRECTORY [FILE...]    all of the product's sources, or the files given
#
# daemon/admin/server.cpp, daemon/signals.cpp (Boost) and daemon/cli.cpp (CLI11) are left out:
# each takes longer for its library's headers than all the rest together for our own code.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
build="$1"
shift
if (($#)); then
  files=("$@")
else
  mapfile -t files < <(find lib config connectors daemon -name '*.cpp' \
    ! -path daemon/admin/server.cpp ! -path daemon/signals.cpp ! -path daemon/cli.cpp | sort)
fi
# GCC's own warning options are unknown to clang; what its library instantiates from our code and
# has marked deprecated itself is not ours.
quiet='^[0-9]+ warnings?( and [0-9]+ errors?)? generated|^Suppressed |^Use -header|Processing file'
printf '%s\0' "${files[@]}" |
  xargs -0 -n 4 -P 2 clang-tidy-19 -p "$build" --quiet \
    --header-filter="^$PWD/(lib|config|connectors|daemon)/" \
    --extra-arg=-Wno-unknown-warning-option --extra-arg=-Wno-deprecated-declarations 2>&1 |
  { grep -vE "$quiet" || true; }
