"""Plays examples/workflows/partitions.yml by its own steps: this project's trials as tests, in three partitions of
cargo-nextest, and one verdict of their recordings.

Usage: play_partitions.py BINARY SCRATCH [FAULT]. What actions of others do (checkout, artefacts) is done here. Property trials
draw few bodies, and by SMS alone, since a build without optimisation runs it.
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parent.parent
JOBS = yaml.safe_load((ROOT / "examples/workflows/partitions.yml").read_text(encoding="utf-8"))["jobs"]
PARTITIONS = JOBS["partition"]["strategy"]["matrix"]["partition"]
SMALL = {"OTP_CASES": "4", "OTP_METHODS": "sms"}


def line_of(job: str, command: str) -> str:
    """The step of a job that runs this command."""
    return next(step["run"] for step in JOBS[job]["steps"] if step.get("run", "").startswith(command))


def filled(text: str, partition: int) -> str:
    return re.sub(r"\$\{\{ matrix\.partition \}\}", str(partition), text)


def shell(line: str, folder: Path, environment: dict[str, str]) -> tuple[int, str]:
    command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", line]
    done = subprocess.run(command, env=environment, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    return done.returncode, done.stdout


def main(binary: str, scratch: str, fault: str = "") -> None:
    folder = Path(scratch)
    (folder / "bin").mkdir(parents=True)
    (folder / "bin/otp-conformance").symlink_to(Path(binary).resolve())
    (folder / "summary.md").touch()  # as a runner has it
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("OTP_", "GITHUB_", "NEXTEST"))}
    kept |= {"PATH": f"{folder / 'bin'}:{kept['PATH']}", "GITHUB_STEP_SUMMARY": str(folder / "summary.md")}
    kept |= SMALL | ({"OTP_FAULT": fault} if fault else {})
    of_job = {name: str(value) for name, value in JOBS["partition"]["env"].items() if "secrets" not in str(value)}

    for partition in PARTITIONS:
        own = {name: filled(value, partition) for name, value in of_job.items()}
        own["OTP_RECORDINGS"] = str(folder / own["OTP_RECORDINGS"])
        status, said = shell(filled(line_of("partition", "cargo nextest"), partition), ROOT, kept | own)
        tail = said.rstrip().splitlines()[-1:]
        print(f"partitions: {partition}: status {status}: {' '.join(tail)}", flush=True)
        if status not in (0, 100):  # nextest's for tests that failed
            sys.exit(said)

    def verdict(what: str, status: int, *words: str) -> None:
        ended, said = shell(line_of("verdict", "otp-conformance"), folder, kept)
        if ended != status or "several recordings" in said or not all(word in said for word in words):
            sys.exit(f"partitions: {what}: ended in {ended}\n{said}")
        print(f"partitions: {what}: OK")

    if fault:
        verdict("three partitions of a wrong server are one conviction", 1, "verdict: fail")
    else:
        verdict("three partitions of a right server are one pass", 0, "verdict: pass")
    shutil.rmtree(folder / "recordings" / str(PARTITIONS[1]))
    verdict("a partition that is missing is named", 1 if fault else 3, "missing       no recording holds")


main(*sys.argv[1:])
