#!/usr/bin/env bash
# installed.sh SOURCE WORK: the SDK configures and installs alone, and the samples build from that installed copy, by
# find_package and by pkg-config, and load.
set -euo pipefail
root=$1 work=$2
rm -rf "$work"; mkdir -p "$work"
log=$work/log
fail() { cat "$log" >&2; echo "installed.sh: $*" >&2; exit 1; }
quiet() { "$@" >"$log" 2>&1 || fail "failed: $*"; }

quiet cmake -S "$root" -B "$work/sdk" -DOMBUD_SDK_ONLY=ON
quiet cmake --install "$work/sdk" --prefix "$work/first"
mv "$work/first" "$work/prefix" # an installed copy may be moved
export PKG_CONFIG_PATH=$work/prefix/share/pkgconfig

# The samples are copied away, so that nothing can be taken from the source tree by a relative path.
cp -r "$root/samples/hello_c" "$root/samples/hello_cpp" "$work/"
quiet cc -std=c99 -Wall -Wextra -Werror -I "$work/prefix/include" "$root/tests/sdk/load_plugin.c" -o "$work/load_plugin" -ldl
quiet cc -std=c99 "$work/hello_c/hello_c.c" $(pkg-config --cflags --libs ombud) -o "$work/hello_c-by-pkg-config.so"
quiet c++ -std=c++17 "$work/hello_cpp/hello_cpp.cpp" $(pkg-config --cflags --libs ombud) -o "$work/hello_cpp-by-pkg-config.so"
for sample in hello_c hello_cpp; do
  quiet cmake -S "$work/$sample" -B "$work/build-$sample" "-DCMAKE_PREFIX_PATH=$work/prefix"
  quiet cmake --build "$work/build-$sample"
  quiet cmake --install "$work/build-$sample" --prefix "$work/host"
  for file in "$work/host/lib/ombud/plugins/$sample.so" "$work/$sample-by-pkg-config.so"; do
    [ "$("$work/load_plugin" "$file" $sample)" = "$sample 0.1.0" ] || fail "$file does not load"
  done
  [ -s "$work/host/share/ombud/manifests/$sample.xml" ] || fail "the manifest of $sample was not installed"
done
# What the SDK's README shows compiles, each snippet by itself.
awk -v work="$work" '/^```[a-z]+$/ { file = work "/snippet" ++n "." substr($0, 4); next } /^```$/ { close(file); file = ""; next } file { print > file }' "$root/sdk/README.md"
count=0
for snippet in "$work"/snippet*; do
  case $snippet in
    *.c) quiet cc -std=c99 -Wall -Wextra -Werror "$snippet" $(pkg-config --cflags --libs ombud) -o "$snippet.so" ;;
    *.cpp) quiet c++ -std=c++17 -Wall -Wextra -Werror "$snippet" $(pkg-config --cflags --libs ombud) -o "$snippet.so" ;;
    *.xml) quiet xmllint --noout --schema "$root/manifests/schema/module.xsd" "$snippet" ;;
    *.rust)
      command -v cargo >/dev/null || continue
      mkdir -p "$work/snippet/src"
      cp "$snippet" "$work/snippet/src/lib.rs"
      cp -r "$work/prefix/share/ombud/rust/ombud" "$work/snippet/"
      sed 's/my_plugin/greeter/' "$work/prefix/share/ombud/templates/rust/Cargo.toml" > "$work/snippet/Cargo.toml"
      quiet cargo build --offline --manifest-path "$work/snippet/Cargo.toml" ;;
    *) fail "nobody compiles $snippet" ;;
  esac
  count=$((count + 1))
done
[ "$count" -ge 3 ] || fail "only $count snippets in the README"
! grep -rlF "$root" "$work/prefix" | grep . || fail "the installed files above name the source tree"
