"""Are the transcripts of docs/ true? Each ```console block is played by a shell, and must print what stands there.

Usage: transcripts.py BINARY [PAGE…]. The blocks of one page share an empty folder, in which `otp-conformance` is on the path
and nothing else of ours; a folder named `examples` is copied there. A line that begins with `$ ` is a command, with the lines
that it is continued on (after a backslash, after `> `, or to the END of a here-document); what follows is its output, standard error
left out. `[...]` stands for anything, any line or lines where it is alone; ports, durations and counts may differ. What ends
in `&` stays until the page ends, and is waited for until its port takes connections. A command after which no `echo $?` asks
for the status must end in 0.
"""

import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PORT = "4600"  # what documents say; a free one is taken
BLOCK = re.compile(r"^```console\n(.*?)^```", re.S | re.M)
LIMIT = 300


def commands(block: str) -> list[tuple[str, str]]:
    """Commands and what each prints."""
    found: list[tuple[str, str]] = []
    lines = iter(block.splitlines())
    for line in lines:
        if line.startswith("> ") and found:  # a shell asks for more with it
            found[-1] = (found[-1][0] + "\n" + line[2:], "")
            continue
        if not line.startswith("$ "):
            if found:
                found[-1] = (found[-1][0], found[-1][1] + line + "\n")
            continue
        command = line[2:]
        while command.endswith("\\") or ("<<'END'" in command and not command.endswith("\nEND")):
            command += "\n" + next(lines)
        found.append((command, ""))
    return found


def pattern(expected: str) -> str:
    """What is printed, as a regular expression."""
    return "".join(line_pattern(line) for line in expected.strip().splitlines())


def line_pattern(line: str) -> str:
    if line == "[...]":
        return "(?:[^\n]*\n)*"
    escaped = re.escape(line).replace(re.escape("[...]"), "[^\n]*")
    escaped = re.sub(r"in\\ \d+(\\\.\d+)?\\ m?s", "in [^\\n]+", escaped)
    counts = r"\d[\d,]*(?=(?:\\ )(?:requests?|sends?|polls?|pass|trials?|planned|users?)\b)"
    return re.sub(counts, r"\\d[\\d,]*", escaped) + "\n"


class Shell:
    """One shell for a page, since its commands build on each other."""

    def __init__(self, binary: Path, folder: Path) -> None:
        self.folder = folder
        tools = folder / ".tools"
        tools.mkdir()
        (tools / "otp-conformance").symlink_to(binary)
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("OTP_", "GITHUB_"))}
        kept |= {"PATH": f"{tools}:{os.environ['PATH']}", "XDG_STATE_HOME": str(folder / ".state"), "COLUMNS": "120"}
        kept.pop("CI", None)
        self.process = subprocess.Popen(["bash"], cwd=folder, env=kept, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.DEVNULL, text=True, start_new_session=True)
        with socket.create_server(("127.0.0.1", 0)) as probe:
            self.port = str(probe.getsockname()[1])

    def run(self, command: str) -> tuple[int, str]:
        mark = "end of command:"
        text = command.replace(f":{PORT}", f":{self.port}")
        if text.startswith("kill "):
            self.process.stdin.write(text + "; wait $!\n")
            self.process.stdin.flush()
            return self.wait(False)
        if text.endswith("&"):
            text = re.sub(r"\botp-conformance serve\b(?!.*--listen)", f"otp-conformance serve --listen 127.0.0.1:{self.port}", text)
            text = text[:-1] + "</dev/null >/dev/null &"
            self.process.stdin.write(text + "\n")
            self.process.stdin.flush()
            return self.wait(True)
        # `$?` is to be the command's before this one.
        self.process.stdin.write(f"(exit ${{last:-0}})\n{text}\nlast=$?\nprintf '\\n%s%s\\n' '{mark}' $last\n")
        self.process.stdin.flush()
        seen = ""
        for line in self.process.stdout:
            if line.startswith(mark):
                self.settle()
                return int(line[len(mark):]), seen.replace(f":{self.port}", f":{PORT}").strip()
            seen += line
        return -1, seen + "the shell has ended"

    def settle(self) -> None:
        """Profiles that `init` has written speak of the port that documents say."""
        for profile in self.folder.glob("targets/*.toml"):
            text = profile.read_text()
            if f":{PORT}" in text:
                profile.write_text(text.replace(f":{PORT}", f":{self.port}"))

    def wait(self, is_up: bool) -> tuple[int, str]:
        for _ in range(100):
            with socket.socket() as probe:
                if (probe.connect_ex(("127.0.0.1", int(self.port))) == 0) == is_up:
                    return 0, ""
            time.sleep(0.1)
        return 1, f"port {self.port} is {'dead' if is_up else 'still alive'}"

    def end(self) -> None:
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


def play(page: Path, binary: Path) -> list[str]:
    complaints = []
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        (folder / "examples").symlink_to(ROOT / "examples")
        shell = Shell(binary, folder)
        signal.alarm(LIMIT)
        try:
            steps = [step for block in BLOCK.findall(page.read_text()) for step in commands(block)]
            for at, (command, expected) in enumerate(steps):
                status, seen = shell.run(command)
                asked = at + 1 < len(steps) and steps[at + 1][0] == "echo $?"
                if status != 0 and not asked:
                    complaints.append(f"{page.name}: `{command}` ended in {status}:\n{seen}")
                if not command.endswith("&") and not re.fullmatch(pattern(expected), seen and seen + "\n"):
                    complaints.append(f"{page.name}: `{command}` prints something else:\n{seen}")
        finally:
            signal.alarm(0)
            shell.end()
    return complaints


def main() -> int:
    binary = Path(sys.argv[1]).resolve()
    pages = [Path(page) for page in sys.argv[2:]] or sorted(ROOT.glob("docs/*.md"))
    pages = [page for page in pages if BLOCK.search(page.read_text())]
    complaints = [complaint for page in pages for complaint in play(page, binary)]
    print("\n".join(complaints) or f"transcripts: {', '.join(page.name for page in pages)}: OK")
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
