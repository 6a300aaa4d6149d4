#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Holds `fmag-bench compare` against files of figures that are made up here.

usage: test_compare.py FMAG_BENCH
"""
import json
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

BENCH = sys.argv.pop()
MACHINE = {"cpu": "A", "cpus": 2, "kernel": "Linux 6", "compiler": "gcc 12",
           "fmag": "0.1.0"}
PERCENTILES = "p50", "p90", "p99", "p99.9", "p99.99"


def result(allocator, ratio, low, high, **more):
    return {"allocator": allocator, "workload": "pair", "threads": 1,
            "distance": None, "ns_min": 1.0, "ns_median": 1.0,
            "ratio_to_floor": ratio, "ci_low": low, "ci_high": high, **more}


def latency(allocator, alloc, free):
    return {"allocator": allocator, "threads": 2, "calls": 9, "tick_ns": 10.0,
            "alloc_ns": dict(zip(PERCENTILES, alloc)),
            "free_ns": dict(zip(PERCENTILES, free))}


def figures(results, latencies=(), **machine):
    return {"schema": "fmag-bench/1", "machine": {**MACHINE, **machine},
            "results": results, "latency": list(latencies)}


class Compare(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.old = Path(directory.name, "old.json")
        self.new = Path(directory.name, "new.json")

    def compare(self, old, new, *options):
        for path, content in (self.old, old), (self.new, new):
            if content is not None:
                path.write_text(content if isinstance(content, str)
                                else json.dumps(content))
        return subprocess.run([BENCH, "compare", *options, self.old, self.new],
                              timeout=60, capture_output=True, text=True)

    def expect_success(self, old, new, *options, status=0, warnings=""):
        ran = self.compare(old, new, *options)
        self.assertEqual(ran.returncode, status, ran.stderr)
        self.assertEqual(ran.stderr, warnings)
        return ran.stdout.splitlines()

    def expect_failure(self, message, old, new, *options, status=1):
        ran = self.compare(old, new, *options)
        self.assertEqual(ran.returncode, status, ran.stderr)
        self.assertIn(message, ran.stderr)
        self.assertEqual(ran.stdout, "")

    def test_a_change_is_told_only_where_the_intervals_are_apart(self):
        old = figures([result("floor", 1, 1, 1),
                       result("noise", 2.0, 1.9, 2.2),
                       result("slower", 2.0, 1.9, 2.2),
                       result("faster", 2.0, 1.9, 2.2)])
        new = figures([result("floor", 1, 1, 1),
                       result("noise", 2.5, 2.2, 2.6),
                       result("slower", 2.5, 2.3, 2.6),
                       result("faster", 1.0, 0.9, 1.8)])
        lines = self.expect_success(old, new)
        table = [line for line in lines if line.startswith("pair ")]
        # Beyond noise first, the largest change before the others.
        self.assertEqual([line.split()[2] for line in table],
                         ["faster", "slower", "noise"])
        for line, change, verdict in zip(
                table, ("-50.0 %", "+25.0 %", "+25.0 %"),
                ("faster", "slower", "no more than noise")):
            self.assertIn(change, line)
            self.assertTrue(line.endswith("%  " + verdict), line)
        self.assertEqual(lines[-1], "1 faster, 1 slower, 1 within noise")

    def test_without_a_ratio_nothing_is_told(self):
        old = figures([result("a", None, 1.0, 3.0), result("b", 2, 1.9, 2.1)])
        new = figures([result("a", 9, 8.9, 9.1), result("b", None, 5.0, 50.0)])
        lines = self.expect_success(old, new, "--fail-slower=0")
        self.assertEqual(sum("too noisy to tell" in line for line in lines), 3)
        self.assertEqual(lines[-1], "0 faster, 0 slower, 0 within noise, "
                                    "2 too noisy to tell")

    def test_results_are_matched_by_all_that_they_are_of(self):
        of = {"workload": "prodcons", "threads": 2}
        old = figures([result("a", 2, 1.9, 2.1, distance="near", **of),
                       result("a", 4, 3.9, 4.1, distance="far", **of),
                       result("a", 1, 0.9, 1.1, threads=8)])
        new = figures([result("a", 4, 3.9, 4.1, distance="far", **of),
                       result("a", 1, 0.9, 1.1, threads=1),
                       result("a", 2, 1.9, 2.1, distance="near", **of)])
        lines = self.expect_success(old, new)
        self.assertEqual(lines[-1], "0 faster, 0 slower, 2 within noise")
        self.assertEqual(lines[-3:-1], [
            f"only in {self.old}: pair, 8 threads, a",
            f"only in {self.new}: pair, 1 thread, a"])

    def test_latencies_are_the_same_within_a_tick(self):
        old = figures([], [latency("a", (10, 10, 20, 30, 90), (5,) * 5),
                           latency("b", (1,) * 5, (1,) * 5)])
        new = figures([], [latency("a", (20, 21, 10, 10, 390), (5,) * 5),
                           latency("c", (1,) * 5, (1,) * 5)])
        lines = self.expect_success(old, new)
        rows = {line.split()[2]: line.split()[3:] for line in lines
                if line.split()[:2] == ["2", "a"]}
        self.assertEqual(rows, {
            "alloc": ["same", "+11", "same", "-20", "+300"],
            "free": ["same"] * 5})
        self.assertIn(f"only in {self.old}: latency, 2 threads, b", lines)
        self.assertIn(f"only in {self.new}: latency, 2 threads, c", lines)

    def test_another_machine_is_warned_about(self):
        results = [result("a", 2, 1.9, 2.1)]
        self.expect_success(
            figures(results), figures(results, cpu="B", cpus=4, fmag="0.2.0"),
            warnings="fmag-bench: warning: another cpu: A, then B\n"
                     "fmag-bench: warning: another cpus: 2, then 4\n")

    def test_slower_by_more_than_asked_for_is_status_2(self):
        old = figures([result("a", 2.0, 1.9, 2.1), result("b", 2.0, 1.0, 9.0)])
        new = figures([result("a", 2.2, 2.15, 2.3), result("b", 8.0, 1.0, 9.0)])
        self.expect_success(old, new)
        self.expect_success(old, new, "--fail-slower=10.1")
        self.expect_success(old, new, "--fail-slower=9.9", status=2)
        self.expect_success(new, old, "--fail-slower=0")

    def test_a_file_that_is_none_of_figures_is_an_error(self):
        good = figures([result("a", 2, 1.9, 2.1)])
        missing = result("a", 2, 1.9, 2.1)
        del missing["ci_high"]
        for bad, message in (
                (None, "No such file"),
                ("", "old.json:1: no JSON"),
                ('{"schema": \n 12,,}', "old.json:2: no JSON"),
                ("[]", 'no "schema"'),
                ({**good, "schema": "fmag-bench-populate/1"},
                 'its schema is "fmag-bench-populate/1"'),
                ({"schema": "fmag-bench/1"}, 'no object "machine"'),
                ({**good, "results": 7}, 'no list "results"'),
                ({**good, "results": [missing]}, "results[0]: "),
                ({**good, "results": [missing]}, "ci_high"),
                ({**good, "results": [result("a", "2", 1.9, 2.1)]},
                 "ratio_to_floor is neither"),
                ({**good, "results": [result("a", 2, 0, 2.1)]},
                 "not the ends of an interval"),
                ({**good, "latency": [latency("a", (1, 1), (1,) * 5)]},
                 'latency[0]: no number "p99"'),
                (figures([result("b", 2, 1.9, 2.1)]),
                 "have no result in common")):
            with self.subTest(message):
                self.expect_failure(message, bad, good)

    def test_wrong_options_are_named(self):
        good = figures([result("a", 2, 1.9, 2.1)])
        for option, message in (("--fail-slower=-1", '"-1" is not a number'),
                                ("--fail-slower=x", '"x" is not a number'),
                                ("more.json", "a third file")):
            self.expect_failure(message, good, good, option, status=64)
        ran = subprocess.run([BENCH, "compare", self.old], timeout=60,
                             capture_output=True, text=True)
        self.assertEqual(ran.returncode, 64)
        self.assertIn("two files are wanted", ran.stderr)


if __name__ == "__main__":
    unittest.main()
