#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Holds the documents against the tree.

usage: check_readme.py [ROOT]

Prints FILE:LINE: and what is wrong, and exits with 1, where in README.md,
CONTRIBUTING.md, bench/README.md or docs/**/*.md
  - a block of C is not marked, by <!-- example: NAME --> on the line before it,
    as the region /* [NAME] */ ... /* [/NAME] */ of a file in examples/, which
    is compiled and run,
  - a marked block differs from its region in more than common indentation,
  - a link to a file of this tree leads nowhere.
"""
import re
import sys
import textwrap
from pathlib import Path

REGION = re.compile(r"^[ \t]*/\* \[(\w+)\] \*/\n(.*?)^[ \t]*/\* \[/\1\] \*/\n",
                    re.DOTALL | re.MULTILINE)
BLOCK = re.compile(r"(?:^<!-- example: (\w+) -->\n)?^```c\n(.*?)^```$",
                   re.DOTALL | re.MULTILINE)
LINK = re.compile(r"\]\(([^)#\s]+)[^)]*\)")


def regions(root):
    """The marked regions of the examples as {name: text}."""
    found = {}
    for path in sorted((root / "examples").glob("*.c")):
        for name, text in REGION.findall(path.read_text()):
            found[name] = textwrap.dedent(text)
    return found


def line_of(text, offset):
    return text.count("\n", 0, offset) + 1


def check_blocks(text, examples):
    """What is wrong with the blocks of C in `text`, as (line, what)."""
    for block in BLOCK.finditer(text):
        name, code = block.groups()
        line = line_of(text, block.start())
        if name is None:
            yield line, "a block of C that no example compiles"
        elif name not in examples:
            yield line, f"no file in examples has a region [{name}]"
        elif textwrap.dedent(code) != examples[name]:
            yield line, f"differs from the region [{name}] in examples"


def check_links(text, root, file):
    """Which links of `text` lead nowhere, as (line, what)."""
    for link in LINK.finditer(text):
        target = link.group(1)
        if "://" in target or target.startswith("mailto:"):
            continue
        if not (root / file).parent.joinpath(target).exists():
            yield line_of(text, link.start()), f"no such file: {target}"


def check(root):
    """Every fault of the documents, as FILE:LINE: text."""
    examples = regions(root)
    files = [root / name for name in
             ("README.md", "CONTRIBUTING.md", "bench/README.md")]
    files += sorted((root / "docs").rglob("*.md"))
    for path in files:
        file = path.relative_to(root).as_posix()
        if not path.exists():
            yield f"{file}:1: missing"
            continue
        text = path.read_text()
        for line, what in [*check_blocks(text, examples),
                           *check_links(text, root, file)]:
            yield f"{file}:{line}: {what}"


def main():
    root = Path(sys.argv[1] if len(sys.argv) > 1 else ".").resolve()
    found = list(check(root))
    for line in found:
        print(line)
    print(f"docs: {len(regions(root))} examples, {len(found)} faults")
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
