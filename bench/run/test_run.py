#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Shows that `fmag-bench run` runs, and what it says; not how fast anything is.

usage: test_run.py FMAG_BENCH
"""
import calendar
import csv
import io
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import unittest
import xml.etree.ElementTree
from pathlib import Path

BENCH = sys.argv.pop()
SHORT = ["--rounds", "7", "--burst", "20"]
ALONE = ["pair", "lifo512", "random512", "bulk32", "touched512", "zeroed"]
TOGETHER = ["prodcons", "prodcons32", "imbalance"]
THREADS = [1, 2, 4]
PIECES = ["ready512", "scrub512", "retire512", "settled512"]
FAULTS = ["faults", "faultstouched", "beside"]


CHARTS = ["ratio", "threads", "latency", "shared"]


def run(*arguments, env=None):
    return subprocess.run([BENCH, "run", *arguments], timeout=150, env=env,
                          capture_output=True, text=True)


def is_built(name):
    return Path(BENCH).parent.joinpath("subjects", name).exists()


class Run(unittest.TestCase):
    """What one run of all allocators says; then runs of some of them."""

    @classmethod
    def setUpClass(cls):
        workloads = ",".join(ALONE + TOGETHER + ["latency"])
        with tempfile.TemporaryDirectory() as name:
            path = Path(name, "all.json")
            cls.all = run(*SHORT, "--threads=" + ",".join(map(str, THREADS)),
                          f"--json={path}",
                          f"--workloads={workloads}")
            if cls.all.returncode != 0:
                raise AssertionError(cls.all.stderr)
            cls.figures = json.loads(path.read_text())

    def test_every_allocator_has_its_turns_in_every_workload(self):
        figures = self.figures
        self.assertEqual(figures["schema"], "fmag-bench/1")
        machine = figures["machine"]
        self.assertEqual(machine["rounds"], 7)
        results = figures["results"]
        for result in results:
            self.assertLess(0, result["ns_min"])
            self.assertLessEqual(result["ns_min"], result["ns_median"])
            self.check_ratio(result)
            if result["allocator"] == "floor":
                self.assertEqual(result["ratio_to_floor"], 1)
            self.check_slower_rounds(result)
        self.check_coverage(machine["cpus"], results)

    def check_ratio(self, result):
        ratio, low, high = (result["ratio_to_floor"], result["ci_low"],
                            result["ci_high"])
        self.assertEqual(ratio is None, result["verdict"] == "too noisy")
        self.assertEqual(ratio is None, high > 2 * low)
        self.assertLessEqual(low, high if ratio is None else ratio)
        self.assertLessEqual(low if ratio is None else ratio, high)

    def check_slower_rounds(self, result):
        slower = result["slower_rounds"]
        if result["allocator"] == "fmag-rseq":
            self.assertIsNone(slower)
        elif slower is not None:  # or fmag-rseq is not for this machine
            self.assertTrue(0 <= slower <= result["rounds"])

    def check_coverage(self, cpus, results):
        keys = {(r["workload"], r["threads"], r["distance"], r["allocator"])
                for r in results}
        self.assertEqual(len(keys), len(results))
        seen = {(r["workload"], r["threads"], r["allocator"]) for r in results}
        for workload in ALONE:
            for threads in THREADS:
                for name in "floor", "empty", "fmag-claim", "arena":
                    self.assertIn((workload, threads, name), seen)
                self.assertEqual((workload, threads, "ticket-bitmap") in seen,
                                 threads <= cpus)
        for workload in TOGETHER:
            self.assertEqual({threads for name, threads, _ in seen
                              if name == workload}, {2} if cpus > 1 else set())
            # All rounds are either near or far.
            rounds = {r["distance"]: r["rounds"] for r in results
                      if r["workload"] == workload}
            self.assertEqual(sum(rounds.values()), 7 if cpus > 1 else 0)

    def test_slower_rounds_are_null_without_fmag_rseq(self):
        ran = run(*SHORT, "--threads=1", "--workloads=pair",
                  "--allocators=arena", "--json=-")
        self.assertEqual(ran.returncode, 0, ran.stderr)
        for result in json.loads(ran.stdout)["results"]:
            self.assertIsNone(result["slower_rounds"])

    def test_the_figures_say_what_they_are_of(self):
        ran = run(*SHORT, "--threads=1,2", "--workloads=pair",
                  "--allocators=arena", "--json=-")
        self.assertEqual(ran.returncode, 0, ran.stderr)
        machine = json.loads(ran.stdout)["machine"]
        self.assertEqual(
            machine["command"],
            "fmag-bench run --rounds 7 --burst 20 --threads=1,2 "
            "--workloads=pair --allocators=arena --json=-")
        age = time.time() - calendar.timegm(
            time.strptime(machine["date"], "%Y-%m-%dT%H:%M:%SZ"))
        self.assertTrue(-2 < age < 150, machine["date"])
        self.assertNotEqual(machine["commit"], "")

    def test_csv_has_the_jsons_results(self):
        with tempfile.TemporaryDirectory() as name:
            path = Path(name, "a.json")
            ran = run(*SHORT, "--threads=2", "--workloads=pair,prodcons",
                      "--allocators=fmag-claim,mutex-list", "--csv=-",
                      f"--json={path}")
            self.assertEqual(ran.returncode, 0, ran.stderr)
            results = json.loads(path.read_text())["results"]
        lines = list(csv.DictReader(io.StringIO(ran.stdout)))
        self.assertEqual(list(lines[0]), [
            "allocator", "workload", "threads", "distance", "rounds", "ns_min",
            "ns_median", "ratio_to_floor", "ci_low", "ci_high", "verdict"])
        self.assertEqual(len(lines), len(results))
        for line, result in zip(lines, results):
            for key, text in line.items():
                value = result[key]
                if isinstance(value, float):
                    self.assertAlmostEqual(float(text), value,
                                           delta=1e-5 * value)
                else:
                    self.assertEqual(text, "" if value is None else str(value))

    def test_latencies_have_a_csv_of_their_own(self):
        ran = run(*SHORT, "--threads=1", "--workloads=pair,latency",
                  "--allocators=arena", "--latency-csv=-")
        self.assertEqual(ran.returncode, 0, ran.stderr)
        lines = list(csv.DictReader(io.StringIO(ran.stdout)))
        self.assertEqual([(line["allocator"], line["call"]) for line in lines],
                         [("floor", "alloc"), ("floor", "free"),
                          ("arena", "alloc"), ("arena", "free")])
        self.assertEqual({line["workload"] for line in lines}, {"latency"})
        for line in lines:
            values = [float(line[f"p{p}_ns"])
                      for p in ("50", "90", "99", "99.9", "99.99")]
            self.assertEqual(values, sorted(values))
            self.assertEqual(int(line["calls"]), 7 * 4096)

    def test_charts_are_drawn_of_what_there_is(self):
        with tempfile.TemporaryDirectory() as name:
            charts = Path(name, "charts")
            self.draw(charts, "--threads=1,2",
                      "--workloads=pair,touched512,latency,prodcons")
            names = {chart for chart in CHARTS if chart != "shared"
                     or len(os.sched_getaffinity(0)) > 1}
            self.check_charts(charts, names)
            before = Path(charts, "threads.svg").read_bytes()
            # Of one number of threads there is no line.
            self.draw(charts, "--threads=1", "--workloads=pair")
            self.check_charts(charts, names)
            self.assertEqual(Path(charts, "threads.svg").read_bytes(), before)

    def draw(self, directory, *arguments):
        ran = run(*SHORT, *arguments, f"--charts={directory}",
                  "--allocators=fmag-rseq,fmag-claim,arena,ticket-bitmap")
        self.assertEqual(ran.returncode, 0, ran.stderr)

    def check_charts(self, directory, names):
        self.assertEqual({path.name for path in directory.iterdir()},
                         {f"{name}.{ending}" for name in names
                          for ending in ("svg", "png")})
        for name in names:
            svg = xml.etree.ElementTree.parse(directory / f"{name}.svg")
            text = "".join(svg.getroot().itertext())
            for part in "better", "7 rounds of 0.02 ms", "fmag-claim", "arena":
                self.assertIn(part, text)
            png = (directory / f"{name}.png").read_bytes()
            self.assertEqual(png[:8], b"\x89PNG\r\n\x1a\n")
            self.assertEqual(png[-8:-4], b"IEND")

    def test_charts_that_cannot_be_drawn_cost_no_time(self):
        with tempfile.TemporaryDirectory() as name:
            file = Path(name, "file")
            file.touch()
            self.expect_failure(1, "No such file", "--charts=/nonexistent/a")
            self.expect_failure(1, "Not a directory", f"--charts={file}")
            ran = run(f"--charts={name}/charts", env={"PATH": name})
            self.assertEqual(ran.returncode, 1, ran.stderr)
            self.assertIn("no charts without gnuplot", ran.stderr)
            self.assertEqual([path.name for path in Path(name).iterdir()],
                             ["file"])

    def test_latencies_are_told_by_percentiles(self):
        latencies = self.figures["latency"]
        names = {latency["allocator"] for latency in latencies}
        self.assertIn("floor", names)
        self.assertIn("fmag-claim", names)
        for latency in latencies:
            self.assertEqual(latency["calls"],
                             7 * 4096 * latency["threads"])
            self.assertLess(0, latency["tick_ns"])
            for verb in "alloc_ns", "free_ns":
                values = list(latency[verb].values())
                self.assertEqual(values[:5], sorted(values[:5]))
                self.assertLess(values[0], 100000)

    def test_each_allocators_metadata_and_stranded_frames_are_told(self):
        facts = {fact["allocator"]: fact
                 for fact in self.figures["allocators"]}
        self.assertNotIn("frames", facts["floor"])
        # A list strands nothing; its links are all it keeps.
        self.assertEqual(facts["mutex-list"]["frames_stranded"], 0)
        self.assertEqual(facts["mutex-list"]["metadata_bytes"] //
                         facts["mutex-list"]["frames"], 8)
        # Nor does a cache that has what other CPUs keep.
        for name in {"fmag-rseq", "fmag-claim"} & facts.keys():
            self.assertEqual(facts[name]["frames_stranded"], 0, name)

    def test_guests_are_populated_and_torn_down(self):
        ran = run(*SHORT, "--threads=1,2", "--workloads=guest4096",
                  "--allocators=fmag-claim,arena", "--json=-")
        self.assertEqual(ran.returncode, 0, ran.stderr)
        seen = {(r["allocator"], r["threads"])
                for r in json.loads(ran.stdout)["results"]}
        for name in "floor", "fmag-claim", "arena":
            self.assertIn((name, 1), seen)
            self.assertIn((name, 2), seen)

    def test_what_lies_around_a_frame_is_measured_where_it_is_named(self):
        threads = [1, 2][:len(os.sched_getaffinity(0))]
        names = ["fmag-clean", "fmag-clean-beside", "mutex-list"]
        names += [name for name in ("fmag-retire", "call-rcu",
                                    "synchronize-rcu") if is_built(name)]
        ran = run(*SHORT, "--threads=" + ",".join(map(str, threads)),
                  "--workloads=" + ",".join(PIECES + FAULTS),
                  "--allocators=" + ",".join(names), "--json=-")
        self.assertEqual(ran.returncode, 0, ran.stderr)
        figures = json.loads(ran.stdout)
        self.check_pieces(figures["results"], names, threads)
        self.check_faults(figures["latency"], names, threads)

    def check_pieces(self, results, names, threads):
        seen = {(r["workload"], r["threads"], r["allocator"])
                for r in results}
        self.assertEqual(len(seen), len(results))
        self.assertEqual({key[:2] for key in seen},
                         {(w, n) for w in PIECES for n in threads})
        self.assertEqual({key[2] for key in seen}, {"floor", *names})

    def check_faults(self, latencies, names, threads):
        counts = {(l["workload"], l["threads"], l["allocator"]): l["calls"]
                  for l in latencies}
        for name in ["floor", *names]:
            for count in threads:
                for workload in "faults", "faultstouched":
                    self.assertEqual(counts.pop((workload, count, name)),
                                     7 * 16384 * count)
            if 2 in threads:
                self.assertEqual(counts.pop(("beside", 2, name)), 7 * 16384)
        self.assertEqual(counts, {})
        for latency in latencies:
            self.assertEqual(len(latency["tail_ns_by_round"]), 7)

    def test_what_lies_around_a_frame_is_in_no_other_run(self):
        ran = run(*SHORT, "--threads=1", "--allocators=arena", "--json=-")
        self.assertEqual(ran.returncode, 0, ran.stderr)
        figures = json.loads(ran.stdout)
        self.assertEqual({r["workload"] for r in figures["results"]},
                         {*ALONE, "guest4096"})
        self.assertEqual({l["workload"] for l in figures["latency"]},
                         {"latency"})

    def test_the_floor_is_always_among_them(self):
        ran = run(*SHORT, "--threads=1", "--workloads=pair",
                  "--allocators=fmag-claim")
        self.assertEqual(ran.returncode, 0, ran.stderr)
        names = [line.split()[2] for line in ran.stdout.splitlines()
                 if line.startswith("pair ")]
        self.assertEqual(names, ["floor", "fmag-claim"])

    def test_no_ratio_is_told_where_it_may_be_one(self):
        for line in self.all.stdout.splitlines():
            if line.startswith(tuple(ALONE)) and "[" in line:
                self.check_line(line)

    def check_line(self, line):
        before, interval = line.split("[")
        low, high = (float(text) for text in interval.split("]")[0].split(","))
        ratio = "".join(before.split()[5:])
        if "too noisy" in line:
            self.assertEqual(ratio, "", line)
            self.assertLess(2 * low, high * 1.01, line)
        elif "not distinguishable" in line:
            self.assertEqual(ratio, "", line)
            self.assertTrue(low <= 1 <= high, line)
        else:
            self.assertTrue(low <= float(ratio) <= high, line)
            self.assertFalse(low < 1 < high, line)

    def expect_failure(self, status, message, *arguments):
        ran = run(*arguments)
        self.assertEqual(ran.returncode, status, ran.stderr)
        self.assertIn(message, ran.stderr)
        self.assertEqual(ran.stdout, "")

    def test_an_allocation_that_fails_fails_the_run(self):
        for workload, threads in ("pair", 1), ("bulk32", 8), ("prodcons", 2):
            if workload == "prodcons" and len(os.sched_getaffinity(0)) < 2:
                continue
            self.expect_failure(
                1, "fmag-claim: an allocation failed", *SHORT,
                "--frames=64", "--allocators=fmag-claim",
                f"--threads={threads}", f"--workloads={workload}")

    def test_wrong_options_are_named(self):
        for option, message in (
                ("--threads=0", '"0" is not a number'),
                ("--threads=2,,8", '"" is not a number'),
                ("--workloads=pairs", '"pairs" is no workload'),
                ("--allocators=malloc", 'there is no "malloc"'),
                ("--rounds=-1", '"-1" is not a number'),
                ("--burst=1", '"1" is not a number'),
                ("--csv=a --json=a", "a for both --csv and --json"),
                ("--json=- --latency-csv=-",
                 "standard output for both --json and --latency-csv"),
                ("more", '"more": no argument is wanted')):
            self.expect_failure(64, message, *option.split())

    def test_no_section_is_an_error(self):
        self.expect_failure(1, "none of these workloads", "--threads=1",
                            "--workloads=prodcons")

    def test_a_file_that_cannot_be_written_costs_no_time(self):
        self.expect_failure(1, "No such file", "--json=/nonexistent/a.json")

    def test_an_interrupt_leaves_the_last_figures_alone(self):
        with tempfile.TemporaryDirectory() as name:
            old, new = Path(name, "old.json"), Path(name, "new.json")
            old.write_text("{}")
            charts = Path(name, "charts")
            for path in old, new:
                self.interrupt(f"--json={path}", f"--csv={path}.csv",
                               f"--charts={charts}")
            self.assertEqual(old.read_text(), "{}")
            self.assertEqual(list(Path(name).iterdir()), [old])

    def interrupt(self, *arguments):
        child = subprocess.Popen(
            [BENCH, "run", "--rounds=100000", "--allocators=fmag-claim",
             *arguments], stderr=subprocess.PIPE, text=True)
        time.sleep(1)
        child.send_signal(signal.SIGINT)
        message = child.communicate(timeout=100)[1]
        self.assertEqual(child.returncode, 130, message)
        self.assertIn("interrupted", message)

    def test_where_rseq_is_turned_off_its_subjects_are_left_out(self):
        ran = subprocess.run(
            [BENCH, "run", *SHORT, "--threads=1", "--workloads=pair",
             "--allocators=fmag-rseq,fmag-claim"],
            env={"GLIBC_TUNABLES": "glibc.pthread.rseq=0"}, timeout=100,
            capture_output=True, text=True)
        self.assertEqual(ran.returncode, 0, ran.stderr)
        self.assertIn("fmag-rseq: ", ran.stderr)
        lines = [line.split() for line in ran.stdout.splitlines()]
        self.assertIn(["pair", "1", "fmag-rseq", "left", "out"], lines)


if __name__ == "__main__":
    unittest.main()
