"""What the command line and the ini file say."""

import os
from dataclasses import dataclass
from typing import Any, Optional

import pytest

from ._endpoint import MANAGEMENT_KEY, PROJECT_ID

# name, what it is in the ini file, how the command line takes it, help
_ALL: "list[tuple[str, Any, dict[str, Any], str]]" = [
    ("otp", "bool", {"action": "store_true"}, "send the traffic of every test through a recording proxy, and judge it"),
    ("otp_strict", "bool", {"action": "store_true"}, "a broken SHOULD fails the verdict too"),
    ("otp_target", "string", {"metavar": "URL"}, "pass requests on to this server, not to an emulator of our own"),
    ("otp_codes", "string", {"metavar": "SOURCE"}, "how codes of that server reach us: otp-conformance proxy --help"),
    ("otp_deviations", "string", {"metavar": "FILE"}, "known deviations of the client"),
    ("otp_require", "string", {"metavar": "OP,…"}, "operations that the run must have called, such as verify-sms"),
    ("otp_reports", "string", {"metavar": "DIR"}, "keep a recording and a page for each verdict"),
]


def add_options(parser: pytest.Parser) -> None:
    """Each option of the command line has an ini option of the same name."""
    group = parser.getgroup("otp-conformance", "Descope's contract for one-time codes over SMS")
    for name, kind, how, text in _ALL:
        group.addoption("--" + name.replace("_", "-"), dest=name, default=None, help=text, **how)
        parser.addini(name, text, type=kind, default=None)


@dataclass(frozen=True)
class Options:
    """The settings of a run."""

    everything: bool
    """Every test goes through a proxy."""
    strict: bool
    target: Optional[str]
    project_id: str
    management_key: str
    codes: Optional[str]
    deviations: Optional[str]
    """A path; one in the ini file starts at that file's folder."""
    require: "tuple[str, ...]"
    """Operations that the proxies of the run together must have seen."""
    reports: Optional[str]
    outer: Optional[str]
    """The address of the proxy that this run was started by: `otp-conformance proxy -- pytest`."""

    @staticmethod
    def of(config: pytest.Config) -> "Options":
        """The command line wins over the ini file."""

        def setting(name: str) -> Any:
            given = config.getoption(name)
            return config.getini(name) if given is None else given

        def path(name: str) -> Optional[str]:
            given = config.getoption(name)
            return given or (os.path.join(config.rootpath, config.getini(name)) if config.getini(name) else None)

        def known(name: str, default: str) -> str:
            return os.environ.get(f"OTP_{name}") or os.environ.get(f"DESCOPE_{name}") or default

        # An emulator of our own takes whatever it is given; a real server knows its project.
        ours = not (setting("otp_target") or os.environ.get("OTP_PROXY_URL"))
        return Options(
            everything=bool(setting("otp")),
            strict=bool(setting("otp_strict")),
            target=setting("otp_target") or None,
            project_id=PROJECT_ID if ours else known("PROJECT_ID", PROJECT_ID),
            management_key=MANAGEMENT_KEY if ours else known("MANAGEMENT_KEY", MANAGEMENT_KEY),
            codes=setting("otp_codes") or None,
            deviations=path("otp_deviations"),
            require=tuple(part.strip() for part in (setting("otp_require") or "").split(",") if part.strip()),
            reports=path("otp_reports"),
            outer=os.environ.get("OTP_PROXY_URL") or None,
        )
