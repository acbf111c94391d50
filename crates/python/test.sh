#!/usr/bin/env bash
# The wheel's tests: makes a virtual environment below target/, installs what is pinned there, builds, tests, and
# holds the stubs against what is built. PYTHON names another Python than `python3`; it has to be 3.11 or later.
#
# `test.sh --spark` runs those of foretaste.spark, which take Java 17 and ten minutes. What is said further is pytest's.
set -euo pipefail
cd "$(dirname "$0")/../.."
root=$PWD
python=${PYTHON:-python3}
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || {
    echo "the wheel needs Python 3.11 or later; PYTHON names one" >&2
    exit 1
}
target=${CARGO_TARGET_DIR:-$root/target}
# Spark is not there for the other tests: nothing else may need it.
kind=test
if [ "${1:-}" = --spark ]; then
    kind=spark
    shift
fi
venv=$target/venv-$kind
pins=crates/python/requirements-$kind.txt
if ! cmp -s "$pins" "$venv/pins.txt" || ! "$venv/bin/python" -c ''; then
    rm -rf "$venv"
    "$python" -m venv "$venv"
    "$venv/bin/python" -m pip install -q --disable-pip-version-check -r "$pins" || {
        rm -rf "$venv"
        echo "what $pins names can't be installed" >&2
        exit 3
    }
    cp "$pins" "$venv/pins.txt"
fi
export VIRTUAL_ENV=$venv PATH=$venv/bin:$PATH
# As `cargo test` builds, whose crates are taken as they are; so it is not maturin that builds. The command line, which
# is among these, writes the bytes that the wheel's models are held against.
PYO3_BUILD_EXTENSION_MODULE=1 PYO3_PYTHON=python3 cargo build -q --workspace --exclude foretaste-benches --lib --bins --tests
export FORETASTE_CLI=$target/debug/foretaste
cd crates/python
cp "$target/debug/lib_native.so" python/foretaste/_native.abi3.so
export PYTHONPATH=$PWD/python
if [ "$kind" = spark ]; then
    export SPARK_LOCAL_IP=127.0.0.1 PYSPARK_PYTHON=$venv/bin/python
    python -m pytest -q -rs tests/spark "$@"
    echo "training on Spark passes"
    exit
fi
python -m pytest -q "$@"
python -m mypy
python -m mypy.stubtest foretaste._native
echo "the wheel passes"
