#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Tests of bounds.py: what it says of figures that are made up."""
import unittest

import bounds


def full(name, threads, failed, rate=1e6):
    return {"allocator": name, "version": "", "threads": threads,
            "allocs": 1000000, "failed": failed,
            "failed_per_million": float(failed),
            "frames_per_s": rate and {"median": rate}}


def burst(from_hal, trims):
    ticks = [{"from_hal": n, "with_callers": 0, "cached": 0} for n in from_hal]
    return {"allocator": "fmag-rseq", "cpus": 2, "trims": trims,
            "steps_up": 2, "steps_down": 2, "ticks": ticks}


class Bounds(unittest.TestCase):
    def test_no_failure_is_a_word_and_one_is_a_figure(self):
        lines = bounds.full([full("fmag-rseq", 2, 0), full("fmag-rseq", 8, 3),
                             full("other", 2, 123456)]).splitlines()
        self.assertEqual(lines[2],
                         "| **fmag-rseq** | none | 3.00 | 1000 | 1000 |")
        self.assertEqual(lines[3], "| other | 123456 |  | 1000 |  |")

    def test_one_that_spins_has_counts_and_no_rate(self):
        lines = bounds.full([full("dpdk", 8, 5, None)]).splitlines()
        self.assertEqual(lines[2], "| dpdk | 5.00 | it spins |")

    def test_a_bursts_height_end_and_ticks_are_told(self):
        lines = bounds.burst([burst([50, 90, 70, 40, 30, 20, 10, 5], True)])
        self.assertEqual(lines.splitlines()[2], "| **fmag-rseq** | 2 | at each"
                         " tick | 90 | 40 | 30 | 20 | 10 | 5 |")


if __name__ == "__main__":
    unittest.main()
