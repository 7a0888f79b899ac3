#!/usr/bin/env bash
# abi_diff.sh SOURCE WORK: today's headers have the ABI of the frozen candidate, told by abidiff without suppressions; and abidiff is
# seen to tell each kind of break.
set -euo pipefail
root=$1 work=$2
frozen=$root/sdk/frozen/v1.0-rc
rm -rf "$work"; mkdir -p "$work"
fail() { echo "abi_diff.sh: $*" >&2; exit 1; }
"$root/sdk/abi_probe" "$root/sdk/include" "$work/now.xml"
abidiff "$frozen/abi.xml" "$work/now.xml" > "$work/diff" || { cat "$work/diff" >&2; fail "the ABI is not that of sdk/frozen/v1.0-rc: grow at the end in a new minor, or, as long as nothing is promised, sdk/freeze"; }

breaks() { # WHAT HEADER SED
  rm -rf "$work/broken"; cp -r "$root/sdk/include" "$work/broken"
  sed -i -E "$3" "$work/broken/ombud/$2"
  ! cmp -s "$work/broken/ombud/$2" "$root/sdk/include/ombud/$2" || fail "$1: the test changed nothing in $2"
  "$root/sdk/abi_probe" "$work/broken" "$work/broken.xml"
  ! abidiff "$frozen/abi.xml" "$work/broken.xml" > "$work/diff" || fail "$1 went unnoticed"
}
breaks "a member that became smaller" feed.h 's/uint32_t level, ombud_view note/uint16_t level, ombud_view note/'
breaks "two members that changed places" verdict.h 's/^    ombud_view rule_id;.*/    ombud_view swapped;/; s/^    ombud_view reason; .*/    ombud_view rule_id;/; s/swapped/reason/'
breaks "a function that takes one argument more" observer.h 's/const ombud_event \*event\);/const ombud_event *event, uint32_t more);/'
breaks "a member in the middle" hook.h 's/^    uint64_t call_id;/    uint64_t more; uint64_t call_id;/'
breaks "a frozen struct that grew" event.h 's/^    uint16_t flags;$/    uint16_t flags; uint64_t more;/'
