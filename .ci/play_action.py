"""Plays the steps of action.yml by their own shell lines, against a release that is a folder.

Usage: play_action.py BINARY SCRATCH. What a runner of GitHub would do around them (expressions, outputs, conditions) is
done here for as much of it as the action uses; actions of others are left out, so the cache is always empty.
"""

import hashlib
import os
import platform
import re
import subprocess
import sys
import tarfile
from pathlib import Path

import yaml

ACTION = yaml.safe_load(Path("action.yml").read_text(encoding="utf-8"))
ARCH = {"x86_64": "X64", "aarch64": "ARM64"}[platform.machine()]
VERSION = re.search(r'^version = "(.+)"$', Path("Cargo.toml").read_text(encoding="utf-8"), re.M)[1]
TARGET = f"{platform.machine()}-unknown-linux-gnu"


def release(binary: Path, folder: Path) -> str:
    """A folder as a release has its files; its address."""
    place = folder / "owner/otp-conformance/releases/download" / f"v{VERSION}"
    place.mkdir(parents=True)
    archive = place / f"otp-conformance-{VERSION}-{TARGET}.tar.gz"
    with tarfile.open(archive, "w:gz") as tar:
        tar.add(binary, "otp-conformance")
    digest = hashlib.sha256(archive.read_bytes()).hexdigest()
    (place / "SHA256SUMS").write_text(f"{digest}  {archive.name}\n", encoding="utf-8")
    return folder.as_uri()


class Play:
    """One use of the action."""

    def __init__(self, folder: Path, server: str, inputs: dict[str, str]):
        folder.mkdir(parents=True)
        self.folder, self.outputs, self.path = folder, {}, []
        self.inputs = {name: str(given["default"]) for name, given in ACTION["inputs"].items()} | inputs
        self.context = {
            "github.server_url": server,
            "github.action_repository": "owner/otp-conformance",
            "github.action_ref": f"v{VERSION}",
            "runner.temp": str(folder / "temp"),
            "runner.os": "Linux",
            "runner.arch": ARCH,
        }
        (folder / "temp").mkdir()

    def value(self, expression: str) -> str:
        for part in (part.strip() for part in expression.split("||")):
            kind, _, name = part.partition(".")
            if kind == "inputs":
                found = self.inputs[name]
            elif kind == "steps":
                step, _, output = name.partition(".outputs.")
                found = self.outputs.get(step, {}).get(output, "")
            else:
                found = self.context[part]
            if found:
                return found
        return ""

    def text(self, template: str) -> str:
        return re.sub(r"\$\{\{ *(.+?) *\}\}", lambda found: self.value(found[1]), str(template))

    def run(self) -> int:
        """Status of the first step that fails, or 0."""
        status = 0
        for step in ACTION["runs"]["steps"]:
            if "run" not in step or status:
                continue
            assert "${{" not in step["run"], f"{step['name']}: an expression inside a script is an injection"
            status = self.step(step)
        return status

    def step(self, step: dict) -> int:
        files = {name: self.folder / name.lower() for name in ("GITHUB_OUTPUT", "GITHUB_PATH", "GITHUB_STEP_SUMMARY")}
        for path in files.values():
            path.touch()
        files["GITHUB_OUTPUT"].write_text("", encoding="utf-8")
        own = {name: self.text(value) for name, value in step.get("env", {}).items()}
        kept = {name: value for name, value in os.environ.items() if not name.startswith("OTP_")}
        environment = kept | {"GITHUB_ACTIONS": "true"} | {name: str(path) for name, path in files.items()} | own
        where = self.text(step.get("working-directory", "."))
        # As a runner does it: the lines in a file, bash without profile, and the first failure ends it.
        script = self.folder / "script.sh"
        script.write_text(step["run"], encoding="utf-8")
        command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", str(script)]
        with (self.folder / "log").open("a", encoding="utf-8") as log:
            status = subprocess.run(command, env=environment, cwd=where, stdout=log, stderr=log).returncode
        lines = files["GITHUB_OUTPUT"].read_text(encoding="utf-8").splitlines()
        self.outputs[step.get("id", "")] = dict(line.split("=", 1) for line in lines)
        return status

    def said(self) -> str:
        return (self.folder / "log").read_text(encoding="utf-8")


def main(binary: str, scratch: str) -> None:
    folder = Path(scratch)
    server = release(Path(binary), folder / "server")

    def play(name: str, **inputs: str) -> tuple[int, Play]:
        played = Play(folder / name, server, {key.replace("_", "-"): value for key, value in inputs.items()})
        return played.run(), played

    def demand(holds: bool, what: str, played: Play) -> None:
        if not holds:
            sys.exit(f"action: {what}; outputs {played.outputs}\n{played.said()}")
        print(f"action: {what}: OK")

    status, good = play("good", arguments="--seed\n7\nscenario::invalidation")
    demand((status, good.outputs["judge"]["verdict"]) == (0, "pass"), "a right server passes", good)
    reports = sorted(path.name for path in Path(good.outputs["which"]["reports"]).iterdir())
    demand(reports == ["junit.xml", "run.html", "run.ndjson", "summary.json"], "reports are kept", good)
    demand((good.folder / "github_step_summary").stat().st_size > 0, "the summary is written", good)

    wrong = "--seed\n7\n--fault\nnever-consumed\n\nscenario::verification"
    status, bad = play("bad", arguments=wrong)
    judged = bad.outputs["judge"]
    demand((status, judged["verdict"], judged["exit-status"]) == (1, "fail", "1"), "a wrong server fails", bad)
    demand("::error" in bad.said(), "it is annotated", bad)
    _, silent = play("silent", arguments=wrong, annotations="false", summary="false")
    demand("::error" not in silent.said(), "annotations can be left out", silent)
    demand((silent.folder / "github_step_summary").stat().st_size == 0, "so can the summary", silent)

    client = f"{sys.executable} examples/client.py"
    status, proxied = play("proxied", command="proxy", tests=client)
    demand((status, proxied.outputs["judge"]["verdict"]) == (1, "fail"), "a wrong client fails", proxied)

    status, odd = play("odd", version="main")
    demand(status == 2 and "'main' is no version" in odd.said(), "what is no version is named", odd)
    for archive in (folder / "server").rglob("*.tar.gz"):
        archive.write_bytes(archive.read_bytes() + b"more")
    status, forged = play("forged")
    demand(status == 70 and "SHA256SUMS" in forged.said(), "a file that was changed is not run", forged)


main(*sys.argv[1:])
