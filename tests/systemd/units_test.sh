#!/bin/bash
# units_test.sh UNIT_DIRECTORY PROGRAM
#
# The service unit is one that systemd takes without a word, and stays hardened. The test fails,
# and is never skipped, where systemd-analyze is missing: it would say nothing then.
set -euo pipefail
units=$1
program=$2

fail() {
  echo "FAILED: $*" >&2
  exit 1
}
command -v systemd-analyze >/dev/null || fail "systemd-analyze is missing: apt-get install systemd"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# verify() wants to find the program and the user; the instance must not be a template any more.
unit=$work/slotcast@shop.service
sed -e "s|^ExecStart=/usr/bin/slotcast|ExecStart=$program|" -e 's|^User=slotcast|User=root|' \
  "$units/slotcast@.service" >"$unit"

said=$(systemd-analyze verify --recursive-errors=no "$unit" 2>&1) ||
  fail "systemd-analyze verify: $said"
# Unknown keys are only warnings to it; to us they are mistakes.
grep -F "slotcast@" <<<"$said" && fail "systemd-analyze verify has something to say"

# The scale is 0 (locked up) to 100; without any hardening a service has 96.
cp "$units/slotcast@.service" "$unit"
systemd-analyze security --offline=yes --threshold=20 --no-pager "$unit" >"$work/security" 2>&1 ||
  fail "exposure above 2.0: $(tail -n 40 "$work/security")"
tail -n 1 "$work/security"

# What an operator relies on, and what the program's exit codes mean.
for line in Type=notify 'RestartPreventExitStatus=2 78' Restart=on-failure StateDirectory=slotcast \
  TimeoutStopSec=60; do
  grep -qxF "$line" "$units/slotcast@.service" || fail "the unit lacks: $line"
done

# A negative control: without its hardening the same check must fail.
grep -vE '^(Protect|Private|Restrict|System|NoNew|Capability|Device|Memory|Lock)' \
  "$units/slotcast@.service" >"$unit"
if systemd-analyze security --offline=yes --threshold=20 --no-pager "$unit" >/dev/null 2>&1; then
  fail "the exposure check takes anything"
fi

systemd-sysusers --dry-run "$units/sysusers.conf" >"$work/sysusers" 2>&1 ||
  fail "systemd-sysusers: $(cat "$work/sysusers")"
echo "systemd units: ok"
