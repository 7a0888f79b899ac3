#!/usr/bin/env bash
# layout.sh SOURCE COMPILER...: the golden layout holds for each compiler, as C99 and as C++20.
set -euo pipefail
root=$1; shift
for compiler in "$@"; do
  flags=(-Wall -Wextra -Werror -fsyntax-only -I "$root/sdk/include" "$root/tests/sdk/layout.c")
  "$compiler" -std=c99 "${flags[@]}" || { echo "layout.sh: not the golden layout: $compiler as C99" >&2; exit 1; }
  "$compiler" -x c++ -std=c++20 "${flags[@]}" || { echo "layout.sh: not the golden layout: $compiler as C++20" >&2; exit 1; }
done

# The check itself must see a change: a number that is wrong does not compile.
if sed 's/SIZE(ombud_view, 16)/SIZE(ombud_view, 24)/' "$root/tests/sdk/layout.c" |
   "$1" -std=c99 -fsyntax-only -I "$root/sdk/include" -x c - 2>/dev/null; then
  echo "layout.sh: a wrong size went unnoticed" >&2
  exit 1
fi
