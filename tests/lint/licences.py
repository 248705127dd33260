#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Check that the licence of every tracked file is stated.

licences.py [TREE]

A file states its licence with an SPDX tag in its first 5 lines.  A file that cannot
carry a tag is matched by a "Files:" pattern of .reuse/dep5, whose form is described
in the REUSE specification, version 3.0, and in Debian's copyright format 1.0.  Every
pattern there must match a file, so that the list does not outlive what it is about.
Prints what is missing and exits with 1 if anything is.
"""
import os
import re
import subprocess
import sys

DEP5 = ".reuse/dep5"
TAG = re.compile(rb"SPDX-License-Identifier: (\S.*)")
TAG_LINES = 5

# The text of the licences, and the list itself: both are about licences.
EXEMPT = {"LICENSE", DEP5}


def tracked(tree):
    out = subprocess.run(["git", "-C", tree, "ls-files", "-z"], check=True,
                         capture_output=True).stdout
    return [os.fsdecode(name) for name in out.split(b"\0") if name]


def has_tag(path):
    with open(path, "rb") as f:
        return any(TAG.search(f.readline()) for _ in range(TAG_LINES))


def glob_to_regex(pattern):
    """In this format '*' and '?' match slashes too, and nothing else is special."""
    return re.compile("".join({"*": ".*", "?": "."}.get(c, re.escape(c)) for c in pattern),
                      re.S)


def parse_dep5(text):
    """Return the patterns of all paragraphs, and what is wrong with the paragraphs."""
    patterns, errors = [], []
    for paragraph in re.split(r"\n\s*\n", text.strip()):
        fields = dict(re.findall(r"^([\w-]+):[ \t]*(.*(?:\n[ \t].*)*)", paragraph, re.M))
        if "Files" not in fields:
            continue
        for field in ("Copyright", "License"):
            if not fields.get(field, "").strip():
                errors.append(f"{DEP5}: Files: {fields['Files']}: no {field}")
        patterns += fields["Files"].split()
    return patterns, errors


def check(tree):
    path = os.path.join(tree, DEP5)
    text = open(path, encoding="utf-8").read() if os.path.exists(path) else ""
    patterns, errors = parse_dep5(text)
    regexes = {pattern: glob_to_regex(pattern) for pattern in patterns}
    used = set()
    for name in tracked(tree):
        matching = [p for p, regex in regexes.items() if regex.fullmatch(name)]
        used.update(matching)
        full = os.path.join(tree, name)
        if name in EXEMPT or matching or not os.path.isfile(full):
            continue
        if not has_tag(full):
            errors.append(f"{name}: no licence")
    return errors + [f"{DEP5}: {p} matches no file" for p in patterns if p not in used]


def main():
    default = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../..")
    errors = check(sys.argv[1] if len(sys.argv) > 1 else default)
    for error in errors:
        print(error)
    return int(bool(errors))


if __name__ == "__main__":
    sys.exit(main())
