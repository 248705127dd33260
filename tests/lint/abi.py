#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""The layout of the ioctl interface, the same for 64-bit and 32-bit programs.

abi.py HEADER EXPECTED [--write]

Compiles a program that prints size and offsets of every struct of the header and
all its constants, with -m64 and -m32, and compares both with the file EXPECTED.
"""
import re
import subprocess
import sys
import tempfile


def program(text):
    out = ["#include <linux/mheap.h>", "#include <stddef.h>", "#include <stdio.h>",
           "int main(void) {"]
    for name, body in re.findall(r"^struct (\w+) \{(.*?)^\};", text, re.S | re.M):
        out.append(f'printf("struct {name} %zu\\n", sizeof(struct {name}));')
        for member in re.findall(r"^\s+__\w+\s+(\w+)(?:\[\d+\])?;", body, re.M):
            out.append(f'printf(" {member} %zu %zu\\n", offsetof(struct {name}, {member}),'
                       f' sizeof(((struct {name} *)0)->{member}));')
    for name in re.findall(r"^#define (MHEAP_\w+)\s", text, re.M):
        out.append(f'printf("{name} %#llx\\n", (unsigned long long)({name}));')
    for body in re.findall(r"^enum \w+ \{(.*?)^\};", text, re.S | re.M):
        for name in re.findall(r"(MHEAP_\w+)", body):
            out.append(f'printf("{name} %d\\n", {name});')
    return "\n".join(out + ["return 0; }"])


def layout(source, include, mode):
    with tempfile.TemporaryDirectory() as folder:
        path = folder + "/abi"
        open(path + ".c", "w").write(source)
        subprocess.run(["gcc", mode, "-idirafter", "/usr/include/x86_64-linux-gnu", "-I",
                        include, "-static", "-o", path, path + ".c"], check=True)
        return subprocess.run([path], check=True, capture_output=True, text=True).stdout


def main():
    header, expected = sys.argv[1:3]
    source = program(open(header).read())
    include = re.sub(r"/linux/[^/]*$", "", header)
    wide = layout(source, include, "-m64")
    if "--write" in sys.argv:
        open(expected, "w").write(wide)
    narrow = layout(source, include, "-m32")
    want = open(expected).read()
    for what, got in (("64-bit", wide), ("32-bit", narrow)):
        if got != want:
            print(f"# {what} layout differs from {expected}:")
            for a, b in zip(got.splitlines(), want.splitlines()):
                if a != b:
                    print(f"#  got {a}, expected {b}")
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
