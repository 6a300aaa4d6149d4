#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Shows that check_layers.py can fail: each bad tree gives its own violation."""
import tempfile
import unittest
from pathlib import Path

import check_layers

LAYERS = """
include/fmag      :
src/base          : include/fmag
src/front         : include/fmag src/base
src/depot         : include/fmag src/base
src/hosted        : include/fmag src/base src/front src/depot
src/hosted/arena* : include/fmag/hal.h src/base
tests             : include/fmag src
"""

GOOD = {
    "docs/layers.txt": LAYERS,
    "include/fmag/hal.h": "",
    "include/fmag/cache.h": "#include <fmag/hal.h>\n",
    "src/CMakeLists.txt": "set(a base/a.c front/f.c depot/d.c # base/x.c\n"
                          "  hosted/h.c hosted/arena.c)\n",
    "src/base/a.c": '#include "base/a.h"\n',
    "src/base/a.h": "#include <stdint.h>\n",
    "src/front/f.c": '#include "base/a.h"\n#include <fmag/cache.h>\n',
    "src/front/f.h": "",
    "src/depot/d.c": "#include <ck_stack.h>\n",
    "src/depot/d.h": "",
    "src/hosted/h.c": '#include "front/f.h"\n',
    "src/hosted/arena.c": '#include "hosted/arena_bits.h"\n',
    "src/hosted/arena_bits.h": "#include <fmag/hal.h>\n",
    "tests/unit/test_a.c": '#include "support/s.h"\n#include "front/f.h"\n',
    "tests/support/s.h": "",
}


class CheckLayers(unittest.TestCase):
    def violations(self, files):
        """What the checker finds in GOOD with some files replaced."""
        with tempfile.TemporaryDirectory() as name:
            root = Path(name)
            for file, text in {**GOOD, **files}.items():
                path = root / file
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text)
            return check_layers.check(root)

    def expect(self, files, *parts):
        found = self.violations(files)
        self.assertEqual(len(found), 1, found)
        for part in parts:
            self.assertIn(part, found[0])

    def test_a_tree_that_obeys_has_no_violation(self):
        self.assertEqual(self.violations({}), [])

    def test_an_include_of_a_layer_above_is_found_with_its_line(self):
        self.expect({"src/base/a.h": '\n\n# include "front/f.h"\n'},
                    "src/base/a.h:3: ", "may not include src/front/f.h")

    def test_layers_that_are_blind_to_each_other_are_kept_apart(self):
        self.expect({"src/front/f.h": '#include "depot/d.h"\n'},
                    "src/front/f.h:1: ")
        self.expect({"src/depot/d.h": '#include "front/f.h"\n'},
                    "src/depot/d.h:1: ")

    def test_a_public_header_includes_nothing_internal(self):
        self.expect({"include/fmag/hal.h": '#include "base/a.h"\n'},
                    "include/fmag/hal.h:1: ")

    def test_the_narrower_layer_wins(self):
        self.expect({"src/hosted/arena.c": '#include "front/f.h"\n'},
                    "src/hosted/arena.c:1: ")
        self.expect({"src/hosted/arena.c": "#include <fmag/cache.h>\n"},
                    "src/hosted/arena.c:1: ")

    def test_a_directory_in_no_layer_is_found(self):
        self.expect({"src/extra/e.h": ""}, "src/extra is in no layer")

    def test_climbing_and_missing_includes_are_found(self):
        self.expect({"src/front/f.h": '#include "../base/a.h"\n'}, "climbs")
        self.expect({"src/front/f.h": '#include "base/gone.h"\n'}, "no file")

    def test_a_layer_of_nothing_is_found(self):
        self.expect({"docs/layers.txt": LAYERS + "src/gone :\n"}, "src/gone")

    def test_a_source_that_is_not_built_is_found(self):
        self.expect({"src/base/x.c": ""}, "src/base/x.c:1: not named")


if __name__ == "__main__":
    unittest.main()
