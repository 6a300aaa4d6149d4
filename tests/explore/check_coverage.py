#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Shows that the explorer reaches every line and branch of the slow paths.

usage: check_coverage.py EXPLORER OBJECTS UNREACHED

EXPLORER is built with --coverage, its objects are below OBJECTS. It is run to
bound 1, then scenario by scenario to bound 2, until each line of the files below
was run, and each branch taken, but those named in UNREACHED. What
is named there must be unreached: by what was run, or, where FMAG_TEST_ALL is set,
by all scenarios to bound 2.
"""
import json
import os
import subprocess
import sys
from pathlib import Path

FILES = ("account/account.c", "cache/flush.c", "cache/home.c",
         "cache/local.c", "cache/park.c", "cache/refill.c", "cache/route.c",
         "cache/search.c", "cache/zeroed.c", "clean/scrub.c", "depot/depot.c",
         "front/claim.c", "front/owner.c", "front/rseq.c",
         "magazine/magazine.c", "reserve/reserve.c", "retire/annex.c",
         "retire/gather.c", "retire/grace.c")
# What bound 1 leaves is known to be reached by these. An order, no more: others
# follow while something is missing.
FIRST = ("account-few-too-many", "evacuate", "no-room", "no-slot",
         "rseq/clean-last-frame", "rseq/evacuate-drain", "rseq/no-slot",
         "rseq/park-without-room", "rseq/retire-elsewhere",
         "rseq/retire-timed-out", "rseq/retire-without-slots")
AT_ONCE = len(FIRST)  # scenarios, before the files are looked at again


def explore(explorer, *arguments):
    # What is found by chance would not be found each time.
    environment = {key: value for key, value in os.environ.items()
                   if key != "FMAG_TEST_ALL"}
    return subprocess.run([explorer, *arguments], check=True, text=True,
                          env=environment, stdout=subprocess.PIPE).stdout


def run(explorer, objects):
    """Runs ever more of it, as it is asked for."""
    for old in objects.rglob("*.gcda"):
        old.unlink()
    # NAME bound 1 COUNT schedules ...
    lines = explore(explorer, "--at-most", "1").splitlines()
    sizes = {line.split()[0]: int(line.split()[3]) for line in lines}
    names = sorted(sizes, key=lambda name: (name not in FIRST, sizes[name]))
    for begin in range(0, len(names), AT_ONCE):
        yield
        for scenario in names[begin:begin + AT_ONCE]:
            explore(explorer, scenario, "--at-most", "2")
    yield


def report(data):
    """gcov's account of one object."""
    gcov = os.environ.get("GCOV", "gcov")
    command = [gcov, "--branch-probabilities", "--json-format", "--stdout",
               str(data)]
    return json.loads(subprocess.run(command, check=True, text=True,
                                     capture_output=True).stdout)


def is_missed(line):
    if line["count"] == 0:
        return True
    return any(branch["count"] == 0 for branch in line["branches"])


def missed_lines(objects):
    """(file, line number, text, function) of what was not reached."""
    for data in sorted(objects.rglob("*.gcda")):
        for file in report(data)["files"]:
            short = next((f for f in FILES if file["file"].endswith("/" + f)),
                         None)
            if short is None:
                continue
            text = Path(file["file"]).read_text().splitlines()
            for line in filter(is_missed, file["lines"]):
                number = line["line_number"]
                yield (short, number, text[number - 1].strip(),
                       line["function_name"])


def name(function, text=None):
    return f"{function}()" if text is None else f"{function}(): {text}"


def read_exceptions(path):
    """The pairs (file, line or function)."""
    lines = (line.strip() for line in path.read_text().splitlines())
    fields = [line.split(" | ") for line in lines
              if line and not line.startswith("#")]
    for field in fields:
        if len(field) != 3:
            sys.exit(f"{path}: not FILE | WHAT | WHY: {' | '.join(field)}")
    return {(file, what) for file, what, why in fields}


def judge(objects, exceptions):
    """The exceptions that are some, and what else was missed."""
    used, missed = set(), []
    for file, number, text, function in missed_lines(objects):
        names = {(file, name(function, text)), (file, name(function))}
        names &= exceptions
        used |= names
        if not names:
            missed.append(f"src/{file}:{number}: not reached, or one way "
                          f"only: {text}")
    return used, missed


def main():
    explorer, objects, unreached = (Path(a) for a in sys.argv[1:4])
    exceptions = read_exceptions(unreached)
    for _ in run(explorer, objects):
        if "FMAG_TEST_ALL" in os.environ:
            continue
        used, missed = judge(objects, exceptions)
        if not missed:
            break
    used, missed = judge(objects, exceptions)
    for line in missed:
        print(line)
    failed = bool(missed)
    for file, what in sorted(exceptions - used):
        failed = True
        print(f"{unreached}: reached by now: {file} | {what}")
    return failed


if __name__ == "__main__":
    sys.exit(main())
