#!/usr/bin/env bash
# Instructions per row of each step, counted by callgrind: the same number on every run of one
# binary, whatever else the machine does.   tests/bench/instructions.sh build/release
set -euo pipefail
bench="${1:-build/release}/tests/bench/slotcast_bench"
count() {  # step, rows -> instructions
  valgrind --tool=callgrind --callgrind-out-file=/dev/null "$bench" "$1" "$2" 2>&1 |
    sed -n 's/.*Collected : //p'
}
echo "| step | instructions per row |"
echo "|---|---|"
for step in log decode json all; do
  # The difference of two lengths leaves out what is done once.
  few=$(count "$step" 20000)
  many=$(count "$step" 120000)
  echo "| $step | $(((many - few) / 100000)) |"
done
