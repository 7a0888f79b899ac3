#!/usr/bin/env bash
# elf.sh SOURCE WORK COMPILER...: what a host reads of a plugin before running it survives every way to link one, and the
# link rules hold: the ABI note, exactly one exported symbol, nothing that pins the library in memory.
set -euo pipefail
root=$1 work=$2; shift 2
rm -rf "$work"; mkdir -p "$work"
fail() { echo "elf.sh: $*" >&2; exit 1; }

looks_right() { # FILE HOW
  local file=$1 how=$2 note exported # NT_VERSION is what readelf calls type 1, whoever the owner
  note=$(readelf --wide --notes "$file" | tr -s ' \t' ' ' | grep '^ Ombud ' || true)
  [ "$note" = " Ombud 0x00000008 NT_VERSION (version) description data: 01 00 00 00 00 00 00 00 " ] ||
    fail "$how: no ABI note {1, 0}, but \"$note\""
  readelf --wide --sections "$file" | grep -q ' \.note\.ombud\.abi *NOTE ' || fail "$how: the note is in no NOTE section"
  exported=$(nm -D --defined-only "$file" | awk '{print $3}')
  [ "$exported" = ombud_module_entry_v1 ] || fail "$how: exports $(echo $exported)"
  ! readelf --wide --syms "$file" | grep -q ' UNIQUE ' || fail "$how: has STB_GNU_UNIQUE symbols"
  ! readelf --wide --dynamic "$file" | grep -q TEXTREL || fail "$how: has text relocations"
  readelf --wide --segments "$file" | grep GNU_STACK | grep -q 'RW ' || fail "$how: has an executable stack"
}

link=(-shared -fPIC -O2 -Wl,-z,defs "-Wl,--version-script=$root/sdk/cmake/plugin.map" -fvisibility=hidden)
for compiler in "$@"; do
  case $compiler in *clang*) cxx=$compiler++ unique=() ;; *) cxx=${compiler%gcc*}g++${compiler##*gcc} unique=(-fno-gnu-unique) ;; esac
  for how in "" "-ffunction-sections -fdata-sections -Wl,--gc-sections -s" "-flto -Wl,--gc-sections -s"; do
    lld=(); case "$compiler $how" in *clang*-flto*) lld=(-fuse-ld=lld) ;; esac
    "$compiler" -std=c99 -I "$root/sdk/include" "${link[@]}" $how "${lld[@]}" "$root/samples/hello_c/hello_c.c" -o "$work/c.so"
    looks_right "$work/c.so" "$compiler ${how:-plain}"
    "$cxx" -std=c++17 -I "$root/sdk/include" -I "$root/sdk/cpp" "${link[@]}" "${unique[@]}" $how "${lld[@]}" \
      "$root/samples/hello_cpp/hello_cpp.cpp" -o "$work/cpp.so"
    looks_right "$work/cpp.so" "$cxx ${how:-plain}"
  done
done

# A plugin that calls into its host by symbol does not link.
printf 'void ombud_private(void);\nvoid *ombud_module_entry_v1(void) { ombud_private(); return 0; }\n' > "$work/undefined.c"
! "$1" "${link[@]}" "$work/undefined.c" -o "$work/undefined.so" 2>/dev/null || fail "an undefined symbol went unnoticed"
