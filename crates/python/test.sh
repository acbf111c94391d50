#!/usr/bin/env bash
# The wheel's tests: makes a virtual environment below target/, installs what is pinned there, builds, tests, and
# holds the stubs against what is built. PYTHON names another Python than `python3`; it has to be 3.11 or later.
set -euo pipefail
cd "$(dirname "$0")/../.."
root=$PWD
python=${PYTHON:-python3}
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || {
    echo "the wheel needs Python 3.11 or later; PYTHON names one" >&2
    exit 1
}
target=${CARGO_TARGET_DIR:-$root/target}
venv=$target/venv
pins=crates/python/requirements-test.txt
if ! cmp -s "$pins" "$venv/pins.txt" || ! "$venv/bin/python" -c ''; then
    rm -rf "$venv"
    "$python" -m venv "$venv"
    "$venv/bin/python" -m pip install -q --disable-pip-version-check -r "$pins"
    cp "$pins" "$venv/pins.txt"
fi
export VIRTUAL_ENV=$venv PATH=$venv/bin:$PATH
# As `cargo test` builds, whose crates are taken as they are; so it is not maturin that builds. The command line, which
# is among these, writes the bytes that the wheel's models are held against.
PYO3_BUILD_EXTENSION_MODULE=1 PYO3_PYTHON=$venv/bin/python cargo build -q --workspace --exclude foretaste-benches --lib --bins --tests
export FORETASTE_CLI=$target/debug/foretaste
cd crates/python
cp "$target/debug/lib_native.so" python/foretaste/_native.abi3.so
export PYTHONPATH=$PWD/python
python -m pytest -q "$@"
python -m mypy
python -m mypy.stubtest foretaste._native
echo "the wheel passes"
