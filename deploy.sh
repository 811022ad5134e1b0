#!/usr/bin/env bash
# Start the monitor; change nothing if it already runs. Needs no root.
#
#   ./deploy.sh                    start the database (unless MONITOR_MONGODB_URI is set), the logger and the app
#   ./deploy.sh status             show what runs; exit 0 if everything does
#   ./deploy.sh stop | restart
#   ./deploy.sh demo [--remove]    write the digits demo into the database, or remove it

set -euo pipefail
unset CDPATH  # or "cd monitor" may lead into another folder of that name
cd "$(dirname "${BASH_SOURCE[0]}")"
ROOT=$(pwd -P)

PYTHON=.venv/bin/python
VENV_STAMP=.venv/requirements.sha256  # also of somebody's own environment, which was only completed
VENV_MADE_HERE=.venv/made-by-deploy  # holds pyvenv.cfg as it was made; an environment without it is somebody's own
ADDRESS=${STREAMLIT_SERVER_ADDRESS:-127.0.0.1}
PORT=${STREAMLIT_SERVER_PORT:-5004}
START_SECONDS=120  # a cold disk and the first imports

say() { printf '%s\n' "$*"; }
die() { say "$*" >&2; exit 1; }

# --- The virtual environment -----------------------------------------------------------------------------------------

RIGHT_PYTHON='import ensurepip, sys, venv; sys.exit(sys.version_info[:2] not in ((3, 11), (3, 12)))'

find_python() {
  local name
  for name in python3.12 python3.11 python3 python; do
    if "$name" -c "$RIGHT_PYTHON" 2>/dev/null; then echo "$name"; return; fi
  done
  die "Python 3.11 or 3.12 with its venv module is needed; install it, such as Debian's python3 and python3-venv."
}

venv_hash() {
  "$PYTHON" -c 'import hashlib, sys
print(hashlib.sha256(open("requirements.lock", "rb").read() + sys.version.encode()).hexdigest())'
}

# A usable venv is completed. One that is not is made again, but only if it was made here and by nobody since.
make_venv() {
  if ! "$PYTHON" -c "import pip; $RIGHT_PYTHON" 2>/dev/null; then
    create_venv
  elif [ "$(cat "$VENV_STAMP" 2>/dev/null)" = "$(venv_hash)" ]; then
    return
  fi
  say "Installing the packages of requirements.lock (this takes minutes the first time) ..."
  "$PYTHON" -m pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements.lock ||
    die "The packages could not be installed, for the reason above. Correct it and run ./deploy.sh again."
  venv_hash > "$VENV_STAMP"
}

# While it is made, the mark is empty: what an interruption has left is ours.
is_made_here() {
  [ ! -L .venv ] && [ -e "$VENV_MADE_HERE" ] || return 1
  [ ! -s "$VENV_MADE_HERE" ] || [ ! -e .venv/pyvenv.cfg ] || [ "$(cat "$VENV_MADE_HERE")" = "$(cat .venv/pyvenv.cfg)" ]
}

create_venv() {
  local python
  if { [ -e .venv ] || [ -L .venv ]; } && ! is_made_here; then
    die ".venv is not an environment of Python 3.11 or 3.12 that ./deploy.sh made. Move it away and run ./deploy.sh again."
  fi
  python=$(find_python)
  say "Creating .venv with $python ..."
  mkdir -p .venv
  : > "$VENV_MADE_HERE"
  find .venv -mindepth 1 ! -path "$VENV_MADE_HERE" -delete
  "$python" -m venv .venv || die "The environment could not be made, for the reason above."
  cat .venv/pyvenv.cfg > "$VENV_MADE_HERE"
}

# --- The settings ----------------------------------------------------------------------------------------------------

# Print the value of a Python expression that uses our modules; an error is one sentence.
evaluate() {
  "$PYTHON" -c "import sys
from monitor_core.mongo import embedded
from monitor_core.settings import sources
from monitor_core.contract.errors import MonitorError
try:
    print($1)
except MonitorError as error:
    sys.exit(str(error))"
}

