#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Writes docs/bounds.md from figures that were measured.

usage: bounds.py TEMPLATE FIGURES

FIGURES is a folder with pressure.json, as scripts/bench makes it. The template
is filled in as document.py does it. Prints the document.
"""
import json
import sys
from pathlib import Path

from document import bold, fill, number, table


def setting(machine, options):
    return (f"{machine['cpu']}, {machine['cpus']} CPUs, {machine['kernel']}, "
            f"{machine['compiler']}, fmag {machine['fmag']} at "
            f"{machine['commit']}, {machine['date'][:10]}; {options['rounds']} "
            f"rounds of {options['burst_us'] / 1000:g} ms.")


def names(rows):
    return list(dict.fromkeys(row["allocator"] for row in rows))


def failed(row):
    if row is None:
        return ""
    return "none" if row["failed"] == 0 else number(row["failed_per_million"])


def rate(row):
    if row is None:
        return ""
    value = row["frames_per_s"]
    return number(value["median"] / 1000) if value else "it spins"


def full(rows):
    """By allocator and threads: failures of a million, and frames a ms."""
    counts = sorted({row["threads"] for row in rows})
    found = {(row["allocator"], row["threads"]): row for row in rows}
    lines = []
    for name in names(rows):
        results = [found.get((name, count)) for count in counts]
        lines.append([bold(name)] + [failed(r) for r in results] +
                     [rate(r) for r in results])
    return table(["failed, of a million"] +
                 [f"{count} threads" for count in counts] +
                 [f"frames/ms, {count}" for count in counts], lines)


def tried(rows):
    """The fewest and the most allocations that a cell above is about."""
    counts = [row["allocs"] for row in rows]
    return f"{min(counts)} to {max(counts)}"


def taking(rows):
    lines = []
    for row in rows:
        calls = row["allocs"]
        lines.append(
            [bold(row["allocator"]), row["holders"], calls, row["came"],
             row["came_later"]] +
            [number(row[name] / calls)
             for name in ("barriers", "pokes", "depot_takes", "hal_calls")] +
            [f"{row['ns'][name]:.0f}" for name in ("p50", "p99", "max")])
    return table(["front", "CPUs that have frames", "allocs", "came",
                  "came later", "barriers a call", "pokes", "depot takes",
                  "HAL calls", "p50, ns", "p99", "max"], lines)


def trimmed(row):
    return "at each tick" if row["trims"] else "never"


def burst(rows):
    lines = []
    for row in rows:
        out = [tick["from_hal"] for tick in row["ticks"]]
        idle = row["steps_up"] + row["steps_down"]
        lines.append([bold(row["allocator"]), row["cpus"], trimmed(row),
                      max(out), out[idle - 1]] +
                     [out[idle + after] for after in (0, 1, 2)] + [out[-1]])
    return table(["frames out of the HAL", "CPUs", "trimmed", "at most",
                  "when the burst ends", "1 tick later", "2", "3", "10"],
                 lines)


def idle(rows):
    return table(["frames cached", "trimmed", "burst", "when it ends",
                  "1 tick later", "2", "3", "10"],
                 [[bold(row["allocator"]), trimmed(row), row["burst"]] +
                  row["cached"][:4] + [row["cached"][-1]] for row in rows])


def oneway(rows):
    return table(["frames out of the HAL at most", "rounds",
                  "in the first tenth of them", "in all"],
                 [[bold(row["allocator"]), row["rounds"],
                   row["most_in_first_tenth"], row["most"]] for row in rows])


def traffic(rows):
    return table(["of 1000 operations", "workload", "depot takes",
                  "sent to the depot", "HAL calls"],
                 [[bold(row["allocator"]), row["workload"]] +
                  [f"{row[name]:.3f}" for name in
                   ("depot_takes", "depot_direct", "hal_calls")]
                  for row in rows])


def versions(rows):
    found = {row["allocator"]: row["version"] for row in rows
             if row["version"]}
    return table(["allocator", "version"], list(found.items()))


def known(figures):
    options, machine = figures["options"], figures["machine"]
    return {
        "setting": setting(machine, options),
        "command": "`" + machine["command"] + "`",
        "frames": str(options["frames"]),
        "spare": str(options["frames_spare"]),
        "full": full(figures["full"]), "tried": tried(figures["full"]),
        "taking": taking(figures["taking"]),
        "burst": burst(figures["burst"]),
        "idle": idle(figures["idle"]), "oneway": oneway(figures["oneway"]),
        "traffic": traffic(figures["traffic"]),
        "versions": versions(figures["full"]),
    }


def main():
    if len(sys.argv) != 3:
        raise SystemExit(__doc__)
    template = Path(sys.argv[1]).read_text(encoding="utf-8")
    figures = json.loads(Path(sys.argv[2], "pressure.json").read_text())
    sys.stdout.write(fill(template, known(figures)))


if __name__ == "__main__":
    main()
