#!/usr/bin/env bash
# Everything the tests need, then lint, types and tests; CI runs it. Arguments go to pytest: ./test.sh tests/scores
#   ./test.sh fast   without the tests that drive a browser or start processes: under two minutes, to run while you work
set -euo pipefail
cd "$(dirname "$0")"

find_python() {
  local candidate
  for candidate in python3.12 python3.11 python3; do
    if "$candidate" -c 'import sys; sys.exit(sys.version_info[:2] not in ((3, 11), (3, 12)))' 2>/dev/null; then
      echo "$candidate"
      return
    fi
  done
  echo "The tests need Python 3.11 or 3.12: install one and run ./test.sh again." >&2
  exit 2
}

# A browser: what is there, else Debian's without a window if we may install it, else Playwright's own.
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

# A Debian package's files, not installed: it would start its service.
apt_unpack() {
  mkdir -p .venv/debian
  (cd .venv/debian && { apt-get download -q "$1" || { apt_install && apt-get download -q "$1"; }; } && dpkg -x "$1"_*.deb .)
}

lane=whole
if [ "${1:-}" = fast ]; then
  lane=fast
  shift
fi

unset PYTHONDONTWRITEBYTECODE # or each of some hundred processes compiles our modules anew

python=$(find_python)
stamp="$("$python" --version) $(sha256sum requirements-dev.lock)"
if [ "$(cat .venv/test-stamp 2>/dev/null)" != "$stamp" ]; then
  [ -x .venv/bin/python ] || "$python" -m venv --clear .venv
  # Not compiled: Python does so with what is imported, a third of it.
  .venv/bin/python -m pip install --quiet --disable-pip-version-check --no-compile --require-hashes -r requirements-dev.lock
  echo "$stamp" > .venv/test-stamp
fi

if [ "$lane" = whole ] && [ -z "$(find_browser)" ]; then
  echo "No Chromium found: installing one."
  apt_install chromium-headless-shell fonts-dejavu-core || .venv/bin/python -m playwright install --with-deps chromium
fi
missing=$(.venv/bin/python -c 'from monitor_core.mongo.embedded import why_not; print(why_not() or "")')
if [ -n "$missing" ]; then
  echo "$missing"
  apt_install libcurl4 # what Debian's smallest images lack for the bundled MongoDB
fi

# What tries the files in deploy/; where they cannot be had, their tests say so, and in CI they fail.
if [ "$lane" = whole ]; then
  export PATH="$PATH:$PWD/.venv/debian/usr/bin"
  command -v promtool >/dev/null || apt_unpack prometheus >/dev/null 2>&1 || echo "No Prometheus found, and none can be had."
  command -v systemd-analyze >/dev/null || apt_install systemd || echo "No systemd-analyze found, and none can be had."
fi

.venv/bin/ruff format --check .
.venv/bin/ruff check .
.venv/bin/mypy &  # it keeps one core busy for a while
types=$!
failed=0
picked=()
[ "$lane" = whole ] || picked=(-m "not browser and not process")
export TEST_LANE=$lane
.venv/bin/python -m pytest -n "${TEST_WORKERS:-3}" --dist loadgroup "${picked[@]}" "$@" || failed=1
wait "$types" || failed=1
exit "$failed"
