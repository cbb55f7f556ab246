"""Makes the official Python SDK call, one JSON line per call in and one per result out: docs/drivers.md.

Environment: DESCOPE_BASE_URI, DESCOPE_PROJECT_ID and DESCOPE_MANAGEMENT_KEY, all three read by the SDK itself.
"""

import json
import os
import re
import sys

from descope import AuthException, DeliveryMethod, DescopeClient, RateLimitException
from descope.common import LoginOptions

METHODS = {name: getattr(DeliveryMethod, name.upper(), None) for name in ("sms", "email", "voice", "im", "whatsapp")}
METHODS["sms"] = METHODS["sms"] or DeliveryMethod.PHONE  # its name before 1.0
OWN = (AuthException, RateLimitException)  # errors that the SDK documents; anything else came out of its internals


def main():
    answers, sys.stdout = sys.stdout, sys.stderr  # what the SDK prints is no answer
    client = DescopeClient(project_id=os.environ["DESCOPE_PROJECT_ID"])
    for line in sys.stdin:
        asked = json.loads(line)
        print(json.dumps({"id": asked["id"], **result(client, asked)}), file=answers, flush=True)


def result(client, asked):
    call, method = CALLS.get(asked["call"]), asked.get("method", "sms")
    if call is None or METHODS.get(method) is None:
        return {"unsupported": True}
    try:
        return {"ok": call(client, {**asked, "method": METHODS[method]}) or {}}
    except Exception as error:  # whatever it is, the caller of the SDK would get it
        return {"error": told(error)}


def told(error):
    text = str(getattr(error, "error_message", None) or error)
    code = re.search(r"E\d{6}", f"{getattr(error, 'error_type', '')} {text}")
    wait = (getattr(error, "rate_limit_parameters", None) or {}).get("Retry-After")
    return {
        "kind": type(error).__name__,
        "own": isinstance(error, OWN),
        "status": getattr(error, "status_code", None),
        "code": code and code.group(),
        "retryAfter": wait,
        "text": text,
    }


def sign_in(client, asked):
    options = asked.get("options")
    options = LoginOptions(**options) if options else None
    client.otp.sign_in(asked["method"], asked["loginId"], options, asked.get("refreshToken"))


def verify(client, asked):
    return tokens(client.otp.verify_code(asked["method"], asked["loginId"], asked["code"]))


def tokens(login):
    held = {name: (login.get(key) or {}).get("jwt") for name, key in KEYS.items()}
    return {name: token for name, token in held.items() if token}


KEYS = {"sessionToken": "sessionToken", "refreshToken": "refreshSessionToken"}

CALLS = {
    "methods": lambda client, asked: {"methods": [name for name, method in METHODS.items() if method is not None]},
    "signup-in": lambda client, asked: void(client.otp.sign_up_or_in(asked["method"], asked["loginId"])),
    "signup": lambda client, asked: void(client.otp.sign_up(asked["method"], asked["loginId"])),
    "signin": sign_in,
    "verify": verify,
    "validate": lambda client, asked: void(client.validate_session(asked["sessionToken"])),
    "update-phone": lambda client, asked: void(
        client.otp.update_user_phone(asked["method"], asked["loginId"], asked["phone"], asked["refreshToken"])
    ),
    "update-email": lambda client, asked: void(
        client.otp.update_user_email(asked["loginId"], asked["email"], asked["refreshToken"])
    ),
    "refresh": lambda client, asked: tokens(client.refresh_session(asked["refreshToken"])),
    "me": lambda client, asked: void(client.me(asked["refreshToken"])),
    "logout": lambda client, asked: void(client.logout(asked["refreshToken"])),
}


def void(_):
    """The harness needs to know that the call returned, not what."""


if __name__ == "__main__":
    main()
