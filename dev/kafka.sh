#!/usr/bin/env bash
# Installs the Kafka that tests talk to, and prints where it is: the jars of Apache's own broker,
# its clients and Kafka Connect's JSON converter, from Maven Central. Kept in ~/.cache.
#
# `java @FOLDER/java.args kafka.Kafka SERVER.PROPERTIES` is a broker.
set -euo pipefail

readonly version=3.9.1 slf4j_version=1.7.36 reload4j_version=1.2.25
readonly folder="${XDG_CACHE_HOME:-$HOME/.cache}/slotcast/kafka-$version"
settings="$(realpath "$(dirname "${BASH_SOURCE[0]}")/../tests/support/kafka")"
readonly settings

print_dependency() {
  echo "<dependency><groupId>$1</groupId>"
  echo "<artifactId>$2</artifactId><version>$3</version></dependency>"
}

# Kafka asks for an interface of a logger, and leaves the logger to who runs it.
print_pom() {
  cat <<POM
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>slotcast</groupId><artifactId>test-kafka</artifactId><version>1</version>
  <dependencies>
    $(print_dependency org.apache.kafka kafka_2.13 "$version")
    $(print_dependency org.apache.kafka connect-json "$version")
    $(print_dependency org.slf4j slf4j-reload4j "$slf4j_version")
    $(print_dependency ch.qos.reload4j reload4j "$reload4j_version")
  </dependencies>
</project>
POM
}

# The archive of classes knows each jar by its place in this list.
class_path() {
  printf '%s\n' "$folder"/jars/*.jar | paste -sd:
}

fetch() {
  local fresh
  mkdir -p "$(dirname "$folder")"
  # Fetched beside it and moved: what was cut leaves nothing that looks whole.
  fresh="$(mktemp -d "$folder-XXXXXX")"
  trap 'rm -rf "$fresh"' RETURN
  echo "dev/kafka.sh: getting Kafka $version from Maven Central" >&2
  print_pom >"$fresh/pom.xml"
  mvn -B -q -f "$fresh/pom.xml" -Dmaven.repo.local="$fresh/repository" -Dstyle.color=never \
    dependency:copy-dependencies -DincludeScope=runtime -DoutputDirectory="$fresh/jars" >&2
  rm -rf "$fresh/repository"
  # Another installation may have been faster.
  mv -T "$fresh" "$folder" 2>/dev/null || [[ -d "$folder/jars" ]]
}

# Has the JVM of one broker's life write down the classes it loaded: with them, a start takes half
# as long.
archive_classes() {
  local scratch="$1" port=$((20000 + RANDOM % 12000)) broker
  mkdir "$scratch/data"
  touch "$scratch/log"
  cp "$settings/meta.properties" "$scratch/data"
  java -cp "$(class_path)" -XX:ArchiveClassesAtExit="$scratch/classes.jsa" \
    -Dlog4j.configuration="file:$settings/log4j.properties" \
    kafka.Kafka "$settings/server.properties" --override "log.dirs=$scratch/data" \
    --override "listeners=PLAINTEXT://127.0.0.1:$port,CONTROLLER://127.0.0.1:$((port + 1))" \
    --override "controller.quorum.voters=1@127.0.0.1:$((port + 1))" >"$scratch/log" 2>&1 &
  broker=$!
  until grep -q 'Kafka Server started' "$scratch/log"; do
    kill -0 "$broker" || break
    sleep 0.1
  done
  kill "$broker" || true
  wait "$broker" || true
  mv "$scratch/classes.jsa" "$folder/classes.jsa" || tail "$scratch/log"
}

# The last file to be written. A JVM that cannot use the archive goes on without.
write_java_args() {
  local scratch
  scratch="$(mktemp -d "$folder/scratch-XXXXXX")"
  trap 'rm -rf "$scratch"' RETURN
  archive_classes "$scratch" >&2
  printf '%s\n' "-cp $(class_path)" "-XX:SharedArchiveFile=$folder/classes.jsa" -Xlog:disable \
    -XX:TieredStopAtLevel=1 >"$scratch/java.args"
  mv "$scratch/java.args" "$folder/java.args"
}

[[ -d "$folder/jars" ]] || fetch
[[ -f "$folder/java.args" ]] || write_java_args
echo "$folder"
