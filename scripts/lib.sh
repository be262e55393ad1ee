# Shared by the scripts: steps that print themselves, one clear line on failure, and the set-up that every
# entry point needs. Source it; do not run it.
# shellcheck shell=bash

set -euo pipefail

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
current_step="start"
started_at=$SECONDS

# step TEXT: names what comes next; a failure is reported under this name.
step() {
  current_step="$1"
  printf '==> [%4ds] %s\n' "$((SECONDS - started_at))" "$1"
}

fail() {
  printf 'error: %s\n' "$1" >&2
  exit 1
}

trap 'printf "error: step failed: %s (line %s of %s)\n" "$current_step" "$LINENO" "${BASH_SOURCE[0]##*/}" >&2' ERR

# The packages of Debian 12; Ubuntu 24.04 has the same names except Boost, whose default there is newer. clang-format
# and clang-tidy carry their version in the name: another one formats and finds otherwise.
apt_packages() {
  local boost=libboost1.81-dev
  # shellcheck disable=SC1091
  [ "$(. /etc/os-release && echo "${ID:-}")" = ubuntu ] && boost=libboost-dev
  echo g++ make cmake ninja-build ccache git pkg-config \
    libyaml-cpp-dev nlohmann-json3-dev libspdlog-dev libfmt-dev libcli11-dev libeigen3-dev \
    libsqlite3-dev libssl-dev libflatbuffers-dev flatbuffers-compiler libjpeg-dev libpng-dev \
    zlib1g-dev liblzma-dev libgtest-dev libgmock-dev "$boost" \
    qemu-system-arm gcc-arm-none-eabi libnewlib-arm-none-eabi clang-format-14 clang-tidy-14 python3 python3-venv
}

missing_packages() {
  local package
  for package in $(apt_packages); do
    dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || echo "$package"
  done
}

install_packages() {
  command -v dpkg-query >/dev/null || fail "these scripts know Debian 12 and Ubuntu 24.04 only; see 'mcunas doctor' for what is needed"
  local missing
  missing=$(missing_packages | tr '\n' ' ')
  step "system packages${missing:+: installing $missing}"
  [ -z "$missing" ] && return 0
  local sudo=""
  [ "$(id -u)" -ne 0 ] && sudo=sudo
  $sudo apt-get update -qq
  # shellcheck disable=SC2086
  DEBIAN_FRONTEND=noninteractive $sudo apt-get install -y -qq --no-install-recommends $missing >/dev/null
}

# install_python FILE...: the project's own .venv with the pinned requirements, once per content of the files.
install_python() {
  local stamp="$root/.venv/.installed-$(cat "$@" | sha256sum | cut -c1-16)"
  step "python carriers in .venv ($(printf '%s ' "${@##*/}"))"
  [ -e "$stamp" ] && return 0
  [ -x "$root/.venv/bin/python" ] || python3 -m venv "$root/.venv"
  local requirements=() file
  for file in "$@"; do requirements+=(-r "$file"); done
  "$root/.venv/bin/python" -m pip install -q --disable-pip-version-check "${requirements[@]}" 2>"$root/.venv/pip.log" ||
    { tail -n 5 "$root/.venv/pip.log" >&2; fail "pip could not install ${*##*/}"; }
  touch "$stamp"
}

# build TARGET...: configures the release preset and builds these targets with at most two jobs.
build() {
  step "configure (preset release)"
  (cd "$root" && cmake --preset release >"$root/build-configure.log" 2>&1) ||
    { tail -n 15 "$root/build-configure.log" >&2; fail "cmake could not configure the project"; }
  mkdir -p "$root/build" && mv "$root/build-configure.log" "$root/build/configure.log"
  step "build $*"
  (cd "$root" && cmake --build --preset release --target "$@")
}

# data_left_out: what is not in $MCUNAS_DATA (or ../shared/data), and how it gets there; nothing where all is.
data_left_out() {
  local data="${MCUNAS_DATA:-$root/../shared/data}" set missing=""
  for set in tflite:models nasbench:nasbench cifar10:cifar10 fashion-mnist:fashion-mnist; do
    [ -d "$data/${set%%:*}" ] || missing="$missing ${set##*:}"
  done
  [ -z "$missing" ] || printf 'without%s of other people some tests were left out: MCUNAS_DATA=FOLDER, and scripts/fetch_data%s --from DOWNLOADS --to FOLDER\n' \
    "$(sed 's/ / and /2g' <<<"$missing")" "$(sed 's/ /|/2g' <<<"$missing")"
}
