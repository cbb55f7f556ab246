"""A server behind a recording proxy, and the verdict on what passed it."""

import json
import os
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Optional, Union

from ._endpoint import MANAGEMENT_KEY, PROJECT_ID, Endpoint
from ._process import Process

PathLike = Union[str, "os.PathLike[str]"]


@dataclass(frozen=True)
class Verdict:
    """What the command said about everything that passed."""

    status: int
    """Its exit status: 0 as expected, 1 a violation, 4 nothing was judged, and the others of its documentation."""
    text: str
    """Its report, for people."""
    summary: "Mapping[str, Any]"
    """Its summary, as `schema/summary.json` describes it; empty where it could not be written."""

    @property
    def ok(self) -> bool:
        """Whether all was as expected. A command that was ended before it could say so is no pass."""
        return self.status == 0 and bool(self.summary)

    @property
    def word(self) -> str:
        """The verdict in one word: pass, fail, untested, …"""
        return str(self.summary.get("verdict", "harness-error"))

    @property
    def violated(self) -> "list[str]":
        """The requirements that were broken: `OTP-122`."""
        return [str(row["requirement"]) for row in self.summary.get("violated", [])]

    @property
    def tests(self) -> "dict[str, list[str]]":
        """The tests that broke each of them, by the names they were marked with."""
        return {str(row["requirement"]): [_test(name) for name in row["trials"]] for row in self.summary.get("violated", [])}

    @property
    def warned(self) -> "list[str]":
        """The requirements that were broken and fail nothing: a SHOULD without `strict`."""
        return [str(row["requirement"]) for row in self.summary.get("warned", [])]

    @property
    def called(self) -> "dict[str, int]":
        """The operations of the contract that were called, and how often: `{"verify-sms": 2}`."""
        clients: "Mapping[str, Any]" = self.summary.get("clients") or {}
        return dict(clients.get("operations") or {})


def _test(trial: str) -> str:
    """`proxy::tests/test_login.py::test_wrong::client`: the part that is the test's."""
    name = trial[len("proxy::") :] if trial.startswith("proxy::") else trial
    kept, _, side = name.rpartition("::")
    return kept if side in ("client", "server") and kept else name


class Marked(Endpoint):
    """A recording proxy, whichever program ends it."""

    def mark(self, name: Optional[str]) -> None:
        """Says which test is running, so that findings bear its name; None where none is."""
        self._ask("POST", "/proxy/mark", {"name": name})


class Proxy(Marked):
    """A running proxy. It ends with `stop`, or with its `with` block, and then has a `verdict`."""

    def __init__(self, process: Process, project_id: str, management_key: str, summary: str) -> None:
        super().__init__(process.url, project_id, management_key)
        self._process: Optional[Process] = process
        self._summary = summary
        self._verdict: Optional[Verdict] = None

    @property
    def verdict(self) -> Verdict:
        """What became of it. Raises RuntimeError while it runs."""
        if self._verdict is None:
            raise RuntimeError("the proxy still runs; stop() ends it and has the verdict")
        return self._verdict

    def stop(self) -> Verdict:
        """Ends the proxy and returns the verdict. A second call returns it again."""
        process, self._process = self._process, None
        if process is not None:
            status, text = process.stop()
            self._verdict = Verdict(status, text, _read(self._summary))
        return self.verdict

    def __enter__(self) -> "Proxy":
        return self

    def __exit__(
        self,
        kind: Optional[type[BaseException]],
        error: Optional[BaseException],
        trace: Optional[TracebackType],
    ) -> None:
        self.stop()


def _read(path: str) -> "Mapping[str, Any]":
    try:
        with open(path, encoding="utf-8") as file:
            read: "Mapping[str, Any]" = json.load(file)
            return read
    except (OSError, ValueError):
        return {}  # the command ended before it could write; its status and text say why
    finally:
        try:
            os.unlink(path)
        except OSError:
            pass


def proxy(
    *,
    target: Optional[str] = None,
    project_id: str = PROJECT_ID,
    management_key: str = MANAGEMENT_KEY,
    codes: Optional[str] = None,
    strict: bool = False,
    deviations: Optional[PathLike] = None,
    hostile: Optional[str] = None,
    faults: Sequence[str] = (),
    variants: Sequence[str] = (),
    record: Optional[PathLike] = None,
    html: Optional[PathLike] = None,
    arguments: Sequence[str] = (),
) -> Proxy:
    """Starts a recording proxy on a free port of loopback.

    Without `target` it starts an emulator of its own behind it, which has these `faults` and `variants`. `hostile` is
    the name of one hostile answer that is played to the client, `deviations` a file of the client's known deviations,
    `record` and `html` are files to write at the end. `strict` fails a broken SHOULD as well. `arguments` are further
    flags of `otp-conformance proxy`.

    Raises StartError with what the command said.
    """
    handle, summary = tempfile.mkstemp(prefix="otp-conformance-", suffix=".json")
    os.close(handle)
    given: "list[tuple[str, Optional[PathLike]]]" = [
        ("--target", target),
        ("--codes", codes),
        ("--deviations", deviations),
        ("--inject", hostile),
        ("--record", record),
        ("--html", html),
        ("--json", summary),
        *(("--fault", name) for name in faults),
        *(("--variant", name) for name in variants),
    ]
    flags = ["proxy", "--listen", "127.0.0.1:0", "--project-id", project_id]
    flags += [str(part) for name, value in given if value is not None for part in (name, os.fspath(value))]
    flags += ["--strict"] if strict else []
    try:
        process = Process([*flags, *arguments], {"OTP_MANAGEMENT_KEY": management_key})
    except BaseException:
        os.unlink(summary)
        raise
    return Proxy(process, project_id, management_key, summary)
