#!/usr/bin/env bash
# Installs what `dev/demo` or `dev/test` needs, all of it from Debian 12 itself, but for what tests
# talk to and Debian does not have (dev/s3_server.sh, dev/duckdb.sh, dev/kafka.sh,
# dev/registry.sh).
#
#   dev/packages.sh demo    to build the program and run it against a PostgreSQL of its own
#   dev/packages.sh test    that, and the second compiler, the checkers and what tests talk to
#
# Does nothing, and needs no network, when everything is there already.
set -euo pipefail

readonly demo_packages=(
  catch2
  cmake
  g++
  git
  libboost1.81-dev
  libcli11-dev
  libcurl4-openssl-dev
  libexpat1-dev
  libgmp-dev
  libpg-query-dev
  libpq-dev
  librdkafka-dev
  libsimdjson-dev
  libspdlog-dev
  libssl-dev
  libyaml-cpp-dev
  libzstd-dev
  ninja-build
  postgresql-15
  postgresql-client-15
  procps
  prometheus-cpp-dev
  python3
  util-linux
  zlib1g-dev
)
readonly test_packages=(
  ccache
  clang-19
  clang-format-19
  clang-tidy-19
  e2fsprogs
  kcat
  mount
  openssl
  python3-psycopg2
  python3-venv
  strace
  systemd
  zstd
)

is_installed() {
  [[ "$(dpkg-query -W -f '${Status}' "$1" 2>/dev/null)" == "install ok installed" ]]
}

as_root() {
  if ((EUID == 0)); then
    "$@"
  elif command -v sudo >/dev/null; then
    sudo -- "$@"
  else
    echo "dev/packages.sh: needs root or sudo to run: $*" >&2
    exit 1
  fi
}

# Debian's package makes and starts a cluster of its own unless it is told not to before.
refuse_default_cluster() {
  local conf=/etc/postgresql-common/createcluster.conf
  is_installed postgresql-15 && return
  as_root mkdir -p "$(dirname "$conf")"
  echo 'create_main_cluster = false' | as_root tee "$conf" >/dev/null
}

# Not packages: got once, and kept.
install_others() {
  local here
  here="$(dirname "${BASH_SOURCE[0]}")"
  [[ "${1:-}" == test ]] || return 0
  "$here/fastavro.sh" >/dev/null
  "$here/s3_server.sh" >/dev/null
  "$here/duckdb.sh" >/dev/null
  "$here/kafka.sh" >/dev/null
  "$here/registry.sh" >/dev/null
}

# Adds to main's `wanted` what may be here from elsewhere: a node of another origin brings its own
# npm, and Debian's does not go beside it.
add_runtimes() {
  command -v npm >/dev/null || wanted+=(nodejs npm)
  command -v mvn >/dev/null || wanted+=(maven)
  # A Java that runs programs need not have a compiler.
  command -v java >/dev/null && command -v javac >/dev/null || wanted+=(default-jdk-headless)
}

main() {
  local wanted=("${demo_packages[@]}") missing=() name
  case "${1:-}" in
    demo) ;;
    test) wanted+=("${test_packages[@]}") ;;
    *) echo "usage: dev/packages.sh demo|test" >&2; exit 2 ;;
  esac
  [[ "$1" != test ]] || add_runtimes
  for name in "${wanted[@]}"; do
    is_installed "$name" || missing+=("$name")
  done
  ((${#missing[@]})) || return 0

  echo "dev/packages.sh: installing ${missing[*]}"
  refuse_default_cluster
  as_root apt-get update -qq
  # The configuration written above is ours; dpkg must neither ask about it nor replace it.
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
    -o Dpkg::Options::=--force-confold "${missing[@]}" </dev/null
}

main "$@"
install_others "$@"
