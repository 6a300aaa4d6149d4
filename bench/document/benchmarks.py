#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Writes docs/benchmarks.md from figures that were measured.

usage: benchmarks.py TEMPLATE FIGURES

FIGURES is a folder with run.json, rounds.json, runs.json, scaling.json and
instructions.json, as scripts/bench makes them. document.py says how the template
is filled in. Prints the document.
"""
import json
import sys
from pathlib import Path

from document import (BASE, PERCENTILES, Figures, bold, fill, number,
                      ratio, setting, table, versions)


def by_workload(figures, workloads, threads):
    rows = []
    for name in figures.names:
        results = [figures.get(w, threads, name) for w in workloads]
        if any(results):
            rows.append([bold(name)] + [ratio(r) for r in results])
    return table(["times the floor"] + workloads, rows)


def by_threads(figures, workload):
    counts = figures.threads(workload)
    rows = []
    for name in figures.names:
        results = [figures.get(workload, n, name) for n in counts]
        if any(results):
            rows.append([bold(name)] + [number(r["ns_median"]) if r else ""
                                        for r in results])
    return table([f"{workload}, ns"] + [f"{n} threads" if n > 1 else "1 thread"
                                        for n in counts], rows)


def shared(figures, workload):
    rows = []
    kinds = [d for d in ("near", "far")
             if figures.get(workload, 2, BASE, d)]
    for name in figures.names:
        row = [bold(name)]
        for distance in kinds:
            result = figures.get(workload, 2, name, distance)
            row += [number(result["ns_median"]) if result else "",
                    slower(result)]
        rows.append(row)
    head = [workload]
    for distance in kinds:
        rounds = figures.get(workload, 2, BASE, distance)["rounds"]
        head += [f"{distance} ({rounds} rounds), ns", f"slower than {BASE} in"]
    return table(head, rows)


def slower(result):
    if result is None or result.get("slower_rounds") is None:
        return ""
    return f"{result['slower_rounds']} of {result['rounds']}"


def latencies(figures, threads):
    rows = []
    for name in figures.names:
        found = figures.latency.get((threads, name))
        for verb in "alloc", "free":
            if found:
                values = found[f"{verb}_ns"]
                rows.append([bold(name) if verb == "alloc" else "", verb] +
                            [f"{values[p]:.0f}" for p in PERCENTILES] +
                            [f"{values['max']:.0f}"])
    word = "thread" if threads == 1 else "threads"
    return table([f"ns, {threads} {word}", ""] + list(PERCENTILES) + ["max"],
                 rows)


def inventory(figures):
    rows = []
    for fact in figures.allocators:
        if "frames" in fact:
            room = fact["frames_cacheable"]
            rows.append([bold(fact["allocator"]), fact["frames"], room,
                         number(fact["metadata_bytes"] / room),
                         fact["frames_stranded"]])
    return table(["allocator", "frames", "room for", "metadata, bytes a frame",
                  "frames stranded"], rows)


def instructions(figures, counts):
    found = {(r["allocator"], r["workload"]): r for r in counts["results"]}
    workloads = list(dict.fromkeys(r["workload"] for r in counts["results"]))
    rows = []
    for name in figures.names:
        row = [bold(name)]
        for workload in workloads:
            entry = found.get((name, workload), {})
            value = entry.get("instructions")
            star = "*" if entry.get("source") == "listing" else ""
            row.append(number(value) + star)
        rows.append(row)
    return table(["instructions an operation"] + workloads, rows)


def aim(figures, text, workload, name, threads, wanted):
    """A row of the table of aims: a ratio to the floor."""
    own = figures.get(workload, threads, name)
    peer = figures.best_peer(workload, threads)
    if own is None:
        return [text, wanted, "not measured", "", ""]
    value = own["ratio_to_floor"]
    if value is None:
        reached = "too noisy to tell"
    elif wanted >= 1 and own["verdict"] == "not distinguishable":
        reached = "yes"
    else:
        reached = "yes" if value <= wanted else "no"
    return [text, wanted, ratio(own), reached,
            f"{peer['allocator']} {ratio(peer)}" if peer else ""]


def threads_row(figures):
    cells, reached = [], "yes"
    one = figures.get("pair", 1, BASE)
    for threads in figures.threads("pair")[1:]:
        own = figures.get("pair", threads, BASE)
        cells.append(f"{threads}: {ratio(own)}")
        if own["ci_low"] > one["ci_high"]:
            reached = "no"
    return ["pair on more threads, by call", "as on 1", "; ".join(cells),
            reached, ""]


def prodcons_row(figures, distance):
    own = figures.get("prodcons", 2, BASE, distance)
    if own is None:
        return None
    lost = [r for r in (figures.get("prodcons", 2, name, distance)
                        for name in figures.peers())
            if r and r["slower_rounds"] < 0.9 * r["rounds"]]
    peer = figures.best_peer("prodcons", 2, distance)
    return [f"prodcons, {distance}", "below every peer in 9 of 10 rounds",
            f"{number(own['ns_median'])} ns", "no" if lost else "yes",
            f"{peer['allocator']} {number(peer['ns_median'])} ns, slower in "
            f"{slower(peer)}"]


def latency_row(figures, threads):
    own = figures.latency.get((threads, BASE))
    floor = figures.latency.get((threads, "floor"))
    if own is None or floor is None:
        return None
    ticks = {p: max(own[f"{v}_ns"][p] - floor[f"{v}_ns"][p]
                    for v in ("alloc", "free")) / own["tick_ns"]
             for p in ("p99.9", "p99.99")}
    reached = ticks["p99.9"] <= 1.05 and ticks["p99.99"] <= 2.05
    return [f"latency p99.9, p99.99 over the floor's, {threads} threads",
            "1, 2 ticks", f"{ticks['p99.9']:.1f}, {ticks['p99.99']:.1f}",
            "yes" if reached else "no", ""]


def metadata_row(figures):
    fact = next(a for a in figures.allocators if a["allocator"] == BASE)
    size = fact["metadata_bytes"] / fact["frames_cacheable"]
    return ["metadata, bytes for each frame that the cache has room for", 10,
            number(size), "yes" if size <= 10 else "no", ""]


def aims(figures):
    rows = [
        aim(figures, "pair, by call", "pair", BASE, 1, 1.10),
        aim(figures, "pair, inline", "pair", BASE + "-inline", 1, 0.60),
        aim(figures, "batch of 512, last first, inline", "lifo512",
            BASE + "-inline", 1, 0.45),
        aim(figures, "batch of 512, any order, inline", "random512",
            BASE + "-inline", 1, 0.45),
        aim(figures, "bulk of 32, a frame", "bulk32", BASE, 1, 1.5),
        threads_row(figures), prodcons_row(figures, "near"),
        prodcons_row(figures, "far"),
        aim(figures, "zeroed", "zeroed", BASE, 1, 1.5),
        latency_row(figures, 2), latency_row(figures, 8),
        metadata_row(figures)]
    return table(["row", "aim, times the floor", "measured", "reached",
                  "best peer"], [row for row in rows if row])


def scaling_tables(scaling):
    return {"scaling": scaling_counts(scaling), "usl": usl(scaling)}


def scaling_counts(scaling):
    rows = []
    for count in scaling["counts"]:
        shown = (2, 64, 1024) if count["transfers"] else (1024,)
        if (count["front"] != "rseq" or count["by"] != "one thread" or
                count["cpus"] not in shown):
            continue
        hottest = count["hottest_line"]
        rmw = sum(place["rmw"] for place in count["places"].values())
        rows.append([
            count["workload"], count["cpus"], number(rmw),
            number(count["transfers"]),
            number(hottest["transfers"]) if hottest else 0,
            number(count["depot_takes"]), number(count["hal_calls"])])
    return table(["of 1000 operations", "CPUs", "atomic changes",
                  "lines transferred", "the hottest line's", "depot takes",
                  "HAL calls"], rows)


def usl(scaling):
    rows = []
    for model in scaling["models"]:
        if model["allocator"] not in (BASE, "mutex-list"):
            continue
        law = model["usl"]
        last = model["points"][-1]
        peak = law["peak_cpus"]
        rows.append([
            model["allocator"], model["workload"], model["frames"],
            f"{last['speedup']:.1f} at {last['cpus']}", f"{law['sigma']:.2g}",
            f"{law['kappa']:.2g}", f"{peak:.0f} CPUs" if peak else "none",
            f"{100 * law['largest_error']:.0f} %"])
    return table(["allocator", "workload", "lines of frames are", "speed-up",
                  "sigma", "kappa", "peak", "off by at most"], rows)


def variants(figures, columns):
    """fmag made in several ways."""
    columns = [c for c in columns if figures.get(*c[:2], "floor", c[2])]
    names = [n for n in figures.names if n.startswith("fmag")]
    rows = [[name] + [ratio(figures.get(w, n, name, d)) for w, n, d in columns]
            for name in names]
    head = [" ".join([w, f"{n} threads" if n > 1 else "1 thread"] +
                     ([d] if d else [])) for w, n, d in columns]
    return table(["times the floor"] + head, rows)


def known(figures, sizes, runs, scaling, counts):
    values = {
        "rounds": variants(sizes, [
            ("pair", 1, None), ("lifo512", 1, None), ("guest4096", 1, None),
            ("guest4096", 2, None), ("prodcons", 2, "near"),
            ("prodcons", 2, "far")]),
        "runs": variants(runs, [("guest4096", 1, None),
                                ("guest4096", 2, None)]),
        "runs-command": "`" + runs.machine["command"] + "`",
        "rounds-command": "`" + sizes.machine["command"] + "`",
        "line": number(scaling["t_line_ns"]),
        "tick": number(max(l["tick_ns"] for l in figures.latency.values())),
        "setting": setting(figures), "aims": aims(figures),
        "command": "`" + figures.machine["command"] + "`",
        "alone": by_workload(figures, ["pair", "lifo512", "random512",
                                       "bulk32"], 1),
        "memory": by_workload(figures, ["touched512", "zeroed", "guest4096"],
                              1),
        "inventory": inventory(figures), "versions": versions(figures),
        "instructions": instructions(figures, counts),
    }
    values.update(scaling_tables(scaling))
    for workload in "pair", "lifo512", "bulk32":
        values[f"threads-{workload}"] = by_threads(figures, workload)
    for workload in "prodcons", "prodcons32", "imbalance":
        values[workload] = shared(figures, workload)
    for threads in 1, 2, 8:
        values[f"latency-{threads}"] = latencies(figures, threads)
    return values


def main():
    if len(sys.argv) != 3:
        raise SystemExit(__doc__)
    template = Path(sys.argv[1]).read_text(encoding="utf-8")
    run, rounds, runs, scaling, counts = (
        json.loads(Path(sys.argv[2], f"{name}.json").read_text())
        for name in ("run", "rounds", "runs", "scaling", "instructions"))
    values = known(Figures(run), Figures(rounds), Figures(runs), scaling,
                   counts)
    sys.stdout.write(fill(template, values))


if __name__ == "__main__":
    main()
