#!/usr/bin/env bash
# Install what the tests need, then run linter, type checker and tests; CI runs this. Arguments go to pytest:
#   ./test.sh tests/scores
#   ./test.sh fast   leave out what needs a browser, processes or much of a database: two minutes, for use while you work
set -euo pipefail
cd "$(dirname "$0")"

# For 3.12 and 3.11 whylogs has wheels, for up to 3.14 everything else.
find_python() {
  local candidate
  for candidate in python3.12 python3.11 python3.13 python3.14 python3; do
    if "$candidate" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 15))' 2>/dev/null; then
      echo "$candidate"
      return
    fi
  done
  if command -v uv >/dev/null; then
    candidate=$(uv python find --system 3.12 2>/dev/null || { uv python install --quiet 3.12 && uv python find --system 3.12; }) || candidate=
    if [ -n "$candidate" ]; then
      echo "$candidate"
      return
    fi
  fi
  echo "The tests need Python 3.11 to 3.14: install it, or uv, and run ./test.sh again." >&2
  exit 2
}

# A browser: an installed one, or else Debian's headless one if we may install it, or else Playwright's own.
find_browser() {
  command -v chromium-headless-shell || command -v chromium || command -v chromium-browser || command -v google-chrome || true
}

apt_install() {
  local as_root=()
  [ "$(id -u)" = 0 ] || as_root=(sudo -n)
  command -v apt-get >/dev/null && "${as_root[@]}" true 2>/dev/null || return 1
  "${as_root[@]}" apt-get update -q >/dev/null
  DEBIAN_FRONTEND=noninteractive "${as_root[@]}" apt-get install -y -q --no-install-recommends "$@" >/dev/null
}

# Unpack a Debian package without installing it, which would start its service.
apt_unpack() {
  mkdir -p .venv/debian
  (cd .venv/debian && { apt-get download -q "$1" || { apt_install && apt-get download -q "$1"; }; } && dpkg -x "$1"_*.deb .)
}

lane=whole
if [ "${1:-}" = fast ]; then
  lane=fast
  shift
fi

unset PYTHONDONTWRITEBYTECODE # or each of some hundred processes compiles our modules again

python=$(find_python)
stamp="$("$python" --version) $(sha256sum requirements-dev.lock)"
if [ "$(cat .venv/test-stamp 2>/dev/null)" != "$stamp" ]; then
  if [ ! -x .venv/bin/python ]; then
    if [ -e .venv ] || [ -L .venv ]; then
      echo ".venv has no Python that runs: move it away and run ./test.sh again." >&2
      exit 2
    fi
    "$python" -m venv .venv
  fi
  # Not compiled: Python compiles what is imported, which is a third of it.
  .venv/bin/python -m pip install --quiet --disable-pip-version-check --no-compile --require-hashes -r requirements-dev.lock
  echo "$stamp" > .venv/test-stamp
fi
deploy/whylogs.sh .venv/bin/python # on 3.13 and newer, which it has no wheels for

if [ "$lane" = whole ] && [ -z "$(find_browser)" ]; then
  echo "There is no Chromium: installing one."
  apt_install chromium-headless-shell fonts-dejavu-core || .venv/bin/python -m playwright install --with-deps chromium
fi
missing=$(.venv/bin/python -c 'from monitor_core.mongo.embedded import why_not; print(why_not() or "")')
if [ -n "$missing" ]; then
  echo "$missing"
  apt_install libcurl4 # the bundled MongoDB needs it, and Debian's smallest images lack it
fi

# Programs that check the files in deploy/, and a library that moves clocks. Where they are missing their tests are
# skipped; in CI they fail.
if [ "$lane" = whole ]; then
  export PATH="$PATH:$PWD/.venv/debian/usr/bin"
  command -v promtool >/dev/null || apt_unpack prometheus >/dev/null 2>&1 || echo "Prometheus is missing and cannot be installed; its tests are skipped."
  compgen -G "/usr/lib/*/faketime" >/dev/null || compgen -G ".venv/debian/usr/lib/*/faketime" >/dev/null || apt_unpack libfaketime >/dev/null 2>&1 || echo "libfaketime is missing and cannot be installed; the tests with moved clocks are skipped."
  for name in buildah mmdebstrap; do # of the image's tests, which only root can run
    command -v "$name" >/dev/null || [ "$(id -u)" != 0 ] || apt_install "$name" || echo "$name is missing and cannot be installed; the tests of the image are skipped."
  done
  command -v systemd-analyze >/dev/null || apt_install systemd || echo "systemd-analyze is missing and cannot be installed; its tests are skipped."
fi

.venv/bin/ruff format --check .
.venv/bin/ruff check .
.venv/bin/mypy &  # in the background: it keeps one core busy for a while
types=$!
failed=0
picked=()
[ "$lane" = whole ] || picked=(-m "not browser and not process and not database")
export TEST_LANE=$lane
.venv/bin/python -m pytest -n "${TEST_WORKERS:-$(($(nproc) + 2))}" --dist loadgroup "${picked[@]}" "$@" || failed=1
wait "$types" || failed=1
exit "$failed"
