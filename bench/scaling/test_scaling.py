#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Holds `fmag-bench scaling` to what bench/scaling/README.md says.

usage: test_scaling.py FMAG_BENCH OBJECT... [-- UNITTEST_ARGUMENT...]

OBJECT: the object files of the library that is counted.
"""
import json
import math
import re
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

BENCH, OBJECTS = sys.argv[1], sys.argv[2:]

# What must not be in the library that is counted: it would not be seen.
UNSEEN = re.compile(
    r"\block\b|\bcmpxchg|\bxadd|[mls]fence|\bxchg\w*\s.*\(|\b(rep\w*\s+)?stos"
    r"|\b(rep\w*\s+)?movs[bwlq]\s")

# Where gcc may zero or copy a whole structure: one on the stack, or of a cache
# that nobody uses yet. Neither is counted, nor to be.
PRIVATE = {"fmag_config_resolve", "fmag_cache_build", "fmag_cache_drain",
           "fmag_cache_get_stats", "fmag_front_init", "fmag_host_set_hal",
           "fmag_host_take"}
STRING = re.compile(r"\brep\w*\s+(stos|movs)")

# What it may call besides its own functions: the hooks; those of ours that count
# or play (shim/ck_pr.h, sections.h); and what zeroes storage before it is used.
CALLS = {"watch_cas_pair", "world_section_cpu", "memset", "memcpy",
         "_GLOBAL_OFFSET_TABLE_"}

GIVEN = "--t-op=5", "--t-line=50"
PLAYED = *GIVEN, "--threads=0"


# In a symbol table. .data.rel.ro is written by the loader only, .tdata is a
# thread's.
VARIABLE = re.compile(
    r"^.* O (?:\.data(?!\.rel\.ro)|\.bss|\*COM\*)\S*\s+\w+\s+(.*)$", re.M)


def unseen(listing):
    """The lines of a disassembly with an access that no hook is before."""
    found, function = [], ""
    for line in listing.splitlines():
        head = re.match(r"[0-9a-f]+ <([^>]+)>:$", line)
        function = head.group(1) if head else function
        # A part that the compiler has split off is its function's.
        is_private = function.split(".")[0] in PRIVATE and STRING.search(line)
        if UNSEEN.search(line) and not is_private:
            found.append(line)
    return found


def unknown(symbols):
    """Of undefined symbols, those that might access memory unseen."""
    return {name for name in symbols
            if name not in CALLS and not name.startswith(("__tsan_", "fmag_"))}


def run(*arguments, status=0):
    ran = subprocess.run([BENCH, "scaling", *arguments], timeout=150,
                         capture_output=True, text=True)
    if ran.returncode != status:
        raise AssertionError(ran.stderr)
    return ran


def figures(*arguments):
    return json.loads(run("--json=-", *arguments).stdout)


def counts(*arguments):
    return figures(*PLAYED, *arguments)["counts"]


def total(count, kind):
    return sum(place[kind] for place in count["places"].values())


class Completeness(unittest.TestCase):
    def test_no_access_of_the_library_is_outside_of_the_hooks(self):
        self.assertLess(15, len(OBJECTS))
        listing = subprocess.run(
            ["objdump", "-d", "--no-show-raw-insn", *OBJECTS],
            capture_output=True, text=True, check=True).stdout
        self.assertIn("__tsan_atomic64_compare_exchange", subprocess.run(
            ["nm", *OBJECTS], capture_output=True, text=True,
            check=True).stdout)
        self.assertIn("<fmag_alloc_frame>:", listing)
        self.assertEqual(unseen(listing), [])

    def test_the_library_calls_nothing_that_is_not_counted(self):
        symbols = subprocess.run(
            ["nm", "-u", "--format=posix", *OBJECTS], capture_output=True,
            text=True, check=True).stdout
        names = {line.split()[0] for line in symbols.splitlines()
                 if line and not line.endswith(":")}
        self.assertIn("watch_cas_pair", names)
        self.assertEqual(unknown(names), set())

    def test_the_library_has_no_variable_that_cpus_could_share(self):
        symbols = subprocess.run(["objdump", "-t", *OBJECTS],
                                 capture_output=True, text=True,
                                 check=True).stdout
        self.assertIn("fmag_alloc_frame", symbols)
        # .data.rel.ro is written by the loader only, .tdata is a thread's.
        self.assertEqual(VARIABLE.findall(symbols), [])

    def test_the_program_has_no_hit_of_the_library_that_is_shipped(self):
        headers = subprocess.run(
            ["objdump", "-h", BENCH + "-scaling"], capture_output=True,
            text=True, check=True).stdout
        self.assertIn(".text", headers)
        self.assertNotIn("__rseq_cs", headers)

    def test_the_check_can_fail(self):
        for line in ("lock cmpxchg %rcx,(%rdx)", "xchg   %eax,(%rdi)",
                     "lock cmpxchg16b (%rsi)", "mfence",
                     "lock addl $0x1,0x8(%rax)", "rep stos %rax,%es:(%rdi)"):
            self.assertEqual(unseen(f"  10:\t{line}"), [f"  10:\t{line}"])
        listing = "00 <fmag_front_init>:\n  10:\trep stos %rax,(%rdi)"
        self.assertEqual(unseen(listing), [])
        self.assertNotEqual(unseen(listing.replace("front_init", "pop")), [])
        for line in "xchg   %ax,%ax", "mov    %rax,(%rdi)", "call 10 <lock_it>":
            self.assertEqual(unseen(f"  10:\t{line}"), [])
        table = ("00 l     O .data.rel.ro.local\t10 ops\n"
                 "00 l     O .tdata\t10 area\n"
                 "00 l     O .data\t04 y\n00 g     O .bss\t04 x\n")
        self.assertEqual(VARIABLE.findall(table), ["y", "x"])
        self.assertEqual(unknown({"__atomic_compare_exchange", "memset"}),
                         {"__atomic_compare_exchange"})

    def test_every_read_modify_write_is_of_the_storage(self):
        for count in figures(*GIVEN, "--cpus=2", "--threads=2")["counts"]:
            self.assertEqual(count["elsewhere"], 0, count)

    def test_what_is_called_read_only_is_never_written(self):
        for count in counts("--cpus=1,8"):
            other = count["places"]["other"]
            self.assertEqual(other["rmw"] + other["stores"], 0, count)
            self.assertLess(0, other["loads"])


class Counts(unittest.TestCase):
    def test_two_runs_count_the_same(self):
        arguments = "--cpus=2,16", "--workloads=guest4096,prodcons,bulk32"
        first, second = figures(*PLAYED, *arguments), figures(*PLAYED,
                                                              *arguments)
        self.assertEqual(first, second)
        other = figures(*PLAYED, *arguments, "--seed=2")
        self.assertNotEqual(first["counts"], other["counts"])

    def test_a_pair_is_what_the_fronts_say_it_is(self):
        # Stores of an alloc, of a free: word, frame; claim: the slot's word;
        # owner: is_busy twice.
        stores = {"rseq": 1 + 2, "owner": 3 + 4, "claim": 2 + 3}
        rmw = {"rseq": 0, "owner": 0, "claim": 1}
        for count in counts("--cpus=1,64", "--workloads=pair"):
            front = count["front"]
            # An odd number of operations has an alloc more than frees; and
            # the figures are rounded.
            rounding = 3001 / count["operations"]
            self.assertAlmostEqual(total(count, "rmw"), 1000 * rmw[front],
                                   delta=rounding)
            self.assertAlmostEqual(total(count, "stores"),
                                   1000 * stores[front] / 2, delta=rounding)
            self.assertAlmostEqual(count["places"]["slot"]["rmw"],
                                   1000 * rmw[front], delta=rounding)
            for key in ("transfers", "hal_calls", "depot_takes",
                        "failed_swaps"):
                self.assertEqual(count[key], 0, key)
            self.assertIsNone(count["hottest_line"])

    def test_a_cpu_alone_shares_nothing(self):
        for count in counts("--cpus=1"):
            self.assertEqual(count["transfers"], 0, count)

    def test_the_fronts_transfer_the_same_lines(self):
        found = {}
        for count in counts("--cpus=8", "--workloads=guest4096,prodcons"):
            found.setdefault(count["workload"], []).append(count["transfers"])
        for transfers in found.values():
            self.assertEqual(len(transfers), 3)
            self.assertLess(max(transfers) - min(transfers),
                            0.01 * max(transfers))

    def test_frames_that_change_cpus_come_eight_to_a_line_each_way(self):
        for count in counts("--cpus=2,8", "--workloads=prodcons"):
            frames = count["places"]["frames"]
            self.assertAlmostEqual(frames["fetches"] + frames["upgrades"],
                                   1000 * 2 / 8 / 2, delta=5)
            self.assertEqual(count["hottest_line"]["place"], "stack")
            self.assertLess(0, count["depot_takes"])

    def test_with_threads_a_hit_is_still_a_hit(self):
        found = figures(*GIVEN, "--cpus=0", "--threads=1,8",
                        "--workloads=pair,prodcons")["counts"]
        self.assertEqual({count["by"] for count in found}, {"threads"})
        for count in found:
            if count["workload"] == "pair":
                self.assertAlmostEqual(total(count, "rmw"),
                                       1000 * (count["front"] == "claim"),
                                       delta=0.01)
                self.assertEqual(count["transfers"], 0)

    def test_pairs_of_cpus_need_two(self):
        found = counts("--cpus=1,2", "--workloads=prodcons,pair")
        self.assertEqual({count["cpus"] for count in found
                          if count["workload"] == "prodcons"}, {2})


class Model(unittest.TestCase):
    def fit(self, points):
        with tempfile.NamedTemporaryFile("w") as file:
            for cpus, throughput in points:
                print(cpus, throughput, file=file)
            file.flush()
            said = run(f"--fit={file.name}").stdout
        found = re.match(r"lambda (\S+), sigma (\S+), kappa (\S+), "
                         r"(no peak|peak at (\d+) CPUs)", said)
        return (*(float(text) for text in found.group(1, 2, 3)),
                float(found.group(5) or math.inf))

    def test_the_fit_finds_the_law_that_made_the_points(self):
        for law in ((3, 0.05, 0.0002), (200, 0, 1e-6), (1, 0.3, 0),
                    (7, 0, 0)):
            rate, sigma, kappa = law
            points = [(n, rate * n / (1 + sigma * (n - 1) +
                                      kappa * n * (n - 1)))
                      for n in (1, 2, 4, 8, 16, 32, 64, 128)]
            found = self.fit(points)
            for one, other in zip(found, law):
                self.assertAlmostEqual(one, other, delta=1e-3 * other + 1e-9)
            peak = math.sqrt((1 - sigma) / kappa) if kappa else math.inf
            self.assertTrue(found[3] == peak or abs(found[3] - peak) <= 1)

    def test_what_grows_faster_than_cpus_is_no_negative_sigma(self):
        _, sigma, kappa, _ = self.fit([(1, 1), (2, 2.2), (4, 5), (8, 11)])
        self.assertEqual((sigma, kappa), (0, 0))

    def test_what_shares_nothing_is_ideal_and_a_lock_is_not(self):
        found = figures(*PLAYED, "--cpus=1,2,4,8,16,1024", "--workloads=pair",
                        "--fronts=rseq")["models"]
        fmag, _, locked = found
        self.assertEqual([point["speedup"] for point in fmag["points"]],
                         [1, 2, 4, 8, 16, 1024])
        self.assertEqual((fmag["usl"]["sigma"], fmag["usl"]["kappa"]), (0, 0))
        self.assertEqual(locked["allocator"], "mutex-list")
        self.assertAlmostEqual(locked["points"][-1]["speedup"], 5 / 55,
                               delta=1e-6)
        self.assertAlmostEqual(locked["usl"]["sigma"], 1, delta=1e-6)

    def test_throughput_stays_under_its_bound(self):
        for model in figures(*PLAYED, "--cpus=1,2,4,8,16,32",
                             "--fronts=claim")["models"]:
            for point in model["points"]:
                self.assertLessEqual(point["operations_per_us"],
                                     1.000001 * point["bound_per_us"])


class Options(unittest.TestCase):
    def test_wrong_ones_are_named(self):
        for option, message in (
                ("--cpus=5000", '"5000" is not a number'),
                ("--fronts=lock", '"lock" is no front'),
                ("--workloads=latency", '"latency" is none'),
                ("--t-op=0", '"0" is no time'),
                ("--chart=a.gif", "ends neither"),
                ("more", '"more": no argument')):
            self.assertIn(message, run(option, status=64).stderr)

    def test_a_chart_is_drawn(self):
        with tempfile.TemporaryDirectory() as name:
            for end in "svg", "png":
                chart = Path(name, f"chart.{end}")
                run(*PLAYED, "--cpus=1,2,4,8", "--workloads=prodcons,pair",
                    f"--chart={chart}")
                self.assertLess(1000, chart.stat().st_size)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
