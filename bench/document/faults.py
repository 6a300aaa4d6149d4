#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Writes docs/faults.md from figures that were measured.

usage: faults.py TEMPLATE FIGURES

FIGURES is a folder with clean.json, faults.json, beside.json and retire.json, as
scripts/bench makes them. The template is filled in as document.py does it. Prints the
document.
"""
import json
import math
import statistics
import sys
from pathlib import Path

from document import (PERCENTILES, Figures, bold, fill, number, ratio, setting,
                      table, versions)

ZEROING = "fmag-rseq-inline"
CLEAN = "fmag-clean"
SCRUBBED_BESIDE = "fmag-clean-beside"
FRAME = 4096


class Tails:
    """Each allocator's calls of one workload: percentiles, and by round."""

    def __init__(self, run, workload, threads):
        self.found = {entry["allocator"]: entry for entry in run["latency"]
                      if (entry["workload"], entry["threads"]) ==
                      (workload, threads)}

    def ratio(self, name, to):
        """p99.9 of two in the same rounds: median, and its interval."""
        if name not in self.found or to not in self.found:
            return None
        one, other = (self.found[n]["tail_ns_by_round"] for n in (name, to))
        return interval([a / b for a, b in zip(one, other) if b > 0])


def interval(values):
    """The median, and its 95 % confidence interval by order statistics."""
    values = sorted(values)
    count = len(values)
    if count < 6:
        return None
    below, rank = 0.0, 0
    while below + math.comb(count, rank) / 2 ** count <= 0.025:
        below += math.comb(count, rank) / 2 ** count
        rank += 1
    rank = max(rank - 1, 0)
    return statistics.median(values), values[rank], values[count - 1 - rank]


def tail(run, name, percentile):
    return f"{Tails(run, 'faults', 1).found[name]['alloc_ns'][percentile]:.0f}"


def told(result):
    if result is None:
        return "not measured"
    return "{} ({} to {})".format(*(number(value) for value in result))


def percentiles(tails, verbs=("alloc", "free")):
    rows = []
    for name, entry in tails.found.items():
        for verb in verbs:
            text = "fault" if verb == "alloc" else "page torn down"
            values = entry[f"{verb}_ns"]
            rows.append([bold(name) if verb == "alloc" else "", text] +
                        [f"{values[p]:.0f}" for p in PERCENTILES] +
                        [f"{values['max']:.0f}"])
    return table(["ns", ""] + list(PERCENTILES) + ["max"], rows)


def pieces(figures, workload, threads):
    rows = []
    for name in figures.names:
        result = figures.get(workload, threads, name)
        if result:
            rows.append([bold(name), number(result["ns_min"]),
                         number(result["ns_median"]), ratio(result)])
    return table([workload, "ns a frame, at least", "median",
                  "times the floor"], rows)


def bandwidth(figures):
    rows = []
    for name in figures.names:
        row = [bold(name)]
        for threads in 1, 2:
            result = figures.get("scrub512", threads, name)
            if result:
                ns = result["ns_median"]
                row += [number(ns), number(threads * FRAME / ns)]
        if len(row) > 1:
            rows.append(row)
    return table(["scrub512", "ns a frame", "GB/s", "on 2 threads, ns",
                  "GB/s together"], rows)


def aim(figures, text, workload, name, most):
    result = figures.get(workload, 1, name)
    if result is None:
        return [text, f"<= {most} times the floor", "not measured", ""]
    value = result["ratio_to_floor"]
    reached = ("too noisy to tell" if value is None else
               "yes" if result["ci_high"] <= most else "no")
    return [text, f"<= {most} times the floor", ratio(result), reached]


def tail_aim(tails, text, name, to, least):
    found = tails.ratio(to, name)
    reached = "" if found is None else "yes" if found[1] >= least else "no"
    return [text, f">= {least} times lower", told(found), reached]


def tail_aims(run):
    rows = []
    for threads, where in (1, "1 thread"), (2, "2 threads"):
        tails = Tails(run, "faults", threads)
        for other, text in ((ZEROING, "zeroing in it"),
                            ("mutex-list", "zeroing in it, a locked HAL")):
            rows.append(tail_aim(
                tails, f"p99.9 of a fault: clean frames, against {text}; "
                f"{where}", CLEAN, other, 5))
    return rows


def aims(clean, retire, run):
    return table(["row", "aim", "measured", "reached"], [
        aim(clean, "zeroed alloc, clean frames ready", "ready512", CLEAN,
            1.5),
        *tail_aims(run),
        aim(retire, "retire at the hit", "retire512", "fmag-retire", 2.0)])


def cost(beside):
    """What scrubs on another CPU do to faults: by percentile, and in rounds."""
    found = {n: beside.found.get(n) for n in (CLEAN, SCRUBBED_BESIDE)}
    if None in found.values():
        return "not measured"
    rows = [[text] + [f"{found[name]['alloc_ns'][p]:.0f}" for p in PERCENTILES]
            for name, text in ((CLEAN, "the other CPU waits"),
                               (SCRUBBED_BESIDE, "it scrubs"))]
    return table(["ns of a fault"] + list(PERCENTILES), rows)


def known(clean_run, run, beside_run, retire_run):
    clean, retire = Figures(clean_run), Figures(retire_run)
    beside = Tails(beside_run, "beside", 2)
    return {
        "setting": setting(clean), "aims": aims(clean, retire, run),
        "clean-command": "`" + clean_run["machine"]["command"] + "`",
        "command": "`" + run["machine"]["command"] + "`",
        "beside-command": "`" + beside_run["machine"]["command"] + "`",
        "ready": pieces(clean, "ready512", 1),
        "retire-command": "`" + retire_run["machine"]["command"] + "`",
        "retire": pieces(retire, "retire512", 1),
        "retire-2": pieces(retire, "retire512", 2),
        "settled": pieces(retire, "settled512", 1),
        "settled-2": pieces(retire, "settled512", 2),
        "touched-ratio": told(Tails(run, "faultstouched", 1).ratio(ZEROING,
                                                                   CLEAN)),
        "ready-2": pieces(clean, "ready512", 2),
        "scrub": bandwidth(clean),
        "faults-1": percentiles(Tails(run, "faults", 1)),
        "faults-2": percentiles(Tails(run, "faults", 2)),
        "touched": percentiles(Tails(run, "faultstouched", 1), ("alloc",)),
        "beside": cost(beside),
        "zeroing": ZEROING,
        "beside-ratio": told(beside.ratio(SCRUBBED_BESIDE, CLEAN)),
        "floor-tail": tail(run, "floor", "p99.9"),
        "zeroing-median": tail(run, ZEROING, "p50"),
        "versions": versions(retire),
    }


def main():
    if len(sys.argv) != 3:
        raise SystemExit(__doc__)
    template = Path(sys.argv[1]).read_text(encoding="utf-8")
    runs = (json.loads(Path(sys.argv[2], f"{name}.json").read_text())
            for name in ("clean", "faults", "beside", "retire"))
    sys.stdout.write(fill(template, known(*runs)))


if __name__ == "__main__":
    main()
