#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Holds the includes of the tree against the layers of docs/layers.txt.

usage: check_layers.py [ROOT]

Prints FILE:LINE: and what is wrong for each violation, and exits with 1 if
there was one:
  - an include of a file that the including file's layer may not include,
  - a source or header in a directory that is in no layer,
  - a quoted include that names no file, or climbs by "..",
  - a layer that matches no directory or file, so that a misspelt line cannot
    pass for a rule,
  - a .c file below src that src/CMakeLists.txt does not name.

Quoted includes are looked up beside the including file, below src, below the
file's top directory and below that one's support; <fmag/...> below include.
Other <...> includes, of the compiler, the libc or Concurrency Kit, are not
judged here.
"""
import fnmatch
import re
import sys
from pathlib import Path

TOPS = ("include", "src", "bench", "tests", "tsan", "examples")
SUFFIXES = (".c", ".h", ".S", ".cc", ".cpp", ".hpp")
INCLUDE = re.compile(r'\s*#\s*include\s*(?:"([^"]+)"|<(fmag/[^>]+)>)')


def read_layers(path):
    """The layers as {pattern: [what it may include]}."""
    layers = {}
    for number, line in enumerate(path.read_text().splitlines(), 1):
        line = line.split("#")[0].strip()
        if not line:
            continue
        name, colon, allowed = line.partition(":")
        name = name.strip()
        if not colon or not name or name in layers:
            sys.exit(f"{path}:{number}: not a layer, or one that stands above")
        layers[name] = allowed.split()
    return layers


def matches(pattern, file):
    """Whether `file`, a path from the root, is `pattern` or lies below it."""
    if "*" in pattern:
        return fnmatch.fnmatch(file, pattern)
    return file == pattern or file.startswith(pattern + "/")


def layer_of(layers, file):
    """The most specific layer that `file` is in, or None."""
    found = [pattern for pattern in layers if matches(pattern, file)]
    return max(found, key=len, default=None)


def resolve(root, file, quoted, public):
    """The included file as a path from the root, or None."""
    if public:
        candidates = [f"include/{public}"]
    else:
        top = file.split("/")[0]
        places = [str(Path(file).parent), "src", top, f"{top}/support"]
        candidates = [f"{place}/{quoted}" for place in places]
    return next((c for c in candidates if (root / c).is_file()), None)


def sources(root):
    for top in TOPS:
        for path in sorted((root / top).rglob("*")):
            if path.suffix in SUFFIXES and path.is_file():
                yield path.relative_to(root).as_posix()


def check_include(root, layers, file, layer, quoted, public):
    """What is wrong with one include of `file`, or None."""
    name = quoted or public
    if ".." in name.split("/"):
        return f'"{name}" climbs; name it from src'
    target = resolve(root, file, quoted, public)
    if target is None:
        return f'"{name}" is no file of this tree'
    if any(matches(pattern, target) for pattern in [layer, *layers[layer]]):
        return None
    return f"{layer} may not include {target}"


def check_file(root, layers, file):
    layer = layer_of(layers, file)
    if layer is None:
        yield f"{file}:1: {Path(file).parent} is in no layer of docs/layers.txt"
        return
    text = (root / file).read_text(errors="replace")
    for number, line in enumerate(text.splitlines(), 1):
        found = INCLUDE.match(line)
        if not found:
            continue
        wrong = check_include(root, layers, file, layer, *found.groups())
        if wrong:
            yield f"{file}:{number}: {wrong}"


def check_layers_exist(root, layers):
    for name in [*layers, *(a for allowed in layers.values() for a in allowed)]:
        if not any(root.glob(name)):
            yield f"docs/layers.txt:1: {name} matches nothing in the tree"


def check_listed(root):
    cmake = root / "src/CMakeLists.txt"
    words = set(re.sub(r"#.*", "", cmake.read_text()).replace(")", " ").split())
    for path in sorted((root / "src").rglob("*.c")):
        name = path.relative_to(root / "src").as_posix()
        if name not in words:
            yield f"src/{name}:1: not named in src/CMakeLists.txt"


def check(root):
    """Every violation in the tree at `root`, as FILE:LINE: text."""
    layers = read_layers(root / "docs/layers.txt")
    found = list(check_layers_exist(root, layers))
    for file in sources(root):
        found.extend(check_file(root, layers, file))
    found.extend(check_listed(root))
    return found


def main():
    root = Path(sys.argv[1] if len(sys.argv) > 1 else ".").resolve()
    found = check(root)
    for line in found:
        print(line)
    checked = len(list(sources(root)))
    print(f"layers: {checked} files, {len(found)} violations")
    if checked == 0:
        sys.exit("layers: no source was found; is ROOT the top of the tree?")
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
