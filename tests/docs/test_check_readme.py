#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Shows that check_readme.py can fail."""
import tempfile
import unittest
from pathlib import Path

import check_readme

EXAMPLE = "int f(void)\n{\n\t/* [one] */\n\treturn 1;\n\t/* [/one] */\n}\n"
README = "Text\n<!-- example: one -->\n```c\nreturn 1;\n```\n[it](examples)\n"


class CheckReadme(unittest.TestCase):
    def faults(self, readme):
        with tempfile.TemporaryDirectory() as name:
            root = Path(name)
            for directory in ("examples", "bench", "docs"):
                (root / directory).mkdir()
            (root / "examples/one.c").write_text(EXAMPLE)
            (root / "CONTRIBUTING.md").write_text("")
            (root / "bench/README.md").write_text("")
            (root / "README.md").write_text(readme)
            return list(check_readme.check(root))

    def expect(self, readme, fault):
        self.assertEqual(self.faults(readme), [fault])

    def test_documents_that_agree_have_no_fault(self):
        self.assertEqual(self.faults(README), [])

    def test_a_block_that_differs_from_its_example_is_found(self):
        self.expect(README.replace("return 1", "return 2"), "README.md:2: "
                    "differs from the region [one] in examples")

    def test_a_block_without_an_example_is_found(self):
        self.expect(README.replace(": one", ": two"),
                    "README.md:2: no file in examples has a region [two]")
        self.expect(README.replace("<!-- example: one -->\n", ""),
                    "README.md:2: a block of C that no example compiles")

    def test_a_link_that_leads_nowhere_is_found(self):
        self.expect(README.replace("(examples)", "(nowhere.md#there)"),
                    "README.md:6: no such file: nowhere.md")


if __name__ == "__main__":
    unittest.main()
