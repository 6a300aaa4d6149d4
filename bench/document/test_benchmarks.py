#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Tests of benchmarks.py and document.py: what it says of figures that are made up."""
import unittest

import benchmarks
import document


def result(name, median, low, high, verdict="differs", **more):
    value = None if verdict == "too noisy" else median
    return {"allocator": name, "workload": "pair", "threads": 1,
            "distance": None, "rounds": 60, "ns_min": median,
            "ns_median": median, "ratio_to_floor": value, "ci_low": low,
            "ci_high": high, "verdict": verdict, **more}


def figures(*results):
    return document.Figures({
        "machine": {}, "latency": [], "results": list(results),
        "allocators": [{"allocator": r["allocator"]} for r in results]})


class Document(unittest.TestCase):
    def row(self, wanted, *results):
        return benchmarks.aim(figures(*results), "", "pair", "fmag-rseq", 1,
                            wanted)

    def test_an_aim_is_reached_by_the_ratio(self):
        own = result("fmag-rseq", 1.05, 1.02, 1.08)
        self.assertEqual(self.row(1.1, own)[3], "yes")
        self.assertEqual(self.row(1.0, own)[3], "no")

    def test_not_distinguishable_reaches_an_aim_of_one_and_no_smaller_one(self):
        own = result("fmag-rseq", 1.2, 0.9, 1.3, "not distinguishable")
        self.assertEqual(self.row(1.1, own)[3], "yes")
        self.assertEqual(self.row(0.6, own)[3], "no")

    def test_noise_reaches_nothing(self):
        own = result("fmag-rseq", 0.5, 0.1, 4, "too noisy")
        self.assertEqual(self.row(1.1, own)[3], "too noisy to tell")

    def test_the_best_peer_is_none_of_ours(self):
        row = self.row(1.1, result("floor", 0.1, 1, 1),
                       result("fmag-rseq", 1, 1, 1),
                       result("fmag-claim", 0.5, 1, 1),
                       result("mutex-list", 9, 8, 10),
                       result("dpdk-stack", 3, 2, 4))
        self.assertTrue(row[4].startswith("dpdk-stack 3.00"), row)

    def test_an_unknown_name_in_the_template_is_an_error(self):
        self.assertEqual(document.fill("a {{b}} c", {"b": "x"}), "a x c")
        with self.assertRaises(SystemExit):
            document.fill("{{figure}}", {})

    def test_numbers_have_three_digits_that_count(self):
        self.assertEqual([document.number(n) for n in (0.123, 1.234, 12.34,
                                                       123.4, None)],
                         ["0.12", "1.23", "12.3", "123", ""])


if __name__ == "__main__":
    unittest.main()
