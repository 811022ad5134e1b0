#!/usr/bin/env bash
# Start the monitor; change nothing if it already runs. Needs no root.
#
#   ./deploy.sh                                      install what is needed, then start the database (unless
#                                                    MONITOR_MONGODB_URI is set), the logger and the app
#   ./deploy.sh start | stop | restart [SERVICE…]    act on all services, or on some: database, logger, app
#   ./deploy.sh status [SERVICE…]                    show what runs; exit 0 if everything does
#   ./deploy.sh logs [SERVICE…] [--follow]           print the end of the logs
#   ./deploy.sh demo [--remove]                      write the digits demo into the database, or remove it

set -euo pipefail
unset CDPATH  # or "cd monitor" may lead into another folder of that name
cd "$(dirname "${BASH_SOURCE[0]}")"
ROOT=$(pwd -P)

PYTHON=.venv/bin/python
VENV_STAMP=.venv/requirements.sha256  # also of somebody's own environment, which was only completed
VENV_MADE_HERE=.venv/made-by-deploy  # holds pyvenv.cfg as it was made; an environment without it is somebody's own

say() { printf '%s\n' "$*"; }
die() { say "$*" >&2; exit 1; }

# --- The virtual environment -----------------------------------------------------------------------------------------

RIGHT_PYTHON='import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))'
TRIED_PYTHON='import ensurepip, sys, venv; sys.exit(not (3, 11) <= sys.version_info < (3, 15))'  # all packages have wheels

# For 3.12 and 3.11 whylogs has wheels too. Where none is here that was tried, uv, which needs no root, brings one.
find_python() {
  local name
  for name in python3.12 python3.11 python3.13 python3.14 python3 python; do
    if "$name" -c "$TRIED_PYTHON" 2>/dev/null; then echo "$name"; return; fi
  done
  if command -v uv > /dev/null; then
    name=$(uv python find --system 3.12 2>/dev/null || { uv python install --quiet 3.12 && uv python find --system 3.12; }) || name=
    if [ -n "$name" ] && "$name" -c "$TRIED_PYTHON" 2>/dev/null; then echo "$name"; return; fi
  fi
  for name in python3 python; do
    if "$name" -c "$RIGHT_PYTHON" 2>/dev/null; then echo "$name"; return; fi
  done
  die "Python 3.11 to 3.14 with its venv module is needed; install it, such as Debian's python3 and python3-venv, or install uv."
}

venv_hash() {
  "$PYTHON" -c 'import hashlib, sys
print(hashlib.sha256(open("requirements.lock", "rb").read() + sys.version.encode()).hexdigest())'
}

# Show what pip does: on a terminal one line that changes, elsewhere a line for every 25 packages.
progress() {
  local line number=0 total
  total=$(grep -c '^[A-Za-z0-9]' requirements.lock)
  while read -r line; do
    case $line in
      "Collecting "* | "Processing "* | "Requirement already satisfied: "*) number=$((number + 1)) ;;
      "Installing collected packages"*) say_step "  unpacking them; this is the longest part" ; continue ;;
      *) continue ;;
    esac
    line=${line#Requirement already satisfied: }
    line=${line#Collecting }
    line=${line#Processing }
    if [ -t 1 ]; then
      printf '\r  %d of %d: %-50.50s' "$number" "$total" "${line%% *}"
    elif [ $((number % 25)) = 0 ]; then
      say "  $number of $total"
    fi
  done
  if [ -t 1 ]; then printf '\n'; fi
}

say_step() { if [ -t 1 ]; then printf '\r%-70s\n' "$1"; else say "$1"; fi; }

# A usable venv is completed. One that is not is made again, but only if it was made here and by nobody since.
make_venv() {
  if ! "$PYTHON" -c "import pip; $RIGHT_PYTHON" 2>/dev/null; then
    create_venv
  elif [ "$(cat "$VENV_STAMP" 2>/dev/null)" = "$(venv_hash)" ]; then
    deploy/whylogs.sh "$PYTHON" || true  # the monitor works without
    return
  fi
  say "Installing the packages of requirements.lock (this takes minutes the first time) ..."
  "$PYTHON" -m pip install --disable-pip-version-check --progress-bar off --require-hashes \
      --requirement requirements.lock | progress ||
    die "The packages could not be installed, for the reason above. Correct it and run ./deploy.sh again."
  venv_hash > "$VENV_STAMP"
  deploy/whylogs.sh "$PYTHON" || true  # the monitor works without
}

# While it is made, the mark is empty: what an interruption has left is ours.
is_made_here() {
  [ ! -L .venv ] && [ -e "$VENV_MADE_HERE" ] || return 1
  [ ! -s "$VENV_MADE_HERE" ] || [ ! -e .venv/pyvenv.cfg ] || [ "$(cat "$VENV_MADE_HERE")" = "$(cat .venv/pyvenv.cfg)" ]
}

create_venv() {
  local python
  if { [ -e .venv ] || [ -L .venv ]; } && ! is_made_here; then
    die ".venv is not an environment of Python 3.11 or newer that ./deploy.sh made. Move it away and run ./deploy.sh again."
  fi
  python=$(find_python)
  say "Creating .venv with $python ..."
  mkdir -p .venv
  : > "$VENV_MADE_HERE"
  find .venv -mindepth 1 ! -path "$VENV_MADE_HERE" -delete
  "$python" -m venv .venv || die "The environment could not be made, for the reason above."
  cat .venv/pyvenv.cfg > "$VENV_MADE_HERE"
}

# --- The commands ----------------------------------------------------------------------------------------------------

monitor() { exec "$PYTHON" -m monitor_core "$@"; }

is_usable() { "$PYTHON" -c 'import pymongo, supervisor, typer' 2>/dev/null; }

# Print the ids of the processes that were started here, which inherit this variable (on Linux only).
our_processes() {
  { grep -lzxF "DEPLOY_ROOT=$ROOT" /proc/[0-9]*/environ 2>/dev/null || true; } | cut -d/ -f3
}

# Stop everything although the environment has been removed or is damaged.
end_all() {
  local signal id _
  for signal in TERM KILL; do
    for id in $(our_processes); do kill "-$signal" "$id" 2>/dev/null || true; done
    for _ in $(seq 100); do
      [ -n "$(our_processes)" ] || break 2
      sleep 0.1
    done
  done
  say "The monitor is stopped."
}

case $# in 0) set -- start ;; esac
command=$1
shift
case $command in
  start) make_venv; monitor up "$@" ;;
  restart) make_venv; monitor restart "$@" ;;
  demo) make_venv; monitor demo "$@" ;;
  logs) make_venv; monitor logs "$@" ;;
  status)
    is_usable || die "The monitor does not run, and its environment .venv is missing or damaged; ./deploy.sh makes it again."
    monitor ps "$@"
    ;;
  stop) if is_usable; then monitor down "$@"; else end_all; fi ;;
  *) die "There is no such command: $command. Use ./deploy.sh [start | stop | restart | status | logs] [database | logger | app], or ./deploy.sh demo [--remove]." ;;
esac
