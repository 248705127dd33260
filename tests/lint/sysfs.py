#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Compare the description of the sysfs files with the code that makes them.

sysfs.py uapi/sysfs-mheap module/sysfs.c
"""
import re
import sys

MODES = {"RW": "0644", "WO": "0200", "RO": "0444"}


def described(path):
    files = {}
    for block in open(path).read().strip().split("\n\n"):
        names = re.findall(r"^What:\s+\S*/<heap id>/(\w+)$|^What:\s+/sys/.*/(\w+)$", block, re.M)
        access = re.search(r"^Description:\s+\((\w\w)\) \S", block, re.M)
        for field in ("Date", "KernelVersion", "Contact", "Description"):
            if not re.search(rf"^{field}:\s+\S", block, re.M):
                print(f"# {names}: no {field}")
        for a, b in names:
            files[a or b] = MODES[access.group(1)] if access else None
    return files


def made(path):
    text = open(path).read()
    files = dict(re.findall(r"^MHEAP_ATTR\((\w+), (\d+),", text, re.M))
    listed = set(re.findall(r"&attr_(\w+)\.attr", text))
    for name in set(files) ^ listed:
        print(f"# {name}: defined or listed, not both")
    return files if set(files) == listed else {}


def main():
    text, code = described(sys.argv[1]), made(sys.argv[2])
    for name in sorted(set(text) | set(code)):
        if text.get(name) != code.get(name):
            print(f"# {name}: described as {text.get(name)}, made as {code.get(name)}")
    return int(text != code or not code)


if __name__ == "__main__":
    sys.exit(main())
