#!/usr/bin/env python3
"""rename_version.py FROM TO: copies a shared object, in which every version GLIBC_2.2.5 becomes GLIBC_2.99.

The names have the same length, so that nothing else moves."""
import sys

with open(sys.argv[1], "rb") as file:
    data = file.read()
old, new = b"GLIBC_2.2.5\0", b"GLIBC_2.99\0\0"
assert len(old) == len(new) and old in data, "no GLIBC_2.2.5 in it"
with open(sys.argv[2], "wb") as file:
    file.write(data.replace(old, new))
