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
count() {  # step, rows, select list -> instructions
  valgrind --tool=callgrind --callgrind-out-file=/dev/null "$bench" "$1" "$2" "${3:-}" 2>&1 |
    sed -n 's/.*Collected : //p'
}
per_row() {  # step, select list: the difference of two lengths leaves out what is done once
  echo $((($(count "$1" 120000 "${2:-}") - $(count "$1" 20000 "${2:-}")) / 100000))
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

# What a route in SQL adds, of decoding, routing, JSON and files: a filter of two columns, and five
# columns, one of them cast.
shaped() {  # name, select list
  local more=$(($(per_row shaped "$2") - all))
  echo "| $1 | $more | $((100 * more / (all - read))) % |"
}
echo
echo "| where, and five columns | instructions per row more | of decoding and JSON |"
echo "|---|---|---|"
shaped "without a cast" "id, name, price, changed, quantity"
shaped "CAST(id AS text)" "CAST(id AS text) AS id, name, price, changed, quantity"
shaped "CAST(price AS integer)" "id, name, CAST(price AS integer) AS price, changed, quantity"
shaped "CAST(changed AS date)" "id, name, price, CAST(changed AS date) AS changed, quantity"
shaped "CAST(price AS double precision)" \
  "id, name, CAST(price AS double precision) AS price, changed, quantity"

# The encoders alone, of rows that are decoded already.
bench="${1:-build/release}/tests/bench/slotcast_encode_bench"
echo
echo "| encoder | instructions per row |"
echo "|---|---|"
echo "| jsonl | $(per_row jsonl) |"
echo "| csv | $(per_row csv) |"
for format in json debezium canal avro; do
  echo "| Kafka, $format | $(per_row "$format") |"
done
