#!/usr/bin/env bash
# headers.sh SOURCE COMPILER...: every header of the SDK compiles alone, without a warning, in the languages it promises.
set -euo pipefail
root=$1; shift
warnings=(-Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wundef -Werror -fsyntax-only)
count=0
try() { # COMPILER LANGUAGE STANDARD HEADER
  if ! printf '#include <ombud/%s>\ntypedef int not_empty;\n' "$4" |
       "$1" -x "$2" -std="$3" "${warnings[@]}" -I "$root/sdk/include" -I "$root/sdk/cpp" -; then
    echo "headers.sh: ombud/$4 does not compile alone: $1 -std=$3" >&2
    exit 1
  fi
  count=$((count + 1))
}
for compiler in "$@"; do
  for header in "$root"/sdk/include/ombud/*.h; do
    for standard in c99 c11; do try "$compiler" c $standard "${header##*/}"; done
    for standard in c++17 c++20; do try "$compiler" c++ $standard "${header##*/}"; done
  done
  for header in "$root"/sdk/cpp/ombud/*.hpp; do try "$compiler" c++ c++17 "${header##*/}"; done
  try "$compiler" c++ c++20 plugin.hpp # takes in most of the others
done
[ "$count" -gt 80 ] || { echo "headers.sh: only $count compilations; were the headers moved?" >&2; exit 1; }
echo "$count compilations"
