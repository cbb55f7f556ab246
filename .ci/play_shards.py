"""Plays examples/workflows/shards.yml by its own steps: three jobs with their recordings, and one verdict of these.

Usage: play_shards.py BINARY SCRATCH. Each job has an emulator of its own, as on machines of their own; what actions of others
do (checkout, artefacts) is done here.
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parent.parent
JOBS = yaml.safe_load((ROOT / "examples/workflows/shards.yml").read_text(encoding="utf-8"))["jobs"]
KEY = "K2OTPConformanceEmulatorManagementKey"


class Machine:
    """A folder as a runner has it, and a server to test."""

    def __init__(self, folder: Path, binary: Path, faults: list[str]):
        (folder / "bin").mkdir(parents=True)
        (folder / "bin/otp-conformance").symlink_to(binary)
        self.folder, self.binary, self.faults = folder, binary, faults
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("OTP_", "GITHUB_"))}
        kept["PATH"] = f"{folder / 'bin'}:{kept['PATH']}"
        self.environment = kept | {"OTP_MANAGEMENT_KEY": KEY, "GITHUB_STEP_SUMMARY": str(folder / "summary.md"), "XDG_STATE_HOME": str(folder)}

    def job(self, job: dict, matrix: dict[str, int]) -> int:
        """Plays the lines of a job that are ours; the status of the first that may not fail and does."""
        for step in job["steps"]:
            line = step.get("run", "")
            if not line.startswith("otp-conformance"):
                continue
            line = re.sub(r"\$\{\{ matrix\.(\w+) \}\}", lambda found: str(matrix[found[1]]), line)
            status = self.served(line) if "--profile" in line else self.shell(line)
            if status and not step.get("continue-on-error"):
                return status
        return 0

    def served(self, line: str) -> int:
        shutil.copytree(ROOT / "targets", self.folder / "targets")
        faults = [word for fault in self.faults for word in ("--fault", fault)]
        command = [self.binary, "serve", "--listen", "127.0.0.1:0", "--until-eof", *faults]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
            url = server.stdout.readline().split()[1]
            profile = self.folder / "targets/local-emulator.toml"
            profile.write_text(profile.read_text().replace("http://127.0.0.1:4600", url))
            status = self.shell(line)
            server.stdin.close()
        return status

    def shell(self, line: str) -> int:
        with (self.folder / "log").open("a", encoding="utf-8") as log:
            command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", line]
            return subprocess.run(command, env=self.environment, cwd=self.folder, stdout=log, stderr=log).returncode


def play(folder: Path, binary: Path, faults: list[str], without: int = 0) -> tuple[int, str]:
    """The status of the verdict, and what it said."""
    verdict = Machine(folder / "verdict", binary, [])
    for shard in JOBS["shard"]["strategy"]["matrix"]["shard"]:
        machine = Machine(folder / f"shard-{shard}", binary, faults)
        status = machine.job(JOBS["shard"], {"shard": shard})
        if status:
            sys.exit(f"shards: shard {shard} ended in {status}\n{(machine.folder / 'log').read_text()}")
        if shard != without:
            shutil.copy(machine.folder / f"shard-{shard}.ndjson", verdict.folder)
    status = verdict.job(JOBS["verdict"], {})
    said = (verdict.folder / "log").read_text()
    for report in ("junit.xml", "summary.md"):
        if not (verdict.folder / report).exists():
            sys.exit(f"shards: the verdict ended in {status} without {report}\n{said}")
    return status, said


def main(binary: str, scratch: str) -> None:
    folder, program = Path(scratch), Path(binary).resolve()

    def demand(holds: bool, what: str, said: str) -> None:
        if not holds:
            sys.exit(f"shards: {what}\n{said}")
        print(f"shards: {what}: OK")

    status, said = play(folder / "right", program, [])
    demand(status == 0 and "verdict: pass" in said, "three shards of a right server are one pass", said)
    status, said = play(folder / "wrong", program, ["never-consumed"])
    demand(status == 1 and "OTP-046 MUST" in said, "three shards of a wrong server are one conviction", said)
    status, said = play(folder / "missing", program, [], without=2)
    demand(status == 3 and "no recording holds shard 2/3" in said, "a shard that is missing is named", said)


main(*sys.argv[1:])
