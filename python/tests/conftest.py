"""A client in a few lines, right or wrong, for tests that need one."""

import json
import urllib.request
from collections.abc import Callable
from typing import Any

import pytest

from otp_conformance import Endpoint

ADA = "+12025550130"  # reserved for fiction: NANP 555-01xx

Client = Callable[..., Any]


def call(endpoint: Endpoint, path: str, body: Any = None, bearer: str = "") -> Any:
    """Posts a body, or gets where there is none. `bearer` follows the project ID."""
    headers = {"content-type": "application/json", "authorization": f"Bearer {endpoint.project_id}{bearer}"}
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(endpoint.url + path, data, headers)
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(request, timeout=10) as answer:
        return json.load(answer)


@pytest.fixture
def sign_in() -> Client:
    """A client that does it right."""

    def log_in(endpoint: Endpoint, login_id: str = ADA) -> Any:
        call(endpoint, "/v1/auth/otp/signup-in/sms", {"loginId": login_id})
        return call(endpoint, "/v1/auth/otp/verify/sms", {"loginId": login_id, "code": endpoint.code(login_id)})

    return log_in


@pytest.fixture
def misuse(sign_in: Client) -> Client:
    """A client that presents its session token where the refresh token belongs: OTP-122, a MUST."""

    def me(endpoint: Endpoint) -> None:
        session = sign_in(endpoint)["sessionJwt"]
        with pytest.raises(OSError, match="401"):
            call(endpoint, "/v1/auth/me", bearer=f":{session}")

    return me


@pytest.fixture
def slip() -> Client:
    """A client that sends a code as a number: OTP-053, a SHOULD."""

    def verify(endpoint: Endpoint) -> None:
        call(endpoint, "/v1/auth/otp/signup-in/sms", {"loginId": ADA})
        with pytest.raises(OSError, match="400"):
            call(endpoint, "/v1/auth/otp/verify/sms", {"loginId": ADA, "code": 12345})

    return verify
