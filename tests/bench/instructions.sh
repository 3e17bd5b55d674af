#!/usr/bin/env bash
# Instructions per row of each step of the product's whole path, counted by callgrind: the same
# number on every run of one binary, whatever else the machine does.
#     tests/bench/instructions.sh build/release
set -euo pipefail
bench="${1:-build/release}/tests/bench/slotcast_bench"
# callgrind counts `rep movsb` once per byte, a processor once: let memcpy and memset do without.
never=1000000000
GLIBC_TUNABLES="glibc.cpu.x86_rep_movsb_threshold=$never:glibc.cpu.x86_rep_stosb_threshold=$never"
export GLIBC_TUNABLES
count() {  # step, rows -> instructions
  valgrind --tool=callgrind --callgrind-out-file=/dev/null "$bench" "$1" "$2" 2>&1 |
    sed -n 's/.*Collected : //p'
}
per_row() {  # step: the difference of two lengths leaves out what is done once
  echo $((($(count "$1" 120000) - $(count "$1" 20000)) / 100000))
}
log=$(per_row log)
read=$(per_row read)
feed=$(per_row feed)
all=$(per_row all)
echo "| step | instructions per row |"
echo "|---|---|"
echo "| received: ring, transactions, log blocks written | $log |"
echo "| log read back, checksums | $((read - log)) |"
echo "| decoded | $((feed - read)) |"
echo "| routed, made JSON, written to files, journal | $((all - feed)) |"
echo "| all | $all |"
