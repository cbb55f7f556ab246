"""The marker `otp`: what a test wants of the server that it gets for itself."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import timedelta
from typing import Any, Optional

import pytest

MARKER = (
    "otp(hostile=None, clock=None, faults=(), variants=()): what the server of otp_proxy or otp_serve does: play one "
    "hostile answer, run ahead by a timedelta, have deliberate bugs or legitimate differences"
)


@dataclass(frozen=True)
class Wishes:
    """The members of the marker. One that holds nothing is false."""

    hostile: Optional[str] = None
    clock: Optional[timedelta] = None
    faults: Sequence[str] = ()
    variants: Sequence[str] = ()

    def __bool__(self) -> bool:
        return self != Wishes()

    @staticmethod
    def of(item: pytest.Item) -> "Wishes":
        """The closest marker of each member wins: a test's own over its class's and its module's.

        Raises UsageError naming the test.
        """
        known = {field.name for field in fields(Wishes)}
        wished: "dict[str, Any]" = {}
        for mark in reversed(list(item.iter_markers("otp"))):
            unknown = sorted(set(mark.kwargs) - known)
            if unknown or mark.args:
                said = ", ".join([*map(repr, mark.args), *unknown])
                raise pytest.UsageError(f"{item.nodeid}: marker otp takes {', '.join(sorted(known))}, and not {said}")
            wished.update(mark.kwargs)
        if not isinstance(wished.get("clock", timedelta()), timedelta):
            raise pytest.UsageError(f"{item.nodeid}: marker otp takes a timedelta as clock")
        for name in ("faults", "variants"):
            if isinstance(wished.get(name), str):
                raise pytest.UsageError(f"{item.nodeid}: marker otp takes a list of names as {name}")
        return Wishes(**wished)
