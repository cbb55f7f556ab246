"""Verdicts as tests of their own."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal, Optional

import pytest

from ._proxy import Verdict

UNTESTED = 4
REQUIRED = "otp-conformance::required"
Outcome = Literal["passed", "failed", "skipped"]


@dataclass(frozen=True)
class Result:
    """A verdict under the name of its test."""

    name: str
    ok: bool
    status: int
    word: str
    text: str
    warned: Sequence[str]
    called: Sequence[str]
    report: Optional[str]

    @staticmethod
    def of(name: str, verdict: Verdict, report: Optional[str]) -> "Result":
        shown = [f"{requirement} in {test}" for requirement, tests in verdict.tests.items() for test in tests]
        text = "\n".join([*shown, verdict.text])
        return Result(name, verdict.ok, verdict.status, verdict.word, text, verdict.warned, sorted(verdict.called), report)

    @property
    def shared(self) -> bool:
        """Whether it is about all tests of a process."""
        return self.name.startswith("otp-conformance::")

    def notes(self) -> "list[str]":
        """Lines for the end of the run: what fails nothing, and where the page is."""
        notes = []
        if self.warned:
            notes.append(f"warned: {', '.join(self.warned)} (--otp-strict makes that a failure)")
        if self.report:
            notes.append(f"page: {self.report}")
        return [f"{self.name}: {note}" for note in notes]


def taken(config: Any, results: Iterable[Result]) -> None:
    """Gives the results of a worker of pytest-xdist to the process that started it."""
    config.workeroutput["otp_verdicts"] = json.dumps([asdict(result) for result in results])


def told(node: Any) -> "list[Result]":
    """The results of a worker that has ended."""
    given = getattr(node, "workeroutput", {}).get("otp_verdicts", "[]")
    return [Result(**members) for members in json.loads(given)]


def required(operations: Sequence[str], results: Sequence[Result]) -> "list[Result]":
    """Whether the proxies of the run together have seen these operations: with several workers each sees a part."""
    if not operations or not results:
        return []
    called = {operation for result in results for operation in result.called}
    missing = [operation for operation in operations if operation not in called]
    text = f"not called: {', '.join(missing)}\ncalled: {', '.join(sorted(called)) or 'nothing'}"
    status, word = (UNTESTED, "untested") if missing else (0, "pass")
    return [Result(REQUIRED, not missing, status, word, text, (), (), None)]


def emit(session: pytest.Session, results: Sequence[Result]) -> None:
    """Reports each verdict as a test that has been run."""
    session.testscollected += len(results)  # else pytest counts beyond 100 %
    judged = any(result.name != REQUIRED and result.shared and result.status != UNTESTED for result in results)
    for result in results:
        # One worker of several may have had no test that sends anything; what the others saw is the evidence.
        idle = judged and result.shared and result.status == UNTESTED and not result.called and result.name != REQUIRED
        outcome: Outcome = "skipped" if idle else "passed" if result.ok else "failed"
        _report(session, result, outcome)


def _report(session: pytest.Session, result: Result, outcome: Outcome) -> None:
    hook = session.config.hook
    file, _, name = result.name.partition("::")
    location = (file, None, name)
    text = f"verdict: {result.word} (exit status {result.status})\n{result.text}"
    told: Any = None if outcome == "passed" else (file, 0, "no request of this worker was judged")
    hook.pytest_runtest_logstart(nodeid=result.name, location=location)
    phases: "tuple[Literal['setup'], Literal['call'], Literal['teardown']]" = ("setup", "call", "teardown")
    for when in phases:
        now: Outcome = outcome if when == "call" else "passed"
        report = pytest.TestReport(
            nodeid=result.name,
            location=location,
            keywords={name: 1},
            outcome=now,
            longrepr=None if now == "passed" else told if now == "skipped" else text,
            when=when,
            sections=[("otp-conformance", result.text)] if when == "call" and now == "passed" else [],
        )
        hook.pytest_runtest_logreport(report=report)
    hook.pytest_runtest_logfinish(nodeid=result.name, location=location)
