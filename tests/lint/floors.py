#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Calls go down: holds the module's includes and symbols against the floors of its design.

floors.py DESIGN.md MODULE OBJECTS   exit status 1 if a file calls or includes upwards

DESIGN.md has a table, the ground floor last, whose rows begin with "| floor N |" and name
their files in backquotes, without ending.  A file may include and call what stands on a
lower floor than its own, or before it on its own, and nothing else.  So there can be no
circle.  OBJECTS is a folder in which MODULE was compiled.

The folder gc/ may know objects alone, and of the kernel no function but those below.  The
folder op/ is entered by one file.  A header declares only functions that its own file
defines, so that a call is charged to the file where it is written; op/ops.h is the list of
what the files of its folder do.
"""
import pathlib
import re
import subprocess
import sys

PURE = {"block", "compat", "limits", "object"}
PURE_KERNEL = {"memcpy", "memset", "warn_slowpath_fmt", "__warn_printk"}
ENTERS_OP = {"submit"}
SYSTEM = ("linux/", "uapi/", "kunit/", "trace/", "asm/")

# Made by the kernel's macros in trace.c and main.c.
GENERATED = re.compile(r"__(tracepoint|traceiter|probestub|SCK|SCT|bpf_trace|this_module|event)|(init|cleanup)_module$")

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


def may_use(name, other, floors):
    """Return why a file must not use another one, or None."""
    if other == name:
        return None
    if floors[other] >= floors[name]:
        return "which stands above it"
    if name.startswith("gc/") and not other.startswith("gc/") and other not in PURE:
        return "which the pure collector must not know"
    if other.startswith("op/") and not name.startswith("op/") and name not in ENTERS_OP:
        return f"but only {', '.join(ENTERS_OP)} may enter op/"
    return None


def check_includes(known, floors):
    for name, paths in known.items():
        for path in paths:
            text = path.read_text(encoding="utf-8")
            for target in re.findall(r'^\s*#\s*include\s*[<"]([^>"]+)[>"]', text, re.M):
                other = target.removesuffix(".h")
                if target.startswith(SYSTEM):
                    continue
                if other not in known:
                    complain(f"{path}: {target} is no path from module/ to a header there")
                    continue
                why = may_use(name, other, floors)
                if why:
                    complain(f"{path}: includes {target}, {why}")


def check_prototypes(known):
    """A header declares what its own file defines; op/ops.h declares what its folder does."""
    for name, paths in known.items():
        if name == "op/ops":
            paths = paths + [p for n, ps in known.items() if n.startswith("op/") for p in ps if p.suffix == ".c"]
        own = "".join(p.read_text(encoding="utf-8") for p in paths)
        for path in (p for p in paths if p.suffix == ".h"):
            text = re.sub(r"/\*.*?\*/", "", path.read_text(encoding="utf-8"), flags=re.S)
            for function in re.findall(r"^[a-z][\w\s\*]*?\b(mheap_\w+)\([^;{]*\)[^;{]*;", text, re.M):
                if not re.search(rf"\b{function}\([^;{{]*\)[^;{{]*\{{", own):
                    complain(f"{path}: declares {function}(), which {name} does not define")


def symbols(obj):
    """Return (defined, undefined) global symbols of an object file."""
    defined, undefined = set(), set()
    out = subprocess.run(["nm", "-g", obj], capture_output=True, check=True, text=True).stdout
    for fields in (line.split() for line in out.splitlines()):
        (undefined if len(fields) == 2 else defined).add(fields[-1])
    return defined, undefined


def check_symbols(known, floors, objects):
    tables = {name: symbols(objects / "module" / f"{name}.o")
              for name, paths in known.items() if any(p.suffix == ".c" for p in paths)}
    owner = {symbol: name for name, (defined, _) in tables.items() for symbol in defined}
    calls = 0
    for name, (defined, undefined) in tables.items():
        for symbol in sorted(defined):
            if not symbol.startswith("mheap_") and not GENERATED.match(symbol):
                complain(f"{name} defines {symbol}, which does not begin with mheap_")
        for symbol in sorted(undefined):
            other = owner.get(symbol)
            if not other and symbol.startswith("mheap_"):
                complain(f"{name} uses {symbol}, which nobody defines")
            elif not other and name.startswith("gc/") and symbol not in PURE_KERNEL:
                complain(f"{name} uses {symbol} of the kernel, but the collector is pure")
            why = other and may_use(name, other, floors)
            calls += other is not None
            if why:
                complain(f"{name} uses {symbol} of {other}, {why}")
    return calls


def main():
    design, module, objects = map(pathlib.Path, sys.argv[1:])
    floors, known = floors_of(design), sources(module)
    for name in sorted(set(floors) ^ set(known)):
        complain(f"{name} is on no floor" if name in known else f"there is no {name}")
    if not ERRORS:
        check_includes(known, floors)
        check_prototypes(known)
        calls = check_symbols(known, floors, objects)
        print(f"# {len(known)} files on {len({floor for floor, _ in floors.values()})} floors, "
              f"{calls} symbols used across files")
        if not calls:
            complain("no symbol is used across files: these are not the objects")
    for line in ERRORS:
        print("#", line)
    return bool(ERRORS)


if __name__ == "__main__":
    sys.exit(main())
