#!/usr/bin/env python3
"""How much a run prints: lines and columns of its last screen, and bytes of its page, where nothing, two and thirty things
are broken, and for how many broken requirements it has no evidence. Ends in 1 where one of them is beyond its aim. Thirty
faults are those of the page that the browser looks at, and as many draws as are asked for. Standard library only.

    tools/output.py BINARY [--draws N]
"""
import argparse
import os
import random
import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
COLUMNS, PAGE = 120, 300_000
AIMS = {0: 12, 2: 40, 30: 150}
# Two that break one requirement each, two that break several, and one that breaks many beside another.
PAIRS = [
    ["never-consumed", "code-null-accepted"],
    ["never-consumed", "last-two-codes-valid"],
    ["errors-are-html", "no-attempt-limit"],
]


def thirty() -> list[str]:
    """The faults of the page that the browser looks at."""
    script = (ROOT / ".ci/browser.sh").read_text()
    return re.search(r"^bugs=\((.*?)\)", script, re.S | re.M)[1].split()


def drawn(binary: str, draw: int) -> list[str]:
    """Thirty of all faults."""
    known = subprocess.run([binary, "list", "faults"], check=True, stdout=subprocess.PIPE, text=True).stdout
    return random.Random(draw).sample([line.split()[0] for line in known.splitlines() if line], 30)


def unshown(lines: list[str]) -> int:
    """Broken requirements without evidence, as the screen itself counts them or by its lines."""
    rows = [at for at, line in enumerate(lines) if re.match(r"OTP-\d+ (MUST|SHOULD|MAY) ", line)]
    if not any(line.startswith("    again() {") for line in lines):  # a block each, after the table
        return sum(not any(line.startswith(lines[at][:7] + "  expected") for line in lines) for at in rows)
    counted = re.findall(r"^(?:and|evidence of) ([\d,]+) more requirement", "\n".join(lines), re.M)
    ends = sum(not re.match(r"OTP-\d+ |    expected |    \d+ > |    .* again '", lines[at + 1]) for at in rows)
    return ends + sum(int(number.replace(",", "")) for number in counted)


def measure(binary: str, faults: list[str]) -> tuple[int, int, int, int]:
    flags = [word for fault in faults for word in ("--fault", fault)]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("OTP_")}
    with tempfile.TemporaryDirectory() as scratch:
        page = Path(scratch) / "page.html"
        command = [binary, "run", "--seed", "7", *flags, "--html", str(page)]
        done = subprocess.run(command, env=environment, cwd=scratch, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        if done.returncode != (1 if faults else 0):
            sys.exit(f"a run with {len(faults)} faults ended in {done.returncode}:\n{done.stdout.decode()}")
        lines = done.stdout.decode().splitlines()
        return len(lines), max(map(len, lines)), unshown(lines), page.stat().st_size


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("binary")
    parser.add_argument("--draws", type=int, default=1, metavar="N")
    wanted = parser.parse_args()
    binary = str(Path(wanted.binary).resolve())
    runs = [[], *PAIRS, thirty(), *(drawn(binary, draw) for draw in range(1, wanted.draws + 1))]
    beyond = 0
    print("| faults | lines, aim | lines | widest, aim | widest | without evidence | page, aim | page |")
    print("|---|---|---|---|---|---|---|---|")
    for names in runs:
        number = len(names)
        lines, columns, bare, page = measure(binary, names)
        beyond += lines > AIMS[number] or columns > COLUMNS or bare > 0 or page > PAGE
        sizes = f"{PAGE // 1000} kB | {page // 1000} kB"
        print(f"| {number} | {AIMS[number]} | {lines} | {COLUMNS} | {columns} | {bare} | {sizes} |", flush=True)
    return 1 if beyond else 0


if __name__ == "__main__":
    sys.exit(main())
