#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Shows that check_listing.py can fail, on fabricated listings."""
import unittest

import check_listing
import listing

X86 = """
0000000000000040 <hit>:
  40:\tmov    0x8(%rdi),%rax
  44:\tlea    0x0(%rip),%rcx        # 4b <hit+0xb>
\t\t\t47: R_X86_64_PC32\t__rseq_cs+0x1c
  4b:\tjae    60 <hit+0x20>
@
  50:\tdecq   (%rdx)
  53:\tret
  60:\tjmp    65 <hit+0x25>
\t\t\t61: R_X86_64_PLT32\tmissed-0x4
"""
ARM = """
0000000000000000 <hit>:
   0:\tldr\tx8, [x0, #8]
   4:\tb.cs\t54 <hit+0x54>  // b.hs, b.nlast
@
   c:\tstr\tx10, [x9]
  10:\tret
  54:\tb\t0 <missed>
\t\t\t54: R_AARCH64_JUMP26\tmissed
"""


class Hits(unittest.TestCase):
    def path(self, machine, line):
        text = {"x86_64": X86, "aarch64": ARM}[machine].replace("@\n", line)
        path = listing.hit(machine, listing.functions(machine, text)["hit"])
        listing.check_hit(machine, path)
        return path

    def expect(self, machine, code, says):
        with self.assertRaisesRegex(listing.Bad, says):
            self.path(machine, f"  4d:\t{code}\n")

    def test_a_hit_ends_at_its_return_and_leaves_the_miss_out(self):
        self.assertEqual([one.shown() for one in self.path("x86_64", "")], [
            "mov 0x8(%rdi),%rax", "lea __rseq_cs(%rip),%rcx", "jae miss",
            "decq (%rdx)"])
        self.assertEqual([one.shown() for one in self.path("aarch64", "")], [
            "ldr x8, [x0, #8]", "b.cs miss", "str x10, [x9]"])

    def test_what_orders_or_calls_is_found_on_x86_64(self):
        self.expect("x86_64", "lock cmpxchg %rsi,(%rdx)", "a locked")
        self.expect("x86_64", "lock decq (%rdx)", "a locked")
        self.expect("x86_64", "xchg   %rax,(%rdx)", "a locked")
        self.expect("x86_64", "mfence", "a fence")
        self.expect("x86_64", "call   99 <other>", "a call")
        self.expect("x86_64", "call   *0x10(%rax)", "a call")
        self.expect("x86_64", "syscall", "a system call")

    def test_what_orders_or_calls_is_found_on_aarch64(self):
        for code in ("ldaxr\tx2, [x4]", "stxr\tw1, x2, [x3]", "ldar\tx1, [x0]",
                     "stlr\tx1, [x0]", "casal\tx1, x2, [x3]",
                     "swpa\tx1, x2, [x3]", "ldaddal\tx1, x2, [x3]"):
            self.expect("aarch64", code, "an atomic or ordered")
        self.expect("aarch64", "dmb\tish", "a barrier")
        self.expect("aarch64", "bl\t99 <other>", "a call")
        self.expect("aarch64", "blr\tx1", "a call")
        self.expect("aarch64", "svc\t#0x0", "a system call")

    def test_what_only_looks_like_it_is_not(self):
        self.path("x86_64", "  4d:\txchg   %ax,%ax\n")
        self.path("aarch64", "   8:\tldur\tx1, [x0]\n")

    def test_a_path_that_does_not_return_is_found(self):
        self.expect("x86_64", "jmp    99 <other>", "leaves the function")
        self.expect("x86_64", "jmp    40 <hit>", "a loop")
        cut = X86.replace("@\n", "").split("  53:")[0]
        with self.assertRaisesRegex(listing.Bad, "runs off"):
            listing.hit("x86_64", listing.functions("x86_64", cut)["hit"])

    def test_a_missing_order_is_found(self):
        code = listing.functions("aarch64", ARM.replace(
            "@\n", "   8:\tldxr\tx1, [x0]\n"))["hit"]
        with self.assertRaisesRegex(listing.Bad, "no acquiring exclusive"):
            listing.check_orders(code, (check_listing.SWAP_ACQUIRES,))
        with self.assertRaisesRegex(listing.Bad, "no acquiring load"):
            listing.check_orders(code, (check_listing.ACQUIRE,))


class Counts(unittest.TestCase):
    KEY = ("x86_64", "gcc")
    RECORDS = {KEY: ("12.2.0/2.40", {"alloc": 13})}

    def complaints(self, version, counts):
        check_listing.FAULTS.clear()
        check_listing.check_counts(self.KEY, version, counts, self.RECORDS)
        return len(check_listing.FAULTS)

    def test_more_is_wrong_by_any_compiler(self):
        self.assertEqual(self.complaints("12.2.0/2.40", {"alloc": 14}), 1)
        self.assertEqual(self.complaints("13.1.0/2.41", {"alloc": 14}), 1)

    def test_fewer_is_to_be_recorded(self):
        self.assertEqual(self.complaints("12.2.0/2.40", {"alloc": 12}), 1)
        self.assertEqual(self.complaints("13.1.0/2.41", {"alloc": 12}), 0)

    def test_what_is_not_recorded_is_found(self):
        self.assertEqual(self.complaints("12.2.0/2.40", {"bulk": 1}), 1)
        self.assertEqual(self.complaints("12.2.0/2.40", {"alloc": 13}), 0)


if __name__ == "__main__":
    unittest.main()
