"""A running `otp-conformance serve` or `proxy`."""

import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping, Sequence
from typing import IO, Any, cast

from ._binary import binary_path

START = 30.0
"""Seconds until the command must have told its address."""
END = 120.0
"""Seconds it may take to judge what it has seen."""


class StartError(RuntimeError):
    """The command ended before it listened; the text is its own."""


class Process:
    """A command that listens until its standard input ends.

    The system closes that input even where this interpreter is killed, so that nothing is left running.
    """

    def __init__(self, arguments: Sequence[str], environment: Mapping[str, str]) -> None:
        # The variables of somebody's shell are settings of this command, and would decide what a test sees.
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("OTP_")}
        # A pipe that nobody reads would fill up and hold the command; a file does not.
        self._errors = cast("IO[bytes]", tempfile.TemporaryFile())
        apart: "dict[str, Any]" = (
            {"creationflags": 0x200}  # CREATE_NEW_PROCESS_GROUP: Ctrl-C in a debugger is not meant for the command
            if sys.platform == "win32"
            else {"start_new_session": True}
        )
        self._child = subprocess.Popen(
            [binary_path(), *arguments, "--until-eof"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            env={**inherited, **environment},
            encoding="utf-8",
            errors="replace",
            **apart,
        )
        self.url = self._address()

    def _address(self) -> str:
        assert self._child.stdout is not None
        late = threading.Timer(START, self._child.kill)
        late.start()
        try:
            line = self._child.stdout.readline()
        finally:
            late.cancel()
        if not line.startswith("listening "):
            rest, _ = self._child.communicate()
            said = (line + (rest or "") + self._said()).strip()
            raise StartError(said or f"otp-conformance ended with {self._child.returncode} and said nothing")
        return str(line[len("listening ") :].strip())

    def _said(self) -> str:
        self._errors.seek(0)
        return self._errors.read().decode("utf-8", "replace")

    def stop(self) -> "tuple[int, str]":
        """Ends it; its exit status and what it wrote, errors last."""
        try:
            written, _ = self._child.communicate(timeout=END)
        except subprocess.TimeoutExpired:
            self._child.kill()
            written, _ = self._child.communicate()
        text = (written or "") + self._said()
        self._errors.close()
        return self._child.returncode, text
