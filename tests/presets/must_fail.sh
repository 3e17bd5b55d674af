#!/usr/bin/env bash
# Negative control: passes only if the tests named fail, and fail by an assertion.
#
#   must_fail.sh PROGRAM FILTER
#
# The program is built without its syncs. If its power-loss tests pass all the same, they test
# nothing; if it crashes, hangs or finds no test, it has shown nothing either.
set -uo pipefail

report="$(mktemp)"
trap 'rm -f "$report"' EXIT
timeout 600 "$1" "$2" --reporter compact >"$report" 2>&1
code=$?
tail -n 20 "$report"

# Catch2 exits with the count of failed assertions, at most 255; a signal that it catches is
# reported as a failure, too, and so is an exception, which is no assertion about the disk.
summary="$(grep -E '^Failed .*, failed .*assertions?\.' "$report")"
if ((code == 0)); then
  echo "must_fail: the tests pass without any sync, so they would not notice a missing one" >&2
elif ((code == 124)); then
  echo "must_fail: the tests hang" >&2
elif grep -qE 'fatal error|unexpected exception|SIG[A-Z]+ - ' "$report" || [[ -z "$summary" ]]; then
  echo "must_fail: the tests ended by something else than an assertion (exit $code)" >&2
else
  echo "must_fail: without syncs the power-loss tests fail, as they must: $summary"
  exit 0
fi
exit 1
