"""What the dependency tree pulls in, what it costs to compile, and why: the table of docs/measurements/build.md.

Usage: build-table.py TIMINGS.html >>FILE, after `cargo build --release --timings`, which says where it wrote its page.
A crate is counted for every dependency of ours that cannot do without it; the seconds are those of the units on the
machine that built.
"""

import json
import re
import subprocess
import sys
import tomllib
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
OURS = ["otp-conformance", "proptest-jsonschema"]


def seconds(page: str) -> dict[str, float]:
    """Seconds of all units of each package, build scripts included."""
    units = json.loads(re.search(r"const UNIT_DATA = (\[.*?\]);", page, re.S)[1])
    total: dict[str, float] = defaultdict(float)
    for unit in units:
        total[unit["name"]] += unit["duration"]
    return total


def reasons() -> dict[str, str]:
    """The comment above each dependency in the manifests."""
    found = {}
    for manifest in [ROOT / "Cargo.toml", *sorted(ROOT.glob("crates/*/Cargo.toml"))]:
        for comment, name in re.findall(r"^# (.+)\n([\w-]+) = ", manifest.read_text(), re.M):
            found.setdefault(name, comment)
    return found


def graph() -> dict[str, set[str]]:
    """Names of packages with those they need in a build of the binary."""
    command = ["cargo", "metadata", "--format-version", "1", "--filter-platform", host()]
    metadata = json.loads(subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE).stdout)
    names = {package["id"]: package["name"] for package in metadata["packages"]}
    needs: dict[str, set[str]] = defaultdict(set)
    for node in metadata["resolve"]["nodes"]:
        for dependency in node["deps"]:
            if any(kind["kind"] != "dev" for kind in dependency["dep_kinds"]):
                needs[names[node["id"]]].add(names[dependency["pkg"]])
    return needs


def host() -> str:
    text = subprocess.run(["rustc", "-vV"], check=True, stdout=subprocess.PIPE).stdout.decode()
    return re.search(r"^host: (.+)$", text, re.M)[1]


def reach(needs: dict[str, set[str]], start: set[str], without: str = "") -> set[str]:
    seen, queue = set(), [name for name in start if name != without]
    while queue:
        name = queue.pop()
        if name not in seen:
            seen.add(name)
            queue += [other for other in needs[name] if other != without]
    return seen


def main() -> None:
    spent, why, needs = seconds(Path(sys.argv[1]).read_text()), reasons(), graph()
    everything = reach(needs, {"otp-conformance"})
    direct = {name for ours in OURS for name in needs[ours]} - set(OURS)
    manifest = tomllib.loads((ROOT / "Cargo.toml").read_text())
    rows = []
    for name in direct:
        alone = everything - reach(needs, {"otp-conformance"}, name)
        rows.append((sum(spent.get(one, 0) for one in alone), spent.get(name, 0), name, len(alone)))
    print("| dependency | its own seconds | with what only it needs | crates | why |\n|---|---|---|---|---|")
    for whole, own, name, count in sorted(rows, reverse=True):
        print(f"| `{name}` | {own:.1f} | {whole:.1f} | {count} | {why.get(name, '')} |")
    ours = ", ".join(f"`{name}` {spent.get(name, 0):.1f}" for name in OURS)
    shared = sum(spent.values()) - sum(spent.get(name, 0) for name in OURS)
    print(f"\n{len(everything) - len(OURS)} crates of others: {shared:.0f} s of units. Ours: {ours} s ", end="")
    print(f"(edition {manifest['package']['edition']}, with the binary).")


if __name__ == "__main__":
    main()
