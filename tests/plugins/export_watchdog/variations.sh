#!/usr/bin/env bash
# variations.sh TEST GENERATOR COUNT: plays traces of that many other seeds, so that nothing is tuned to one file.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
for seed in $(seq 2 $(($3 + 1))); do
  PYTHONDONTWRITEBYTECODE=1 python3 "$2" "$folder/$seed" --seed "$seed"
done
OMBUD_TRACES=$folder "$1" "[traces]"
