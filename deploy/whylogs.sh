#!/usr/bin/env bash
# Build and install whylogs on Python 3.13 and newer, for which its sketching library has no wheels; the argument is the
# python of the environment. Where this is not possible one sentence says what goes on without, and the exit code is 0 all
# the same. ./deploy.sh and ./test.sh call it each time: what is done, or can only fail again, it does not repeat.
set -euo pipefail
HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
PYTHON=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
CACHE=${XDG_CACHE_HOME:-${HOME:-$HERE/../var}/.cache}/prediction-monitor/wheels

give_up() {
  echo "$1; the monitor works without whylogs: the profiles of days are its own, in JSON, and WhyLabs gets none." >&2
  exit 0
}

give_up_for_good() {
  echo "$state" > "$stamp"
  give_up "$1"
}

pip() { "$1" -m pip --quiet --disable-pip-version-check --no-input "${@:2}"; }

# Print the lines of one package in whylogs.lock.
locked() { sed -n "/^$1==/,/[^\\\\]\$/p" "$HERE/whylogs.lock"; }

is_there() {
  "$PYTHON" -c 'import sys, whylogs_sketching
from importlib.metadata import version
sys.exit(any(version(one.partition("==")[0]) != one.partition("==")[2] for one in sys.argv[1:]))' \
    $(sed -n 's/^\(whylogs[a-z-]*==[^ ]*\).*/\1/p' "$HERE/whylogs.lock") 2> /dev/null
}

# Everything that the build needs is pinned: its tools are in an environment of their own, and the source has its hash.
fetch() {
  locked whylogs-sketching > "$work/source.lock" &&
    "$PYTHON" -m venv "$work/tools" &&
    pip "$work/tools/bin/python" install --require-hashes --requirement "$HERE/whylogs-build.lock" &&
    pip "$work/tools/bin/python" download --no-build-isolation --no-deps --no-binary whylogs-sketching --require-hashes \
      --requirement "$work/source.lock" --dest "$work"
}

# The source is older than GCC 15: it uses a header that it does not include, and has a template that is never used.
build() {
  PATH=$work/tools/bin:$PATH CMAKE_GENERATOR=Ninja CXXFLAGS="-include cstdint -Wno-template-body ${CXXFLAGS:-}" \
    pip "$work/tools/bin/python" wheel --no-build-isolation --no-deps --no-index --wheel-dir "$work" \
    "$work"/whylogs-sketching-*.tar.gz && mkdir -p "$wheels" && mv "$work"/whylogs_sketching-*.whl "$wheels"
}

install() {
  pip "$PYTHON" install --no-deps "$wheels"/*.whl && pip "$PYTHON" install --require-hashes --requirement "$HERE/whylogs.lock"
}

can_be_imported() {
  (cd "$HERE/.." && "$PYTHON" -c 'from monitor_core.logger.profiles import why_no_whylogs as why; assert not why(), why()')
}

"$PYTHON" -c 'import sys; sys.exit(sys.version_info < (3, 13))' || exit 0
compiler=$(command -v "${CXX:-c++}" || true)
state=$("$PYTHON" -c 'import hashlib, sys, sysconfig
from pathlib import Path
locks = b"".join(Path(name).read_bytes() for name in sys.argv[1:])
print(hashlib.sha256(locks).hexdigest()[:16], sys.implementation.cache_tag, sysconfig.get_platform(), sep="-")' "$HERE"/whylogs*.lock)
stamp=$("$PYTHON" -c 'import sys; print(sys.prefix)')/whylogs.stamp
wheels=$CACHE/$state
log=$CACHE/$state.log
headers=$("$PYTHON" -c 'import sysconfig; print(sysconfig.get_path("include"))')/Python.h
[ -f "$headers" ] || headers=
state="$state ${compiler:-no compiler} ${headers:-no headers}"
[ "$(cat "$stamp" 2> /dev/null)" != "$state" ] || exit 0

if is_there; then
  echo "$state" > "$stamp"
  exit 0
fi
if ! compgen -G "$wheels/*.whl" > /dev/null; then
  [ -n "$compiler" ] || give_up_for_good "There is no C++ compiler to build whylogs' sketching library"
  [ -n "$headers" ] ||
    give_up_for_good "There are no headers of Python (such as Debian's python3-dev) to build whylogs' sketching library"
  echo "Building whylogs' sketching library for this Python (once, for a minute or two) ..."
  mkdir -p "$CACHE"
  work=$(mktemp -d)
  trap 'rm -rf "$work"' EXIT
  fetch > "$log" 2>&1 || give_up "What builds whylogs' sketching library could not be fetched; $log says why"
  build >> "$log" 2>&1 || give_up_for_good "whylogs' sketching library could not be built; $log says why"
fi
install >> "$log" 2>&1 || give_up "whylogs could not be installed; $log says why"
can_be_imported >> "$log" 2>&1 || give_up "whylogs was installed but cannot be imported; $log says why"
echo "$state" > "$stamp"
