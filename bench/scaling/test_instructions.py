#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Holds `instructions` to what it says.

usage: test_instructions.py BUILD [UNITTEST_ARGUMENT...]
"""
import importlib.machinery
import importlib.util
import json
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

SCRIPT = Path(__file__).with_name("instructions")
BUILD = sys.argv.pop(1)


def load():
    loader = importlib.machinery.SourceFileLoader("instructions", str(SCRIPT))
    spec = importlib.util.spec_from_loader("instructions", loader)
    module = importlib.util.module_from_spec(spec)
    sys.dont_write_bytecode = True
    loader.exec_module(module)
    return module


instructions = load()


def run(*arguments):
    return subprocess.run([sys.executable, SCRIPT, BUILD, *arguments],
                          capture_output=True, text=True, timeout=250)


def results(*arguments):
    with tempfile.TemporaryDirectory() as name:
        path = Path(name, "figures.json")
        ran = run(f"--json={path}", *arguments)
        if ran.returncode != 0:
            raise AssertionError(ran.stderr)
        figures = json.loads(path.read_text())
    if figures["schema"] != "fmag-bench-instructions/1":
        raise AssertionError(figures["schema"])
    return {result["allocator"]: result for result in figures["results"]}


class Instructions(unittest.TestCase):
    def test_two_runs_count_the_same(self):
        arguments = "--workloads=pair", "--allocators=empty,floor,fmag-claim"
        first = results(*arguments)
        self.assertEqual(first, results(*arguments))
        counted = {name: one["instructions"] for name, one in first.items()}
        self.assertLess(2, counted["empty"])
        self.assertLess(counted["empty"], counted["floor"])
        self.assertLess(counted["floor"], counted["fmag-claim"])
        # Every iteration of a pair does the same.
        for count in counted["empty"], counted["floor"]:
            self.assertEqual(2 * count, int(2 * count))

    def test_what_valgrind_cannot_run_says_where_its_figure_is_from(self):
        one = results("--workloads=pair", "--allocators=fmag-rseq")["fmag-rseq"]
        self.assertEqual(one["source"], "listing")
        self.assertLess(5, one["instructions"])
        one = results("--workloads=bulk32",
                      "--allocators=fmag-rseq")["fmag-rseq"]
        self.assertNotIn("instructions", one)
        self.assertIn("not under valgrind", one["left_out"])

    def test_the_listing_is_read_by_machine_and_compiler(self):
        text = ("# comment\nx86_64 gcc 12/2 alloc: 13, inline alloc: 9\n"
                "aarch64 gcc 12/2 alloc: 20\n")
        self.assertEqual(instructions.listed(text, "x86_64", "gcc"),
                         {"alloc": 13, "inline alloc": 9})
        with self.assertRaises(instructions.NotCounted):
            instructions.listed(text, "x86_64", "clang")

    def test_a_count_is_what_more_iterations_take_more(self):
        _, operations, few, more = instructions.WORKLOADS["pair"]
        counted = instructions.BURSTS * operations * (more - few) * 13.5
        self.assertEqual(
            instructions.per_operation("pair", 27013, 27013 + counted), 13.5)

    def test_wrong_names_are_errors(self):
        for argument in "--workloads=pears", "--allocators=malloc":
            ran = run(argument)
            self.assertEqual(ran.returncode, 2)
            self.assertIn(argument.split("=")[1], ran.stderr)


if __name__ == "__main__":
    if shutil.which("valgrind") is None:
        print("valgrind is not installed")
        sys.exit(77)
    unittest.main()
