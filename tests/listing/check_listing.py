#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Holds what the hit is compiled to against what is recorded.

usage: check_listing.py [--write] ROOT WORK CK_INCLUDE COMPILER [FLAG...]

Compiles ROOT's verbs as the shared library's are, and a client with
fmag/inline.h, disassembles them, and follows the hit from entry to return
(listing.py). Exits with 1 where
  - a hit has a locked instruction, a fence, a call or a system call,
  - it has more instructions than expected.txt says, or, by the very compiler and
    disassembler that are recorded there, another number,
  - by those, a listing of docs/hit-path.md is not what was compiled,
  - that page's table is not what expected.txt says,
  - on AArch64, one of ORDERS is not in the code,
and with 77 where there is no such compiler or disassembler. --write records the
numbers, the table and the listings of this compiler instead.
"""
import os
import platform
import re
import shutil
import subprocess
import sys
from pathlib import Path

import listing

# The hits: as recorded, the source, its function.
HITS = (
    ("alloc", "src/cache/frames.c", "fmag_alloc_frame"),
    ("dealloc", "src/cache/frames.c", "fmag_dealloc_frame"),
    ("inline alloc", "tests/listing/client.c", "client_alloc"),
    ("inline dealloc", "tests/listing/client.c", "client_dealloc"),
)

ACQUIRE = ("acquiring load", r"ldar|ldapr")
SWAP_ACQUIRES = ("acquiring exclusive load or swap", r"ldaxr|cas(a|al)|swp(a|al)")
SWAP_RELEASES = ("releasing exclusive store or swap", r"stlxr|cas(l|al)")
RELEASE = ("releasing store", r"stlr")

# On AArch64, where a wrong order shows: one function for each kind of edge that
# the tables in the sources name; after the first name one that a compiler may or
# may not have compiled into it. x86-64's instructions are the same for all.
ORDERS = (
    # The one section that orders: what the holder of the magazine did before,
    # what the holder of the old one does after (fmag/detail/rseq_aarch64.h).
    ("src/front/rseq.c", "rseq_install install_here",
     (SWAP_ACQUIRES, SWAP_RELEASES)),
    # Word load and CAS of take: the frames are read in between.
    ("src/magazine/magazine.c", "fmag_magazine_take",
     (ACQUIRE, SWAP_ACQUIRES, SWAP_RELEASES)),
    # CAS of add: publishes the frames that were written before it.
    ("src/magazine/magazine.c", "fmag_magazine_add",
     (SWAP_ACQUIRES, SWAP_RELEASES)),
    # Publishes the local stores.
    ("src/magazine/magazine.c", "fmag_magazine_leave_slot",
     (SWAP_ACQUIRES, SWAP_RELEASES)),
    # Before the local stores. (It need not release.)
    ("src/magazine/magazine.c", "fmag_magazine_enter_slot", (SWAP_ACQUIRES,)),
    # A claim and its end.
    ("src/front/claim.c", "claim_detach", (SWAP_ACQUIRES, RELEASE)),
    # A scan's look at the slot (G4).
    ("src/front/claim.c", "claim_moves", (ACQUIRE,)),
)

LIBRARY_FLAGS = ("-fPIC", "-fvisibility=hidden", "-fno-semantic-interposition")
SHOWN = re.compile(r"(<!-- listing: (\S+) (\S+) ([a-z ]+?) -->\n```asm\n)"
                   r"(.*?)(^```$)", re.DOTALL | re.MULTILINE)
TABLE = re.compile(r"(<!-- counts -->\n)(.*?)(<!-- /counts -->)", re.DOTALL)
MACHINES = {"x86_64": "x86-64", "aarch64": "AArch64"}


FAULTS = []


def complain(text):
    FAULTS.append(text)
    print(text)


def run(*command):
    done = subprocess.run(command, capture_output=True, text=True,
                          env={**os.environ, "LC_ALL": "C"})
    if done.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))}:\n{done.stderr}")
    return done.stdout


def skip(what):
    print(f"skipped: there is no {what} (scripts/install-deps test)")
    sys.exit(1 if os.environ.get("CI") else 77)


class Compiler:
    def __init__(self, root, work, ck, command):
        self.root, self.work, self.command = root, work, command
        if not shutil.which(command[0]):
            skip(command[0])
        is_clang = "clang" in run(command[0], "--version")
        self.name = "clang" if is_clang else "gcc"
        self.machine = run(*command, "-dumpmachine").split("-")[0]
        if self.machine not in MACHINES:
            print(f"skipped: nothing is recorded for {self.machine}")
            sys.exit(77)
        self.objdump = "objdump"
        if self.machine != platform.machine():
            self.objdump = f"{self.machine}-linux-gnu-objdump"
        if not shutil.which(self.objdump):
            skip(self.objdump)
        version = "-dumpversion" if is_clang else "-dumpfullversion"
        self.version = (run(*command, version).strip() + "/" +
                        run(self.objdump, "--version").split("\n")[0].split()[-1])
        # CK's headers share a directory with the libc's: out of it.
        shutil.rmtree(work, ignore_errors=True)
        (work / "ck").mkdir(parents=True)
        for header in Path(ck).glob("ck_*.h"):
            shutil.copy(header, work / "ck")
        shutil.copytree(Path(ck) / "gcc", work / "ck" / "gcc")
        self.compiled = {}

    def has_libc(self):
        return subprocess.run(
            [*self.command, "-fsyntax-only", "-xc", "-"], text=True,
            input="#include <string.h>\n", capture_output=True).returncode == 0

    def functions(self, source):
        """The functions of a source as {name: instructions}."""
        if source in self.compiled:
            return self.compiled[source]
        output = self.work / (source.replace("/", "-") + ".o")
        flags = ["-fPIE"]
        if source.startswith("src/"):
            flags = [*LIBRARY_FLAGS, "-isystem", self.root / "src/ck",
                     "-isystem", self.work / "ck", "-I", self.root / "src"]
        if self.machine == "aarch64":
            flags.append("-mno-outline-atomics")
        run(*self.command, "-std=c11", "-O2", "-D_GNU_SOURCE", *flags,
            "-I", self.root / "include", "-c", self.root / source,
            "-o", output)
        text = run(self.objdump, "-dr", "--no-show-raw-insn", output)
        self.compiled[source] = listing.functions(self.machine, text)
        return self.compiled[source]

    def function(self, source, name):
        found = self.functions(source)
        if not found.get(name):
            raise listing.Bad("is not in the code")
        return found[name]

    def hits(self):
        """The hits as {what: path}."""
        found = {}
        for what, source, name in HITS:
            try:
                path = listing.hit(self.machine, self.function(source, name))
                listing.check_hit(self.machine, path)
                found[what] = path
            except listing.Bad as bad:
                complain(f"{source}: {name} {bad}")
        return found

    def check_orders(self):
        for source, names, needed in ORDERS:
            name, *inner = names.split()
            try:
                code = list(self.function(source, name))
                for other in inner:
                    code += self.functions(source).get(other, [])
                listing.check_orders(code, needed)
            except listing.Bad as bad:
                complain(f"{source}: {name} {bad}")


def read_records(path):
    """expected.txt as {(machine, compiler): (version, {what: count})}."""
    records = {}
    for line in path.read_text().splitlines():
        line = line.split("#")[0].strip()
        if not line:
            continue
        machine, compiler, version, counts = line.split(maxsplit=3)
        records[machine, compiler] = (version, {
            what.strip(): int(count) for what, count in
            (one.split(":") for one in counts.split(","))})
    return records


def write_records(path, records):
    head = "".join(line + "\n" for line in path.read_text().splitlines()
                   if line.startswith("#"))
    path.write_text(head + "".join(
        f"{machine} {compiler} {version} " +
        ", ".join(f"{what}: {count}" for what, count in counts.items()) + "\n"
        for (machine, compiler), (version, counts) in sorted(records.items(), reverse=True)))


def table(records):
    """The records as a table of Markdown."""
    names = [what for what, _, _ in HITS]
    lines = ["| | " + " | ".join(names) + " |",
             "|---|" + "---|" * len(names)]
    for (machine, compiler), (version, counts) in sorted(records.items(), reverse=True):
        cells = [str(counts.get(what, "")) for what in names]
        number = version.split("/")[0]
        lines.append(f"| {MACHINES[machine]}, {compiler} {number} | " +
                     " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def updated(text, compiler, hits, records):
    """The page with this compiler's listings, and the table."""
    def shown(found):
        begin, machine, name, what, _, end = found.groups()
        if (machine, name) != (compiler.machine, compiler.name):
            return found.group()
        return begin + "".join(one.shown() + "\n" for one in hits[what]) + end
    text = SHOWN.sub(shown, text)
    return TABLE.sub(lambda t: t.group(1) + table(records) + t.group(3), text)