read_settings() {
  local reason
  "$PYTHON" -m monitor_core settings > /dev/null  # its sentence goes to stderr, and set -e ends us
  STATE=$(evaluate 'sources.load().settings.state_folder')
  BUNDLED=$(evaluate 'sources.load().settings.mongodb_uri is None')
  if [ "$BUNDLED" = True ]; then
    reason=$(evaluate 'embedded.why_not() or ""')
    [ -z "$reason" ] || die "$reason"
  fi
}

# The place of supervisor's sockets does not depend on the settings, so that `stop` works with invalid ones too.
find_run_folder() { RUN=$(evaluate 'embedded.run_folder(sources.ROOT / "var")'); }

# Running programs keep the environment, the code and the packages that they were started with. All of these go into one
# hash, and if it changes, everything is restarted. Only the hash is stored, because the environment contains keys.
deployed_hash() {
  "$PYTHON" -c 'import hashlib, os, sys
from pathlib import Path
folders = ("monitor_core", "pages", ".streamlit", "deploy")
files = [Path(name) for name in (".env", "monitor.toml", "requirements.lock", "pyproject.toml", "streamlit_app.py", "logger_worker.py")]
files += [file for folder in folders for file in Path(folder).rglob("*") if file.suffix in (".py", ".toml", ".conf")]
ours = {name: value for name, value in os.environ.items() if name.startswith(("MONITOR_", "WHYLABS_", "STREAMLIT_"))}
content = {str(file): file.read_bytes() for file in files if file.is_file()}
print(hashlib.sha256(repr((sys.version, sorted(ours.items()), sorted(content.items()))).encode()).hexdigest())'
}

# --- The supervisor --------------------------------------------------------------------------------------------------

ctl() { "$PYTHON" -m supervisor.supervisorctl -c deploy/supervisord.conf -s "unix://$RUN/supervisor.sock" "$@"; }

supervisor_runs() { ctl pid > /dev/null 2>&1; }

# Print RUNNING, STARTING, BACKOFF (failed, and will be tried again) or STOPPED; nothing if there is no supervisor.
state() { { ctl status "$1" 2>/dev/null || true; } | sed -n "s/^$1  *\([A-Z]*\).*/\1/p"; }

is_up() { case $(state "$1") in RUNNING | STARTING) true ;; *) false ;; esac }

launch_supervisor() {
  if supervisor_runs; then return; fi
  end_strays  # of a supervisor that was killed
  mkdir -p "$STATE/log"
  # The programs' log paths pass supervisor's %-expansion twice, so a % in them is doubled.
  DEPLOY_ROOT=$ROOT DEPLOY_RUN=$RUN DEPLOY_LOG=${STATE//%/%%}/log \
    "$PYTHON" -m supervisor.supervisord -c deploy/supervisord.conf \
    --logfile "$STATE/log/supervisord.log" --pidfile "$RUN/supervisord.pid" > /dev/null
  deployed_hash > "$RUN/deployed.sha256"
}

# Print the ids of supervisord and its programs, which inherit this variable (on Linux only).
our_processes() {
  { grep -lzxF "DEPLOY_ROOT=$ROOT" /proc/[0-9]*/environ 2>/dev/null || true; } | cut -d/ -f3
}

signal_strays() {
  local id
  for id in $(our_processes); do kill "-$1" "$id" 2>/dev/null || true; done
}

all_gone() { [ -z "$(our_processes)" ] && ! supervisor_runs; }

# Without its supervisor a program may hang at the broken pipe to its log; a killed mongod has its journal.
end_strays() {
  signal_strays TERM
  wait_until 10 all_gone || signal_strays KILL
}

stop_all() {
  if ctl shutdown > /dev/null 2>&1; then wait_until 90 all_gone || true; fi
  end_strays
  rm -f "$RUN/supervisor.sock" "$RUN/supervisord.pid" "$RUN/deployed.sha256"
}

stop_if_changed() {
  if ! supervisor_runs || [ "$(cat "$RUN/deployed.sha256" 2>/dev/null)" = "$(deployed_hash)" ]; then return; fi
  say "The settings, the code or the packages have changed: restarting everything."
  stop_all
}

wait_until() {
  local deadline=$((SECONDS + $1))
  until "$2"; do
    if [ "$SECONDS" -ge "$deadline" ]; then return 1; fi
    sleep 0.2
  done
}

# --- The programs ----------------------------------------------------------------------------------------------------

# Supervisor answers only after a program has run for startsecs, so this does not wait for it: see `start`.
begin() {
  local name
  for name in "$@"; do
    if is_up "$name"; then continue; fi
    ctl stop "$name" > /dev/null 2>&1 || true  # ends a pause between two tries
    ctl start "$name" > /dev/null 2>&1 &
  done
}

fail() {
  say "The $1 did not start. The end of its log, $STATE/log/$1.log:" >&2
  tail -n 15 "$STATE/log/$1.log" >&2 || true
  exit 1
}

database_answers() { [ "$(evaluate 'embedded.responds(embedded.run_folder(sources.load().settings.state_folder))')" = True ]; }

start_database() {
  if database_answers; then return; fi
  begin database
  wait_until "$START_SECONDS" database_answers_or_failed || true
  database_answers || fail database
}

database_answers_or_failed() { database_answers || [ "$(state database)" = BACKOFF ]; }

app_answers() {
  "$PYTHON" -c 'import sys, urllib.request
opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # no proxy of the environment for this machine
opener.open(sys.argv[1], timeout=3)' "http://$ADDRESS:$PORT/_stcore/health" 2>/dev/null
}

app_answers_or_failed() { app_answers || [ "$(state app)" = BACKOFF ]; }

nothing_is_starting() { case $(ctl status 2>/dev/null) in *' STARTING '*) false ;; *) true ;; esac }

