"""A client of the service with one mistake: it asks for the user with the session token.

    otp-conformance proxy -- python3 examples/client.py
"""

import json
import os
import urllib.request

BASE = os.environ["DESCOPE_BASE_URL"]
PROJECT = os.environ["DESCOPE_PROJECT_ID"]
NUMBER = "+12025550100"


def call(method, path, body=None, token=""):
    bearer = f"{PROJECT}:{token}" if token else PROJECT
    headers = {"content-type": "application/json", "authorization": f"Bearer {bearer}"}
    data = json.dumps(body).encode() if body is not None else None
    try:
        with urllib.request.urlopen(urllib.request.Request(BASE + path, data, headers, method=method)) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as error:
        return json.load(error)


call("POST", "/v1/auth/otp/signup-in/sms", {"loginId": NUMBER})
# The emulator's inbox; somebody else's server has a test user's code, or a phone.
code = call("GET", f"/emulator/otp/%2B{NUMBER[1:]}")["code"]
login = call("POST", "/v1/auth/otp/verify/sms", {"loginId": NUMBER, "code": code})
user = call("GET", "/v1/auth/me", token=login["sessionJwt"])
print("I am", user.get("userId", user.get("errorDescription")))
