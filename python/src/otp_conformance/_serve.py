"""The emulator alone."""

from collections.abc import Sequence
from types import TracebackType
from typing import Optional

from ._endpoint import MANAGEMENT_KEY, PROJECT_ID, Endpoint
from ._process import Process


class Server(Endpoint):
    """A running emulator. It ends with `stop`, or with its `with` block."""

    def __init__(self, process: Process, project_id: str, management_key: str) -> None:
        super().__init__(process.url, project_id, management_key)
        self._process: Optional[Process] = process

    def stop(self) -> None:
        """Ends the server. A second call does nothing."""
        process, self._process = self._process, None
        if process is not None:
            process.stop()

    def __enter__(self) -> "Server":
        return self

    def __exit__(
        self,
        kind: Optional[type[BaseException]],
        error: Optional[BaseException],
        trace: Optional[TracebackType],
    ) -> None:
        self.stop()


def serve(
    *,
    project_id: str = PROJECT_ID,
    management_key: str = MANAGEMENT_KEY,
    faults: Sequence[str] = (),
    variants: Sequence[str] = (),
    arguments: Sequence[str] = (),
) -> Server:
    """Starts the emulator on a free port of loopback.

    `faults` are deliberate bugs, `variants` legitimate differences (`otp-conformance list faults`, `… variants`);
    `arguments` are further flags of `otp-conformance serve`.

    Raises StartError with what the command said.
    """
    flags = ["serve", "--listen", "127.0.0.1:0", "--project-id", project_id]
    flags += [flag for name in faults for flag in ("--fault", name)]
    flags += [flag for name in variants for flag in ("--variant", name)]
    process = Process([*flags, *arguments], {"OTP_MANAGEMENT_KEY": management_key})
    return Server(process, project_id, management_key)
