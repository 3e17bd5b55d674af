#!/usr/bin/env bash
# Compiles the programs of this folder when they have changed, and prints the arguments of a JVM
# that runs them, one a line: `java $(tool.sh) slotcast.kafka.Tool`.
set -euo pipefail

here="$(dirname "${BASH_SOURCE[0]}")"
kafka="$("$here/../../../dev/kafka.sh")"
sources="$(cat "$here"/*.java | sha256sum | cut -c1-16)"
readonly here kafka sources
readonly folder="$kafka/tool-$sources"

if [[ ! -d "$folder" ]]; then
  # Compiled beside it and moved: what was cut leaves nothing that looks whole.
  fresh="$(mktemp -d "$kafka/tool-XXXXXX")"
  trap 'rm -rf "$fresh"' EXIT
  javac -Xlint:all,-options,-processing --release 11 -cp "$kafka/jars/*" -d "$fresh" \
    "$here"/*.java >&2
  mv -T "$fresh" "$folder" 2>/dev/null || [[ -d "$folder" ]]
fi
class_path="$(sed -n 's/^-cp //p' "$kafka/java.args")"
printf '%s\n' "@$kafka/java.args" -cp "$class_path:$folder" \
  "-Dlog4j.configuration=file:$(realpath "$here")/log4j.properties"
