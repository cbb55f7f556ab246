"""Are the documents true? Transcripts in README.md are run again, commands, flags, paths and links of all documents looked up.

Usage: documents.py BINARY. A transcript is a ```console block; `[...]` in it stands for anything, and ports,
lines, durations and how many trials there are may differ.
"""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("docs/*/*.md"), *ROOT.glob("python/*.md"), *ROOT.glob("npm/*/*.md"), *ROOT.glob("crates/*/*.md"), *ROOT.glob("crates/*/docs/*.md")])
# Flags in documents that are other programs'.
FOREIGN = {"--ignored", "--release", "--test", "--exact", "--path", "--all-targets", "--no-deps", "--check", "--lib", "--bench", "--write", "--save-dev", "--omit", "--locked", "--target-dir", "--nocapture", "--no-fail-fast", "--partition", "--times"}

FLAG = r"(?<![\w-])--[a-z][a-z-]*"


def output(binary: str, arguments: list[str]) -> str:
    """What the binary prints, in an environment without settings."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("OTP_")}
    done = subprocess.run([binary, *arguments], env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    return done.stdout.decode()


def pattern(transcript: str) -> str:
    """The transcript as a regular expression."""
    escaped = re.escape(transcript.strip()).replace(re.escape("[...]"), "(?s:.*)")
    escaped = re.sub(r"in\\ \d+\\ ms", r"in [^\\n]+", escaped)
    return re.sub(r":\d+|\d+(?=\\ (?:requests|sends|pass|trials))", lambda found: found[0].rstrip("0123456789") + r"\d+", escaped)


def transcripts(binary: str) -> list[str]:
    complaints = []
    for block in re.findall(r"```console\n\$ otp-conformance (.*?)```", (ROOT / "README.md").read_text(), re.S):
        command, expected = block.split("\n", 1)
        seen = output(binary, shlex.split(command))
        if not re.fullmatch(pattern(expected), seen.strip()):
            complaints.append(f"README.md: `otp-conformance {command}` prints something else:\n{seen}")
    return complaints


def programs(code: str) -> tuple[str, list[str]]:
    """The code without the flags of tools and scripts, and what these do not have of them."""
    missing = []

    def look(what: str, used: str, known: set[str]) -> str:
        missing.extend(f"{flag} is no flag of {what}" for flag in sorted(set(re.findall(FLAG, used)) - known))
        return ""

    def tool(command: re.Match) -> str:
        name = command[1].replace("-", "_")
        paths = [ROOT / f"tools/src/{name}.rs", ROOT / f"tools/src/{name}/mod.rs"]
        path = next((path for path in paths if path.exists()), paths[0])
        if not path.exists():
            missing.append(f"{command[1]} is none of `cargo tools`")
        own = re.findall(r"#\[arg\(long(?: = \"([a-z-]+)\")?[^\]]*\)\]\s+(\w+):", path.read_text() if path.exists() else "")
        known = {"--" + (given or field).replace("_", "-") for given, field in own}
        return look(f"cargo tools {command[1]}", command[2], known)

    def script(command: re.Match) -> str:
        path = ROOT / command[1]
        known = set(re.findall(r"add_argument\(['\"](--[a-z-]+)", path.read_text() if path.exists() else ""))
        return look(command[1], command[2], known)

    code = re.sub(r"cargo tools ([\w-]+)([^\n`#]*)", tool, code)
    # What stands behind `--` is another program's.
    return re.sub(r"(tools/[\w-]+\.py)((?: (?!-- )[^\s`#]+)*)", script, code), missing


def pytest_options() -> set[str]:
    """The options that the plugin gives pytest."""
    source = (ROOT / "python/src/otp_conformance/_options.py").read_text()
    return {"--" + name.replace("_", "-") for name in re.findall(r'^    \("(otp\w*)"', source, re.M)}


def flags(binary: str) -> list[str]:
    commands = re.findall(r"^  ([a-z]+) ", output(binary, ["--help"]).split("Commands:")[1], re.M)
    helps = [output(binary, [command, "--help"]) for command in commands]
    nested = [(command, word) for command, text in zip(commands, helps) if "Commands:" in text
              for word in re.findall(r"^  ([a-z]+) ", text.split("Commands:")[1], re.M)]
    helps += [output(binary, [*pair, "--help"]) for pair in nested]
    known = set(re.findall(r"--[a-z][a-z-]*", "".join(helps))) | pytest_options()
    complaints = []
    for document in DOCUMENTS:
        text = document.read_text()
        code, missing = programs(" ".join(re.findall(r"```.*?```|`[^`]+`", text, re.S)))
        complaints += [f"{document.name}: {flag}" for flag in missing]
        used = set(re.findall(FLAG, code)) - FOREIGN
        complaints += [f"{document.name}: {flag} is no flag" for flag in sorted(used - known)]
        called = set(re.findall(r"(?<![\w/-])otp-conformance ([a-z]+)\b", code)) - {"help"}
        complaints += [f"{document.name}: `{command}` is no command" for command in sorted(called - set(commands))]
    return complaints


def places() -> list[str]:
    complaints = []
    for document in DOCUMENTS:
        named = re.findall(r"`((?:src|tests|schema|suites|snapshots|targets|docs|tools|examples|npm|python|\.ci|\.github)/[\w./-]*)", document.read_text())
        complaints += [f"{document.name}: there is no {path}" for path in sorted(set(named))
                       if not any((near / path).exists() for near in (ROOT, document.parent, document.parent.parent))]
        for target in re.findall(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)", document.read_text()):
            if not (document.parent / target).exists():
                complaints.append(f"{document.name}: there is no {target}, which it links to")
    return complaints


def main() -> int:
    binary = str(Path(sys.argv[1]).resolve())
    complaints = transcripts(binary) + flags(binary) + places()
    print("\n".join(complaints) or f"documents: {len(DOCUMENTS)} looked at: transcripts, flags, links: OK")
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
