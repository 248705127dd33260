#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Calls go down: holds the module's includes and symbols against the floors of its design.

floors.py DESIGN.md MODULE OBJECTS   exit status 1 if a file calls or includes upwards

DESIGN.md has a table, the ground floor last, whose rows begin with "| floor N |" and name
their files in backquotes, without ending.  A file may include and call what stands on a
lower floor than its own, or before it on its own, and nothing else.  So there can be no
circle.  OBJECTS is a folder in which MODULE was compiled.
"""
import pathlib
import re
import subprocess
import sys

# What the pure collector may know; and who may enter the folder of the opcodes.
PURE = {"block", "compat", "limits", "object"}
ENTERS_OP = {"submit"}


ERRORS = []


def complain(text):
    ERRORS.append(text)


def floors_of(design):
    """Return {file: (floor, position)}, the ground floor being the lowest number."""
    floors = {}
    for line in design.read_text(encoding="utf-8").splitlines():
        row = re.match(r"\| floor (\d+) \|([^|]*)\|", line)
        for name in re.findall(r"`([\w/]+)`", row.group(2)) if row else []:
            if name in floors:
                complain(f"{name} is on two floors")
            floors[name] = (int(row.group(1)), len(floors))
    return floors


def sources(module):
    """Return {file without ending: [paths]} of all files of the module."""
    found = {}
    for path in sorted(module.rglob("*.[ch]")):
        found.setdefault(str(path.relative_to(module).with_suffix("")), []).append(path)
    return found


def includes(paths, known):
    for path in paths:
        for name in re.findall(r'^#include "([\w/]+)\.h"', path.read_text(encoding="utf-8"), re.M):
            if name in known:
                yield name, path


def symbols(obj):
    """Return (defined, undefined) symbols of an object file."""
    defined, undefined = set(), set()
    for line in subprocess.run(["nm", obj], capture_output=True, check=True, text=True).stdout.splitlines():
        kind, name = line.split()[-2:]
        if name.startswith(("mheap_", "__tracepoint_mheap", "__traceiter_mheap")):
            if kind == "U":
                undefined.add(name)
            elif kind in "TDBR":
                defined.add(name)
    return defined, undefined


def check_includes(known, floors):
    for name, paths in known.items():
        for other, path in includes(paths, known):
            if other != name and floors[other] >= floors[name]:
                complain(f"{path}: includes {other}.h which stands above it")
            if name.startswith("gc/") and not other.startswith("gc/") and other not in PURE:
                complain(f"{path}: the pure collector must not know {other}.h")
            if other.startswith("op/") and not name.startswith("op/") and name not in ENTERS_OP:
                complain(f"{path}: includes {other}.h, but only {', '.join(ENTERS_OP)} may enter op/")


def check_symbols(known, floors, objects):
    tables = {}
    for name, paths in known.items():
        if any(p.suffix == ".c" for p in paths):
            tables[name] = symbols(objects / "module" / f"{name}.o")
    owner = {symbol: name for name, (defined, _) in tables.items() for symbol in defined}
    calls = 0
    for name, (_, undefined) in tables.items():
        for symbol in sorted(undefined):
            other = owner.get(symbol)
            calls += other is not None
            if other and other != name and floors[other] >= floors[name]:
                complain(f"{name} uses {symbol} of {other}, which stands above it")
    return calls


def main():
    design, module, objects = map(pathlib.Path, sys.argv[1:])
    floors, known = floors_of(design), sources(module)
    for name in sorted(set(floors) ^ set(known)):
        complain(f"{name} is on no floor" if name in known else f"there is no {name}")
    if not ERRORS:
        check_includes(known, floors)
        calls = check_symbols(known, floors, objects)
        print(f"# {len(known)} files on {len({floor for floor, _ in floors.values()})} floors, {calls} symbols used across files")
        if not calls:
            complain("no symbol is used across files: these are not the objects")
    for line in ERRORS:
        print("#", line)
    return bool(ERRORS)


if __name__ == "__main__":
    sys.exit(main())
