# Sourced by tools/demo and tools/test. Sets ROOT, LOGS and the number of build jobs; the caller sets STEPS, the number
# of its steps, and runs with set -e. Long commands are quiet: their output goes to build/logs/ and is shown only when they fail.
# shellcheck shell=bash
ROOT="$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)"
LOGS="$ROOT/build/logs"
STEP=0
STEP_STARTED=0
export CMAKE_BUILD_PARALLEL_LEVEL="${CMAKE_BUILD_PARALLEL_LEVEL:-$(nproc)}"
cd "$ROOT" || exit 1
mkdir -p "$LOGS"

PACKAGES=(
  g++ cmake ninja-build ccache
  libcaf-dev libyaml-cpp-dev nlohmann-json3-dev libspdlog-dev libfmt-dev libcli11-dev libsqlite3-dev libsodium-dev
  librdkafka-dev libhiredis-dev libcurl4-openssl-dev libssl-dev openjdk-17-jre-headless maven redis-server kcat
  doctest-dev libboost-dev librapidcheck-dev libbenchmark-dev
  python3 python3-venv python3-yaml python3-selenium chromium chromium-driver sqlite3
  clang-format clang-tidy-16 clang-16 libclang-rt-16-dev
)
# A Node.js from elsewhere brings its own npm and conflicts with Debian's package of it.
command -v npm >/dev/null || PACKAGES+=(nodejs npm)

step() {  # step TEXT: says at which step we are
  STEP=$((STEP + 1))
  STEP_STARTED=$SECONDS
  # shellcheck disable=SC2153
  echo "[$STEP/$STEPS] $1 ..."
}

took() {  # the time of the step that ends here
  echo "      $((SECONDS - STEP_STARTED)) s"
}

logged() {  # logged NAME COMMAND...: runs it quietly; on failure shows the end of build/logs/NAME.log
  local log="$LOGS/$1.log" status=0
  shift
  "$@" >"$log" 2>&1 </dev/null || status=$?
  if ((status != 0)); then
    tail -n 80 "$log"
    echo "failed (status $status): $*"
    echo "whole log: ${log#"$ROOT"/}"
  fi
  return "$status"
}

as_root() {
  if ((EUID == 0)); then
    "$@"
  else
    sudo "$@"
  fi
}

missing_packages() {
  local known package
  # One that dpkg has never heard of makes it exit 1 and is not in the answer.
  known="$(dpkg-query -W -f='${db:Status-Status} ${Package}\n' "${PACKAGES[@]}" 2>/dev/null || true)"
  for package in "${PACKAGES[@]}"; do
    grep -qxF "installed $package" <<<"$known" || echo "$package"
  done
}

install_packages() {  # by name, and only what is missing: a second run does not touch apt
  if ! command -v dpkg-query >/dev/null; then
    echo "no dpkg-query: this script installs packages on Debian 12. Elsewhere, install by hand what it lists in"
    echo "tools/lib/common.sh and use the CMake presets (see CONTRIBUTING.md)."
    return 1
  fi
  local names missing
  names="$(missing_packages)"
  [[ -z $names ]] && return 0
  mapfile -t missing <<<"$names"
  echo "      installing: ${missing[*]}"
  if ((EUID != 0)) && ! command -v sudo >/dev/null; then
    echo "neither root nor sudo: run as root: apt-get install ${missing[*]}"
    return 1
  fi
  local apt=(env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300)
  logged apt-update as_root "${apt[@]}" update &&
    logged apt-install as_root "${apt[@]}" install -y --no-install-recommends "${missing[@]}"
}

build() {  # build PRESET [-DOPTION=VALUE...] [TARGET...]: no target: everything
  local preset="$1" options=()
  shift
  while [[ ${1:-} == -D* ]]; do
    options+=("$1")
    shift
  done
  logged "configure-$preset" cmake --preset "$preset" "${options[@]}" &&
    logged "build-$preset" cmake --build --preset "$preset" ${1:+--target "$@"}
}