def check_counts(key, version, counts, records):
    recorded_version, recorded = records.get(key, (None, {}))
    for what, count in counts.items():
        if what not in recorded:
            complain(f"{' '.join(key)}: {what} is not recorded: --write")
        elif count > recorded[what]:
            complain(f"{' '.join(key)} {version}: {what} has {count} "
                        f"instructions, not {recorded[what]} as by "
                        f"{recorded_version}")
        elif count < recorded[what] and version == recorded_version:
            complain(f"{' '.join(key)}: {what} has {count} instructions, "
                        f"fewer than the {recorded[what]} recorded: --write")


def main():
    arguments = sys.argv[1:]
    write = arguments[:1] == ["--write"]
    root, work, ck, *command = arguments[write:]
    root, work = Path(root).resolve(), Path(work).resolve()
    compiler = Compiler(root, work, ck, command)
    if not compiler.has_libc():
        skip(f"libc's headers for {compiler.machine}")
    expected = root / "tests/listing/expected.txt"
    page = root / "docs/hit-path.md"
    records, text = read_records(expected), page.read_text()
    key = compiler.machine, compiler.name
    hits = compiler.hits()
    counts = {what: len(path) for what, path in hits.items()}
    if compiler.machine == "aarch64":
        compiler.check_orders()
    if write and not FAULTS:
        records[key] = compiler.version, counts
        write_records(expected, records)
        page.write_text(updated(text, compiler, hits, records))
    elif not FAULTS:
        check_counts(key, compiler.version, counts, records)
        if TABLE.search(text).group(2) != table(records):
            complain("docs/hit-path.md: the table is not expected.txt's")
        if (records.get(key, ("",))[0] == compiler.version and
                updated(text, compiler, hits, records) != text):
            complain("docs/hit-path.md: its listings are not what "
                        f"{' '.join(key)} {compiler.version} makes: --write")
    print(" ".join(key), compiler.version,
          ", ".join(f"{what}: {count}" for what, count in counts.items()))
    if FAULTS:
        print("To record what there is now: cmake --build BUILD --target "
              "write-listings, with gcc and with clang")
        sys.exit(1)


if __name__ == "__main__":
    main()
