#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Shows that `fmag-bench populate` runs, and that its checks can fail it.

usage: test_populate.py FMAG_BENCH
"""
import json
import signal
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

BENCH = sys.argv.pop()
SHORT = ["--seconds", "0.1", "--pool", "16M"]


def populate(*arguments):
    return subprocess.run([BENCH, "populate", *arguments], timeout=100,
                          capture_output=True, text=True)


class Populate(unittest.TestCase):
    def test_all_allocators_keep_their_frames_apart_and_give_all_back(self):
        run = populate(*SHORT, "--no-chart", "--vcpus=1,3,8", "--json=-")
        self.assertEqual(run.returncode, 0, run.stderr)
        figures = json.loads(run.stdout)
        self.assertEqual(figures["schema"], "fmag-bench-populate/1")
        sections = figures["sections"]
        self.assertEqual([s["vcpus"] for s in sections], [1, 3, 8])
        for section in sections:
            for result in section["results"]:
                self.assertTrue(result["left_out"] or result["frames"] > 0)
        for section in sections:
            spinner = section["results"][2]
            self.assertEqual(spinner["left_out"],
                             section["vcpus"] > figures["machine"]["cpus"])

    def test_the_chart_shows_all_allocators_and_the_machine(self):
        with tempfile.TemporaryDirectory() as name:
            chart, figures = Path(name, "a.svg"), Path(name, "a.json")
            run = populate(*SHORT, "--vcpus=1,8", f"--chart={chart}",
                           f"--json={figures}")
            self.assertEqual(run.returncode, 0, run.stderr)
            machine = json.loads(figures.read_text())["machine"]
            text = chart.read_text()
        for shown in "raw arena", "mutex list", "ticket bitmap", "fmag":
            self.assertIn(shown, text)
        self.assertIn(f"on {machine['cpu']}, {machine['cpus']} CPU", text)

    def expect_failure(self, status, message, *arguments):
        run = populate(*arguments)
        self.assertEqual(run.returncode, status, run.stderr)
        self.assertIn(message, run.stderr)
        self.assertEqual(run.stdout, "")

    def test_a_second_owner_fails_the_run(self):
        self.expect_failure(1, "owned by another", *SHORT, "--no-chart",
                            "--inject-error=double-own")

    def test_a_lost_frame_fails_the_run(self):
        self.expect_failure(1, "do not add up", *SHORT, "--no-chart",
                            "--inject-error=lost-frame")

    def test_wrong_options_are_named(self):
        for option, message in (
                ("--vcpus=0", '"0" is not a number'),
                ("--vcpus=2,,8", '"" is not a number'),
                ("--guests=", '"" is not a number'),
                ("--pool=4M", "4 guests of 2M or more need a pool of"),
                ("--pool=1000001", "is not a multiple of 4096"),
                ("--seconds=0", '"0" is not a time'),
                ("--seed=-1", '"-1" is not a number')):
            self.expect_failure(64, message, option)

    def test_a_file_that_cannot_be_written_costs_no_time(self):
        self.expect_failure(1, "No such file", "--no-chart",
                            "--json=/nonexistent/figures.json")

    def test_an_interrupt_leaves_the_last_figures_alone(self):
        with tempfile.TemporaryDirectory() as name:
            old, new = Path(name, "old.json"), Path(name, "new.json")
            old.write_text("{}")
            for path in old, new:
                self.interrupt(f"--json={path}")
            self.assertEqual(old.read_text(), "{}")
            self.assertFalse(new.exists())

    def interrupt(self, *arguments):
        child = subprocess.Popen(
            [BENCH, "populate", "--seconds=60", "--pool=16M", "--no-chart",
             *arguments], stderr=subprocess.PIPE, text=True)
        # Its first line comes after it began to watch for signals.
        child.stderr.readline()
        time.sleep(0.1)
        child.send_signal(signal.SIGINT)
        message = child.communicate(timeout=100)[1]
        self.assertEqual(child.returncode, 130, message)
        self.assertIn("interrupted", message)


if __name__ == "__main__":
    unittest.main()
