"""Guards over the dependency tree: licences as deny.toml allows them, no crate beyond our MSRV, nothing banned,
nothing unused.

Reads what cargo has resolved; needs the registry of crates and no other network. `cargo deny check` reads the same
deny.toml and sees more (advisories), but is no part of a Rust installation.
"""

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def permitted(expression: str, allowed: set[str]) -> bool:
    """Whether an SPDX expression can be satisfied with allowed licences alone."""
    # Old manifests part alternatives by a slash.
    tokens = re.findall(r"[()]|[^\s()]+", expression.replace("/", " OR "))

    def alternatives() -> bool:
        result = conjunction()
        while tokens and tokens[0] == "OR":
            tokens.pop(0)
            result = conjunction() or result
        return result

    def conjunction() -> bool:
        result = licence()
        while tokens and tokens[0] == "AND":
            tokens.pop(0)
            result = licence() and result
        return result

    def licence() -> bool:
        name = tokens.pop(0)
        if name == "(":
            result = alternatives()
            tokens.pop(0)
            return result
        if tokens and tokens[0] == "WITH":
            name = f"{name} {tokens.pop(0)} {tokens.pop(0)}"
        return name in allowed

    return alternatives() and not tokens


def version(text: str) -> tuple[int, ...]:
    """`1.89` and `1.89.0` are the same version."""
    return (tuple(int(part) for part in text.split(".")) + (0, 0))[:3]


def unused() -> list[str]:
    """Dependencies that no source of their package names."""
    complaints = []
    for manifest in [ROOT / "Cargo.toml", *ROOT.glob("crates/*/Cargo.toml"), *ROOT.glob("tools/Cargo.toml")]:
        package = tomllib.loads(manifest.read_text(encoding="utf-8"))
        tables = [package, *package.get("target", {}).values()]
        kinds = {"dependencies": ["src", "build.rs"], "dev-dependencies": ["src", "tests", "benches", "examples"]}
        for kind, places in kinds.items():
            found = [manifest.parent / place for place in places]
            files = [path for path in found if path.is_file()] + [file for path in found for file in path.glob("**/*.rs")]
            code = "\n".join(re.sub(r"//.*", "", file.read_text(encoding="utf-8")) for file in files)
            names = [name for table in tables for name in table.get(kind, {})]
            complaints += [
                f"{manifest.relative_to(ROOT)}: {name} is used nowhere; remove it"
                for name in names
                if not re.search(rf"\b{name.replace('-', '_')}\b", code)
            ]
    return complaints


def main() -> int:
    deny = tomllib.loads((ROOT / "deny.toml").read_text(encoding="utf-8"))
    allowed = set(deny["licenses"]["allow"])
    banned = {entry["crate"] for entry in deny["bans"]["deny"]}
    command = ["cargo", "metadata", "--locked", "--all-features", "--format-version", "1"]
    metadata = json.loads(subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE).stdout)
    ours = next(package for package in metadata["packages"] if package["name"] == "otp-conformance")
    # Optional dependencies of dependencies are listed too; only what some feature set of ours reaches is resolved.
    resolved = {node["id"] for node in metadata["resolve"]["nodes"]}
    packages = [package for package in metadata["packages"] if package["id"] in resolved]

    complaints, met = [], set()
    for package in packages:
        name, licence, msrv = f"{package['name']} {package['version']}", package["license"], package["rust_version"]
        if licence is None or not permitted(licence, allowed):
            complaints.append(f"{name}: licence {licence} is not in deny.toml's list")
        met.update(set(re.findall(r"[^\s()/]+", licence or "")) & allowed)
        if msrv and version(msrv) > version(ours["rust_version"]):
            complaints.append(f"{name}: needs Rust {msrv}, our Cargo.toml promises {ours['rust_version']}")
        if package["name"] in banned:
            complaints.append(f"{name}: banned in deny.toml")
        if package["source"] not in (None, "registry+https://github.com/rust-lang/crates.io-index"):
            complaints.append(f"{name}: comes from {package['source']}, not from crates.io")
    complaints += unused()
    complaints += [f"deny.toml allows {licence}, which nothing uses" for licence in sorted(allowed - met)]

    print("\n".join(complaints) or f"dependencies: {len(packages)} packages: licences, MSRV, sources, bans, use: OK")
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
