#!/usr/bin/env bash
# reference.sh SOURCE WORK: the reference page names every struct of the ABI and every function of its tables, as links that lead somewhere.
set -euo pipefail
root=$1 work=$2
rm -rf "$work"; mkdir -p "$work"
page=$work/reference.html
"$root/sdk/make_reference" "$root/sdk/include" "$page"
fail() { echo "reference.sh: $*" >&2; exit 1; }
for name in $(sed -nE 's/^typedef struct (ombud_[a-z_]+) \{.*/\1/p' "$root"/sdk/include/ombud/*.h) ombud_hook.judge ombud_host.get_extension ombud_module_entry_v1; do
  grep -q ">$name</a></li>" "$page" || fail "$name is not in its index"
done
for target in $(grep -o 'href="#[^"]*"' "$page" | sort -u | sed 's/href="#//; s/"$//'); do
  grep -q "id=\"$target\"" "$page" || fail "a link to #$target leads nowhere"
done
grep -q 'a forgotten answer never allows' "$page" || fail "the headers' comments are not in it"
