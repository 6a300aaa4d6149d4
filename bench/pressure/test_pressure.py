#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Shows that `fmag-bench pressure` counts what it says; not how fast anything is.

usage: test_pressure.py FMAG_BENCH
"""
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
CPUS = len(os.sched_getaffinity(0))
# A pool of as few frames as there can be, of which 4 are free.
SMALL = ["--frames=4096", "--rounds=4", "--burst=2000", "--samples=3"]
PLAYED = ["fmag-owner", "fmag-claim"]


def pressure(*arguments, env=None):
    return subprocess.run([BENCH, "pressure", *SMALL, *arguments], timeout=150,
                          env=env, capture_output=True, text=True)


class Pressure(unittest.TestCase):
    def figures(self, *arguments):
        ran = pressure(*arguments, "--json=-")
        self.assertEqual(ran.returncode, 0, ran.stderr)
        figures = json.loads(ran.stdout)
        self.assertEqual(figures["schema"], "fmag-bench-pressure/1")
        return figures

    def full(self, *arguments):
        return {(row["allocator"], row["threads"]): row
                for row in self.figures("--parts=full", *arguments)["full"]}

    def test_an_allocator_that_fails_though_it_has_frames_shows_it(self):
        rows = self.full("--allocators=failing", "--threads=1,2,8")
        self.assertEqual(len(rows), 3)
        for row in rows.values():
            self.assertLess(1000, row["allocs"])
            # Each 64th call, counted over all bursts before.
            self.assertLessEqual(abs(row["failed"] - row["allocs"] / 64), 1)
            self.assertAlmostEqual(row["failed_per_million"],
                                   1e6 * row["failed"] / row["allocs"],
                                   delta=1)

    def test_an_honest_allocator_never_fails(self):
        rows = self.full("--allocators=mutex-list,arena,ticket-bitmap",
                         "--threads=1,2,8,32")
        self.assertEqual(len(rows), 12)
        for row in rows.values():
            self.assertLess(0, row["allocs"])
            self.assertEqual(row["failed"], 0, row)

    def test_one_that_spins_is_counted_and_not_timed_beyond_the_cpus(self):
        rows = self.full("--allocators=ticket-bitmap,mutex-list",
                         f"--threads=1,{CPUS + 1}")
        self.assertIsNone(rows["ticket-bitmap", CPUS + 1]["frames_per_s"])
        for key in (("ticket-bitmap", 1), ("mutex-list", CPUS + 1)):
            rate = rows[key]["frames_per_s"]
            self.assertLess(0, rate["median"])
            self.assertLessEqual(rate["ci_low"], rate["median"])

    def test_fmag_misses_nothing_on_one_thread_that_has_all_cpus_frames(self):
        rows = self.full("--allocators=fmag-claim,fmag-owner", "--threads=1")
        # The thread that kept the others was on that CPU, too.
        for row in rows.values():
            self.assertEqual(row["failed"], 0, row)

    def test_one_without_a_number_of_frames_cannot_be_full(self):
        ran = pressure("--parts=full", "--allocators=floor")
        self.assertEqual(ran.returncode, 1, ran.stderr)
        self.assertIn("as many frames as it wants", ran.stderr)

    def test_taking_is_tried_with_each_number_of_holders(self):
        rows = self.figures("--parts=taking")["taking"]
        for name in PLAYED:
            self.assertEqual([row["holders"] for row in rows
                              if row["allocator"] == name],
                             [1, 2, 4, 8, 16, 32, 64])
        for row in rows:
            self.assertEqual(row["allocs"], 12)
            self.assertLessEqual(row["came"] + row["came_later"], 12)
            # The HAL is asked before an allocation fails, and before it is dry.
            self.assertLessEqual(row["allocs"] - row["came"],
                                 row["hal_calls"])
            ns = row["ns"]
            self.assertTrue(0 < ns["p50"] <= ns["p99"] <= ns["max"], row)

    def test_cpus_that_are_poked_give_up_their_frames(self):
        rows = self.figures("--parts=taking")["taking"]
        for row in rows:
            if row["allocator"] == "fmag-owner":
                self.assertEqual(row["came"] + row["came_later"], 12, row)
                self.assertLess(0, row["pokes"])
            else:
                self.assertEqual(row["pokes"], 0)

    def test_another_cpus_magazine_is_taken_behind_a_barrier(self):
        rows = self.figures("--parts=taking")["taking"]
        for row in rows:
            if row["allocator"] != "fmag-rseq":
                self.assertEqual(row["barriers"], 0, row)
            elif row["came"] > 0:
                self.assertLess(0, row["barriers"], row)

    def test_a_burst_goes_up_comes_down_and_every_frame_is_somewhere(self):
        figures = self.figures("--parts=return")
        for name in PLAYED:
            self.assertEqual([row["trims"] for row in figures["burst"]
                              if row["allocator"] == name],
                             [False, True])
        for row in figures["burst"]:
            ticks = row["ticks"]
            self.assertEqual(len(ticks), 30)
            for tick in ticks:
                self.assertEqual(tick["from_hal"],
                                 tick["with_callers"] + tick["cached"])
                self.assertLessEqual(tick["from_hal"], 4096)
            self.assertLess(0.85 * 4096, ticks[9]["with_callers"])
            self.assertEqual(ticks[19]["with_callers"], 0)
            if not row["trims"]:
                self.assertEqual(ticks[-1], ticks[19])

    def test_frames_that_go_one_way_do_not_gather(self):
        rows = self.figures("--parts=return", "--frames=65536")["oneway"]
        self.assertLessEqual(2, len(rows))
        for row in rows:
            self.assertLessEqual(1000, row["most_in_first_tenth"])
            self.assertLessEqual(row["most_in_first_tenth"], row["most"])
            # What two CPUs' magazines hold, and what callers have.
            self.assertLessEqual(row["most"], 16 * 1037 + 1000)

    def test_what_an_idle_cpu_keeps_is_told_by_tick(self):
        for row in self.figures("--parts=return")["idle"]:
            self.assertEqual(len(row["cached"]), 11)
            self.assertLess(0, row["cached"][0])
            self.assertLessEqual(row["cached"][0], row["burst"])
            if not row["trims"]:
                self.assertEqual(set(row["cached"]), {row["cached"][0]})

    def test_traffic_is_the_same_on_each_run(self):
        first, second = (self.played_traffic() for _ in range(2))
        self.assertEqual(first, second)
        self.assertEqual(len(first), 2 * 5)
        for row in first:
            if row["workload"] == "pair":
                self.assertEqual(row["depot_takes"], 0)
            self.assertEqual(row["depot_direct"], 0)

    def played_traffic(self):
        figures = self.figures("--parts=traffic", "--frames=65536")
        return [row for row in figures["traffic"]
                if row["allocator"] in PLAYED]

    def test_csv_has_a_line_for_each_figure(self):
        with tempfile.TemporaryDirectory() as name:
            path = Path(name, "a.json")
            ran = pressure("--csv=-", f"--json={path}", "--threads=2",
                           "--allocators=mutex-list,failing")
            self.assertEqual(ran.returncode, 0, ran.stderr)
            figures = json.loads(path.read_text())
        lines = list(csv.DictReader(io.StringIO(ran.stdout)))
        found = {(l["part"], l["allocator"], int(l["at"]), l["figure"]):
                 float(l["value"]) for l in lines}
        self.assertEqual(len(found), len(lines))
        for row in figures["full"]:
            self.assertEqual(found["full", row["allocator"], 2, "failed"],
                             row["failed"])
        for row in figures["taking"]:
            self.assertEqual(found["taking", row["allocator"], row["holders"],
                                   "came"], row["came"])
        for row in figures["burst"]:
            part = "burst-trimmed" if row["trims"] else "burst"
            self.assertEqual(found[part, row["allocator"], 30, "cached"],
                             row["ticks"][29]["cached"])

    def test_charts_are_drawn_of_what_there_is(self):
        with tempfile.TemporaryDirectory() as name:
            self.draw(name, "--parts=return", {"return"})
            self.draw(name, "--parts=full,return", {"full", "return"})

    def draw(self, directory, parts, names):
        ran = pressure(parts, f"--charts={directory}", "--threads=2",
                       "--allocators=mutex-list,failing")
        self.assertEqual(ran.returncode, 0, ran.stderr)
        self.assertEqual(ran.stderr, "")
        self.assertEqual({path.name for path in Path(directory).iterdir()},
                         {f"{n}.{e}" for n in names for e in ("svg", "png")})
        for chart in names:
            svg = xml.etree.ElementTree.parse(Path(directory, f"{chart}.svg"))
            text = "".join(svg.getroot().itertext())
            self.assertIn("pools of 4096 frames", text)
            self.assertIn("none" if chart == "full" else "fmag-claim", text)

    def test_wrong_options_are_named(self):
        for option, message in (
                ("--parts=some", '"some" is no part'),
                ("--threads=0", '"0" is not a number'),
                ("--allocators=malloc", 'there is no "malloc"'),
                ("--frames=10", '"10" is not a number'),
                ("--csv=a --json=a", "a for both --json and --csv"),
                ("more", '"more": no argument is wanted')):
            ran = pressure(*option.split())
            self.assertEqual(ran.returncode, 64, ran.stderr)
            self.assertIn(message, ran.stderr)
            self.assertEqual(ran.stdout, "")

    def test_an_interrupt_leaves_the_last_figures_alone(self):
        with tempfile.TemporaryDirectory() as name:
            old = Path(name, "old.json")
            old.write_text("{}")
            for parts in "full", "taking":
                self.interrupt(f"--parts={parts}", f"--json={old}",
                               f"--csv={name}/new.csv")
            self.assertEqual(old.read_text(), "{}")
            self.assertEqual(list(Path(name).iterdir()), [old])

    def interrupt(self, *arguments):
        child = subprocess.Popen(
            [BENCH, "pressure", "--rounds=100000", "--frames=4096",
             "--allocators=mutex-list", *arguments],
            stderr=subprocess.PIPE, text=True)
        time.sleep(1)
        child.send_signal(signal.SIGINT)
        message = child.communicate(timeout=100)[1]
        self.assertEqual(child.returncode, 130, message)
        self.assertIn("interrupted", message)

    def test_where_rseq_is_turned_off_its_front_is_left_out(self):
        ran = pressure("--json=-", "--threads=1", "--allocators=fmag-rseq",
                       env={"GLIBC_TUNABLES": "glibc.pthread.rseq=0"})
        self.assertEqual(ran.returncode, 0, ran.stderr)
        figures = json.loads(ran.stdout)
        self.assertEqual(figures["full"], [])
        for part in "taking", "burst", "idle", "oneway", "traffic":
            self.assertEqual({row["allocator"] for row in figures[part]},
                             set(PLAYED))


if __name__ == "__main__":
    unittest.main()
