#!/usr/bin/env bash
# rust.sh SOURCE WORK CARGO: the Rust layer's own tests pass, without a network and without crates. Copied away first, since cargo
# writes beside what it builds.
set -euo pipefail
root=$1 work=$2 cargo=$3
rm -rf "$work"; mkdir -p "$work"
cp -r "$root/sdk/rust/ombud" "$work/ombud"
"$cargo" test --quiet --offline --manifest-path "$work/ombud/Cargo.toml" --target-dir "$work/target" >"$work/log" 2>&1 || { tail -40 "$work/log" >&2; exit 1; }
grep -q '^test result: ok. 6 passed' "$work/log" || { cat "$work/log" >&2; echo "rust.sh: not the six tests that there are" >&2; exit 1; }
! grep -q '^\[\[package\]\]' <(sed '0,/^\[\[package\]\]/d' "$work/ombud/Cargo.lock") || { echo "rust.sh: the layer needs a crate" >&2; exit 1; }