port_is_taken() { (exec 3<> "/dev/tcp/$ADDRESS/$PORT") 2>/dev/null; }

# --- The commands ----------------------------------------------------------------------------------------------------

prepare() {
  make_venv
  umask 077  # logs, data and sockets are private
  read_settings
  find_run_folder
}

start() {
  prepare
  stop_if_changed
  if ! is_up app && port_is_taken; then
    die "Port $PORT is used by another program; stop it, or set STREAMLIT_SERVER_PORT to a free port."
  fi
  launch_supervisor
  if [ "$BUNDLED" = True ] && ! database_answers; then
    start_database
    "$PYTHON" -m monitor_core demo --if-empty || say "The demo could not be written; the monitor starts without it." >&2
  fi
  begin logger app
  wait_until "$START_SECONDS" app_answers_or_failed || true
  app_answers || fail app
  wait  # for what `begin` left in the background
  wait_until "$START_SECONDS" nothing_is_starting || true
  [ "$(state logger)" = RUNNING ] || fail logger
  say "The monitor runs: http://localhost:$PORT"
}

status() {
  local name condition exit_code=0
  if ! find_run_folder 2>/dev/null || ! supervisor_runs; then
    [ -z "$(our_processes)" ] || die "Some programs run without their supervisor; ./deploy.sh restarts them."
    die "The monitor does not run; start it with ./deploy.sh."
  fi
  for name in database logger app; do
    condition=$(state "$name")
    case $name-$condition in
      *-RUNNING) say "The $name runs." ;;
      *-STARTING) say "The $name is starting."; exit_code=1 ;;
      database-STOPPED) say "The database is your own (MONITOR_MONGODB_URI)." ;;  # ours is never stopped alone
      *-STOPPED) say "The $name is stopped; ./deploy.sh starts it."; exit_code=1 ;;
      *) say "The $name has failed and will be started again; its log says why."; exit_code=1 ;;
    esac
  done
  exit "$exit_code"
}

stop() {
  find_run_folder 2>/dev/null || RUN=var/run  # without a usable .venv, our programs are recognised by their environment
  stop_all
  say "The monitor is stopped."
}

demo() {
  prepare
  if [ "$BUNDLED" = True ] && ! database_answers; then
    if supervisor_runs; then
      start  # only a part of it runs
    else
      launch_supervisor
      start_database
    fi
  fi
  "$PYTHON" -m monitor_core demo "$@"
}

case $# in 0) set -- start ;; esac
case $1 in
  start | status | stop | demo) "$@" ;;
  restart) stop; start ;;
  *) die "There is no such command: $*. Use ./deploy.sh [status | stop | restart | demo [--remove]]." ;;
esac
