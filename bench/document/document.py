# SPDX-License-Identifier: BSD-2-Clause
"""What the pages of figures share: a run's figures, tables, and the template.

Each {{NAME}} of a template, alone on a line, becomes a table; {{NAME}} within a
line a figure. Every one must be known, so that no figure stands in a page that
no file has.
"""
import re

OURS = ("floor", "floor-inline", "empty")
BASE = "fmag-rseq"
# Of fewer there is no 95 % confidence interval.
FEWEST_ROUNDS = 6
PERCENTILES = ("p50", "p90", "p99", "p99.9", "p99.99")


class Figures:
    """What `fmag-bench run --json` wrote."""

    def __init__(self, run):
        self.machine = run["machine"]
        self.allocators = run["allocators"]
        self.names = [a["allocator"] for a in self.allocators]
        self.results = {(r["workload"], r["threads"], r["distance"],
                         r["allocator"]): r for r in run["results"]
                        if r["rounds"] >= FEWEST_ROUNDS}
        self.latency = {(l["threads"], l["allocator"]): l
                        for l in run["latency"]
                        if l.get("workload", "latency") == "latency"}

    def get(self, workload, threads, name, distance=None):
        return self.results.get((workload, threads, distance, name))

    def threads(self, workload):
        return sorted({key[1] for key in self.results if key[0] == workload})

    def peers(self):
        return [n for n in self.names
                if n not in OURS and not n.startswith("fmag")]

    def best_peer(self, workload, threads, distance=None):
        found = [r for r in (self.get(workload, threads, name, distance)
                             for name in self.peers()) if r]
        return min(found, key=lambda r: r["ns_median"], default=None)


def number(value):
    """Three digits that count, as a person writes them."""
    if value is None:
        return ""
    if value >= 100:
        return f"{value:.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def ratio(result):
    if result is None:
        return ""
    low, high = number(result["ci_low"]), number(result["ci_high"])
    if result["verdict"] == "too noisy":
        return f"too noisy ({low} to {high})"
    if result["verdict"] == "not distinguishable":
        return f"1 ({low} to {high})"
    return f"{number(result['ratio_to_floor'])} ({low} to {high})"


def table(head, rows):
    lines = ["| " + " | ".join(head) + " |", "|---" * len(head) + "|"]
    lines += ["| " + " | ".join(str(cell) for cell in row) + " |"
              for row in rows]
    return "\n".join(lines)


def bold(name):
    return f"**{name}**" if name.startswith("fmag") else name


def versions(figures):
    return table(["allocator", "version"],
                 [[fact["allocator"], fact["version"]]
                  for fact in figures.allocators if fact["version"]])


def setting(figures):
    machine = figures.machine
    fifo = ("SCHED_FIFO where each thread has a CPU"
            if machine["scheduler"] == "fifo" else "no real-time scheduling")
    return (f"{machine['cpu']}, {machine['cpus']} CPUs, {machine['kernel']}, "
            f"{machine['compiler']}, fmag {machine['fmag']} at "
            f"{machine['commit']}, {machine['date'][:10]}; "
            f"{machine['rounds']} rounds of {machine['burst_us']:.0f} us, "
            f"{fifo}.")


def fill(template, values):
    def value(match):
        if match[1] not in values:
            raise SystemExit(f"document: {{{{{match[1]}}}}} is not known")
        return values[match[1]]
    return re.sub(r"\{\{([\w-]+)\}\}", value, template)
