#!/usr/bin/env bash
# abi_diff.sh SOURCE WORK: today's headers, pinned to the frozen candidate's minor (OMBUD_ABI_TARGET), have its ABI, told by abidiff without
# suppressions; abidiff is seen to tell each kind of break; and a minor that is not there yet passes pinned, and is seen when it is not.
set -euo pipefail
root=$1 work=$2
frozen=$root/sdk/frozen/v1.0-rc
frozen_minor=0
rm -rf "$work"; mkdir -p "$work"
fail() { echo "abi_diff.sh: $*" >&2; exit 1; }
differs() { # INCLUDE [MINOR]: whether its ABI is another than the frozen one; "$work/diff" has it
  "$root/sdk/abi_probe" "$1" "$work/other.xml" ${2:+"$2"} || fail "there is no probe of $1"
  ! abidiff "$frozen/abi.xml" "$work/other.xml" > "$work/diff"
}
! differs "$root/sdk/include" $frozen_minor ||
  { cat "$work/diff" >&2; fail "pinned to 1.$frozen_minor the ABI is not that of $frozen: grow at the end, within #if OMBUD_ABI_TARGET >= N, or, as long as nothing is promised, sdk/freeze"; }

edit() { # WHAT FILE SED, in $work/copy
  cp "$work/copy/ombud/$2" "$work/before"
  sed -i -E "$3" "$work/copy/ombud/$2"
  ! cmp -s "$work/before" "$work/copy/ombud/$2" || fail "$1: the test changed nothing in $2"
}
afresh() { rm -rf "$work/copy"; cp -r "$root/sdk/include" "$work/copy"; }
breaks() { # WHAT HEADER SED
  afresh
  edit "$@"
  differs "$work/copy" $frozen_minor || fail "$1 went unnoticed"
}
breaks "a member that became smaller" feed.h 's/uint32_t level, ombud_view note/uint16_t level, ombud_view note/'
breaks "two members that changed places" verdict.h 's/^    ombud_view rule_id;.*/    ombud_view swapped;/; s/^    ombud_view reason; .*/    ombud_view rule_id;/; s/swapped/reason/'
breaks "a function that takes one argument more" observer.h 's/const ombud_event \*event\);/const ombud_event *event, uint32_t more);/'
breaks "a member in the middle" hook.h 's/^    uint64_t call_id;/    uint64_t more; uint64_t call_id;/'
breaks "a frozen struct that grew" event.h 's/^    uint16_t flags;$/    uint16_t flags; uint64_t more;/'
breaks "a member at the end that names no minor" verdict.h 's/^\} ombud_verdict;/    uint64_t more;\n} ombud_verdict;/'

# The next minor, made up: a member and a function at the ends of what grows, and a struct that was not there.
next=$((frozen_minor + 1))
afresh
edit "the next minor" base.h "s/^(#define OMBUD_ABI_NEWEST) [0-9]+u/\\1 ${next}u/"
edit "a member of the next minor" verdict.h "s/^\} ombud_verdict;/#if OMBUD_ABI_TARGET >= $next\n    uint64_t newer;\n#endif\n&/"
edit "a function of the next minor" hook.h "s/^\} ombud_hook;/#if OMBUD_ABI_TARGET >= $next\n    void (*newer)(void);\n#endif\n&/"
edit "a struct of the next minor" web.h "s/^typedef struct ombud_web_answer/#if OMBUD_ABI_TARGET >= $next\ntypedef struct ombud_newer {\n    uint32_t struct_size;\n} ombud_newer;\n#endif\n&/"
! differs "$work/copy" $frozen_minor || { cat "$work/diff" >&2; fail "pinned to 1.$frozen_minor, headers of 1.$next are not those of 1.$frozen_minor"; }
differs "$work/copy" || fail "what 1.$next adds went unnoticed where nothing is pinned"
for added in "ombud_newer" "'uint64_t newer'" "'void ()* newer'"; do
  grep -qF "$added" "$work/diff" || { cat "$work/diff" >&2; fail "abidiff does not tell of $added"; }
done
size=$(sed -n 's/^SIZE(ombud_verdict, \([0-9]*\));$/\1/p' "$root/tests/sdk/layout.c")
pinned() { # FLAG CONDITION
  printf '#include <ombud/verdict.h>\n_Static_assert(%s, "");\n' "$2" | gcc -std=c11 -fsyntax-only ${1:+"$1"} -I "$work/copy" -x c - 2>"$work/log"
}
pinned -DOMBUD_ABI_TARGET=$frozen_minor "OMBUD_ABI_MINOR == $frozen_minor && sizeof(ombud_verdict) == $size" || { cat "$work/log" >&2; fail "pinned, a plugin is not compiled for 1.$frozen_minor"; }
pinned "" "OMBUD_ABI_MINOR == $next && sizeof(ombud_verdict) == $size + 8" || { cat "$work/log" >&2; fail "not pinned, a plugin is not compiled for 1.$next"; }
! pinned -DOMBUD_ABI_TARGET=$((next + 1)) 1 || fail "a minor that the headers do not know is accepted"
grep -q 'do not know' "$work/log" || { cat "$work/log" >&2; fail "a minor that the headers do not know is refused without a word"; }
echo "the ABI is that of ${frozen##*/}; 6 breaks and one newer minor were seen"
