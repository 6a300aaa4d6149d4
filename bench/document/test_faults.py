#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Tests of faults.py: what it says of figures that are made up."""
import unittest

import faults


def entry(name, tails, workload="faults", threads=1):
    values = {p: 1.0 for p in faults.PERCENTILES}
    return {"allocator": name, "workload": workload, "threads": threads,
            "alloc_ns": {**values, "max": 2.0},
            "free_ns": {**values, "max": 2.0}, "tail_ns_by_round": tails}


def tails(*entries):
    return faults.Tails({"latency": list(entries)}, "faults", 1)


class Faults(unittest.TestCase):
    def test_tails_are_compared_within_a_round(self):
        found = tails(entry("a", [10 * n for n in range(1, 8)]),
                      entry("b", list(range(1, 8))))
        self.assertEqual(found.ratio("a", "b"), (10, 10, 10))
        self.assertIsNone(found.ratio("a", "c"))

    def test_an_interval_is_of_order_statistics(self):
        # Of six the smallest and the largest: 2 * 2**-6 is 3.1 %.
        self.assertEqual(faults.interval([6, 5, 4, 3, 2, 1]), (3.5, 1, 6))
        self.assertEqual(faults.interval(range(60))[1:], (21, 38))
        self.assertIsNone(faults.interval([1, 2, 3, 4, 5]))

    def test_other_workloads_and_threads_are_left_out(self):
        found = tails(entry("a", [1], workload="beside"),
                      entry("b", [1], threads=2))
        self.assertEqual(found.found, {})

    def test_an_aim_says_whether_it_is_reached(self):
        found = tails(entry("slow", [60.0] * 6), entry("fast", [10.0] * 6))
        for least, reached in (5, "yes"), (7, "no"):
            row = faults.tail_aim(found, "", "fast", "slow", least)
            self.assertEqual(row[2:], ["6.00 (6.00 to 6.00)", reached])


if __name__ == "__main__":
    unittest.main()
