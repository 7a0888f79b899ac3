#!/usr/bin/env bash
# other_ages.sh SOURCE WORK OMBUD COMPILER...: plugins built from the frozen candidate's headers, in C, C++ and Rust, keep today's rules
# with today's host; and a plugin of a newer minor works with a host that does not know it.
set -euo pipefail
root=$1 work=$2 ombud=$3; shift 3
frozen=$root/sdk/frozen/v1.0-rc
rm -rf "$work"; mkdir -p "$work"
fail() { cat "$work/log" >&2; echo "other_ages.sh: $*" >&2; exit 1; }
link=(-shared -fPIC -O2 -Wl,-z,defs -Wl,-z,now "-Wl,--version-script=$root/sdk/cmake/plugin.map" -fvisibility=hidden)
count=0
checked() { # HOW FILE SAMPLE [OPTION...]
  "$ombud" plugin check "$2" --manifest "$root/samples/$3/$3.xml" "${@:4}" >"$work/log" 2>&1 || fail "$1: $3"
  grep -q 'keeps the rules' "$work/log" || fail "$1: $3 was not checked"
  count=$((count + 1))
}
build() { # COMPILER INCLUDE
  local cxx=${1/clang/clang++} unique=()
  case $1 in gcc*) cxx=${1/gcc/g++} unique=(-fno-gnu-unique) ;; esac
  "$1" -std=c99 -I "$2/include" "${link[@]}" "$root/samples/hello_c/hello_c.c" -o "$work/hello_c.so"
  "$cxx" -std=c++17 -I "$2/include" -I "$2/cpp" "${link[@]}" "${unique[@]}" "$root/samples/hello_cpp/hello_cpp.cpp" -o "$work/hello_cpp.so"
}
for compiler in "$@"; do
  build "$compiler" "$frozen"
  checked "$compiler, frozen headers" "$work/hello_c.so" hello_c
  checked "$compiler, frozen headers" "$work/hello_cpp.so" hello_cpp
done
if command -v cargo >/dev/null; then
  mkdir -p "$work/rust/samples" "$work/rust/sdk/rust"
  cp -r "$root/samples/hello_rust" "$work/rust/samples/"
  cp -r "$frozen/rust/ombud" "$work/rust/sdk/rust/"
  cargo build --quiet --release --offline --manifest-path "$work/rust/samples/hello_rust/Cargo.toml" --target-dir "$work/target" >"$work/log" 2>&1 || fail "the frozen Rust layer does not build"
  checked "rustc, frozen layer" "$work/target/release/libhello_rust.so" hello_rust
fi

# A minor that is not there yet: longer tables and a longer answer, whose new members the plugin fills. This host passes them by.
cp -r "$root/sdk" "$work/newer"
sed -i 's/OMBUD_ABI_NEWEST 0u/OMBUD_ABI_NEWEST 1u/' "$work/newer/include/ombud/base.h"
sed -i 's/^} ombud_verdict;/    uint64_t newer;\n} ombud_verdict;/' "$work/newer/include/ombud/verdict.h"
sed -i 's/^} ombud_hook;/    void (*newer)(void);\n} ombud_hook;/' "$work/newer/include/ombud/hook.h"
sed -i 's/static const ombud_hook table{sizeof(ombud_hook), 0, \&judge};/static const ombud_hook table{sizeof(ombud_hook), 0, \&judge, [] {}};/; s/full.advice = to_view(verdict_.advice);/full.advice = to_view(verdict_.advice); full.newer = 4711;/' "$work/newer/cpp/ombud/plugin.hpp"
[ "$(grep -c 'newer' "$work/newer/include/ombud/hook.h")$(grep -c '4711\|\[\] {}' "$work/newer/cpp/ombud/plugin.hpp")" = 12 ] || { echo "other_ages.sh: the newer minor was not made" >&2; exit 1; }
build "$1" "$work/newer"
checked "a newer minor" "$work/hello_cpp.so" hello_cpp
[ "$count" -ge 3 ] || { echo "other_ages.sh: only $count plugins" >&2; exit 1; }
echo "$count plugins of other ages"
