"""An address that a client is given, and the emulator's own endpoints behind it."""

import json
import os
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Optional

# Those of the emulator where it is given no others.
PROJECT_ID = "P2OTPConformanceEmulator0001"
MANAGEMENT_KEY = "K2OTPConformanceEmulatorManagementKey"

# A proxy of the environment has nothing to do on loopback.
_direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class NoCode(LookupError):
    """No code waits for this login ID."""


class Endpoint:
    """What a client must know, and what a test may ask the emulator behind it."""

    def __init__(self, url: str, project_id: str, management_key: str) -> None:
        self.url = url
        """Base URL, such as `http://127.0.0.1:40123`."""
        self.project_id = project_id
        """Descope project ID, the bearer."""
        self.management_key = management_key
        """Management key of that project."""

    def environment(self) -> "dict[str, str]":
        """The variables in which SDKs look for these values. Proxies of the environment are kept off loopback."""
        reached = [part for part in (os.environ.get("NO_PROXY"), "127.0.0.1", "localhost") if part]
        return {
            "DESCOPE_BASE_URI": self.url,
            "DESCOPE_BASE_URL": self.url,
            "DESCOPE_PROJECT_ID": self.project_id,
            "OTP_PROJECT_ID": self.project_id,
            "DESCOPE_MANAGEMENT_KEY": self.management_key,
            "OTP_MANAGEMENT_KEY": self.management_key,
            "NO_PROXY": ",".join(reached),
            "no_proxy": ",".join(reached),
        }

    def code(self, login_id: str, timeout: float = 2.0) -> str:
        """The code that waits for this login ID.

        Asks again until `timeout` seconds are over, since a message may come after the answer to the request for it.

        Raises NoCode.
        """
        path = "/emulator/otp/" + urllib.parse.quote(login_id, safe="")
        until = time.monotonic() + timeout
        while True:
            try:
                return str(self._ask("GET", path)["code"])
            except urllib.error.HTTPError as error:
                error.close()
                if error.code != 404:
                    raise
                if time.monotonic() >= until:
                    raise NoCode(f"no code waits for {login_id}") from None
            time.sleep(0.02)

    def messages(self, to: Optional[str] = None) -> "list[dict[str, Any]]":
        """The messages sent to a recipient, or the latest to anybody, oldest first."""
        query = "" if to is None else "?" + urllib.parse.urlencode({"to": to})
        return list(self._ask("GET", "/emulator/messages" + query)["messages"])

    def advance(self, by: Optional[timedelta] = None, **parts: float) -> None:
        """Moves the server's clock ahead: `advance(minutes=3)` or `advance(timedelta(minutes=3))`."""
        whole = timedelta(**parts) + (by or timedelta())
        self._ask("POST", "/emulator/clock", {"advanceMs": round(whole / timedelta(milliseconds=1))})

    def reset(self) -> None:
        """Forgets users, messages and moves of the clock."""
        self._ask("POST", "/emulator/reset", {})

    def _ask(self, method: str, path: str, body: Optional[Mapping[str, Any]] = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        headers = {"content-type": "application/json"}
        request = urllib.request.Request(self.url + path, data=data, headers=headers, method=method)
        with _direct.open(request, timeout=30) as answer:
            text = answer.read()
        return json.loads(text) if text else None
