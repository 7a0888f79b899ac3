#!/usr/bin/env bash
# fuzz.sh SOURCE WORK RUNS: feeds RUNS malformed blobs to the event reader, under ASan and UBSan.
set -euo pipefail
root=$1 work=$2 runs=$3
rm -rf "$work"; mkdir -p "$work/corpus"
clang++ -std=c++17 -g1 -O1 -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all \
  -I "$root/sdk/include" -I "$root/sdk/cpp" "$root/tests/sdk/fuzz_event_reader.cpp" -o "$work/fuzz_event_reader"
"$work/fuzz_event_reader" -runs="$runs" -seed=1 -max_len=512 -len_control=0 -artifact_prefix="$work/" "$work/corpus" 2>"$work/log" ||
  { tail -40 "$work/log" >&2; exit 1; }
tail -2 "$work/log"
