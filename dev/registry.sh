#!/usr/bin/env bash
# Installs the schema registry that tests talk to, and prints where it is: Apicurio, which answers
# as Confluent's does under /apis/ccompat/v7, from Maven Central. Kept in ~/.cache.
#
# `java -Dquarkus.http.port=PORT @FOLDER/java.args` is a registry that forgets everything.
set -euo pipefail

readonly version=3.0.9
readonly folder="${XDG_CACHE_HOME:-$HOME/.cache}/slotcast/apicurio-$version"
readonly program="$folder/apicurio-registry-app-$version-runner.jar"

fetch() {
  local fresh
  mkdir -p "$(dirname "$folder")"
  # Fetched beside it and moved: what was cut leaves nothing that looks whole.
  fresh="$(mktemp -d "$folder-XXXXXX")"
  trap 'rm -rf "$fresh"' RETURN
  echo "dev/registry.sh: getting Apicurio $version from Maven Central" >&2
  mvn -B -q -Dmaven.repo.local="$fresh/repository" -Dstyle.color=never dependency:copy \
    -Dartifact="io.apicurio:apicurio-registry-app:$version:tar.gz:all" \
    -DoutputDirectory="$fresh" >&2
  mkdir "$fresh/whole"
  tar --no-same-owner -xzf "$fresh/apicurio-registry-app-$version-all.tar.gz" -C "$fresh/whole"
  # Another installation may have been faster.
  mv -T "$fresh/whole" "$folder" 2>/dev/null || [[ -f "$program" ]]
}

# Asks for something, so that what answers is loaded, too.
ask() {
  exec 3<>"/dev/tcp/127.0.0.1/$1" || return 1
  printf 'GET /apis/ccompat/v7/subjects HTTP/1.0\r\n\r\n' >&3
  cat <&3
  exec 3>&-
}

# Has the JVM of one registry's life write down the classes it loaded: a start takes a third of the
# time with them.
archive_classes() {
  local scratch="$1" port=$((20000 + RANDOM % 12000)) registry
  java -XX:TieredStopAtLevel=1 -XX:ArchiveClassesAtExit="$scratch/classes.jsa" \
    -Dquarkus.http.host=127.0.0.1 -Dquarkus.http.port="$port" -jar "$program" \
    >"$scratch/log" 2>&1 &
  registry=$!
  until ask "$port" >/dev/null 2>&1; do
    kill -0 "$registry" || break
    sleep 0.2
  done
  kill "$registry" || true
  wait "$registry" || true
  mv "$scratch/classes.jsa" "$folder/classes.jsa" || tail "$scratch/log"
}

# The last file to be written. A JVM that cannot use the archive goes on without.
write_java_args() {
  local scratch
  scratch="$(mktemp -d "$folder/scratch-XXXXXX")"
  trap 'rm -rf "$scratch"' RETURN
  archive_classes "$scratch" >&2
  printf '%s\n' "-XX:SharedArchiveFile=$folder/classes.jsa" -Xlog:disable \
    -XX:TieredStopAtLevel=1 -Dquarkus.http.host=127.0.0.1 "-jar $program" >"$scratch/java.args"
  mv "$scratch/java.args" "$folder/java.args"
}

[[ -f "$program" ]] || fetch
[[ -f "$folder/java.args" ]] || write_java_args
echo "$folder"
