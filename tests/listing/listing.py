# SPDX-License-Identifier: BSD-2-Clause
"""What a disassembler says of a function, and what is wrong with it.

A hit is the straight path from a function's entry to its return: no conditional
branch is taken, since those lead to what is rare.
"""
import re

# What a hit must not do, as (what it is, mnemonic and operands).
FORBIDDEN = {
    "x86_64": (
        ("a locked instruction", r"lock\b|xchg\S* .*\("),
        ("a fence", r"[mls]fence\b"),
        ("a call", r"call"),
        ("a system call", r"syscall|sysenter|int\b"),
    ),
    "aarch64": (
        ("an atomic or ordered instruction",
         r"(ld|st)a?l?x[rp]|(ldap|ldal?|stl)u?r|cas|swp|(ld|st)(add|clr|eor"
         r"|set|[su]max|[su]min)"),
        ("a barrier", r"dmb|dsb|isb"),
        ("a call", r"blr?\b|br\b"),
        ("a system call", r"svc|hvc|smc"),
    ),
}
CONDITIONAL = {
    "x86_64": r"j(?!mp)\w+",
    "aarch64": r"b\.\w+|cbn?z|tbn?z",
}
JUMP = {"x86_64": r"jmp\w*", "aarch64": r"b"}
COMMENT = {"x86_64": r"\s*#.*", "aarch64": r"\s*//.*"}
RETURN = r"(rep[z]? )?ret\w*"

LINE = re.compile(r"^\s*([0-9a-f]+):\t(.*)$")
RELOCATION = re.compile(r"^\s*[0-9a-f]+: (R_\w+)\s+(\S+)$")
HEAD = re.compile(r"^[0-9a-f]+ <([^>]+)>:$")


class Bad(Exception):
    """Something that a listing must not have."""


class Instruction:
    def __init__(self, machine, address, text):
        self.machine = machine
        self.address = address
        text = re.sub(COMMENT[machine], "", text)
        self.text = " ".join(text.split())
        self.relocation = None

    def matches(self, pattern):
        return re.match(rf"(?:{pattern})(?![\w.])", self.text) is not None

    def target(self):
        """Where a branch of this function goes; None: out of it."""
        found = re.search(r"\b([0-9a-f]+) <", self.text)
        if self.relocation or not found:
            return None
        return int(found.group(1), 16)

    def shown(self):
        """The text without what differs from one link to the next."""
        if self.matches(CONDITIONAL[self.machine]):
            return re.sub(r"\S+ <.*", "miss", self.text)
        if self.relocation:
            name = re.sub(r"[+-].*", "", self.relocation)
            text = re.sub(r"\b0x0\(%rip\)", f"{name}(%rip)", self.text)
            text = re.sub(r"\b[0-9a-f]+ <.*", name, text)
            return re.sub(r"#0x0$", f":lo12:{name}", text)
        return self.text


def functions(machine, text):
    """The functions of `objdump -dr --no-show-raw-insn` as {name: [...]}."""
    found, current = {}, None
    for line in text.splitlines():
        head = HEAD.match(line)
        if head:
            current = found.setdefault(head.group(1), [])
            continue
        relocation = RELOCATION.match(line.strip())
        if relocation and current:
            current[-1].relocation = relocation.group(2)
            continue
        code = LINE.match(line)
        if code and current is not None:
            current.append(Instruction(
                machine, int(code.group(1), 16), code.group(2)))
    return found


def hit(machine, code):
    """The instructions of the straight path through `code`, but the return."""
    places = {one.address: i for i, one in enumerate(code)}
    path, i = [], 0
    while i < len(code):
        one = code[i]
        if one.matches(RETURN):
            return path
        if one in path:
            raise Bad("does not end: a loop")
        path.append(one)
        i += 1
        if one.matches(JUMP[machine]):
            if one.target() not in places:
                raise Bad(f"leaves the function: {one.text}")
            i = places[one.target()]
    raise Bad("runs off its end without a return")


def check_hit(machine, path):
    for one in path:
        for what, pattern in FORBIDDEN[machine]:
            if re.match(pattern, one.text):
                raise Bad(f"has {what}: {one.text}")


def check_orders(code, needed):
    """That each of the patterns `needed` is the mnemonic of one of `code`."""
    for what, pattern in needed:
        if not any(one.matches(pattern) for one in code):
            raise Bad(f"has no {what}")
