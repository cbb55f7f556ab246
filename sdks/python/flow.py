"""Takes the official Python SDK, as released, through a login by SMS and through the management of test users.

Environment: DESCOPE_BASE_URI, DESCOPE_PROJECT_ID and DESCOPE_MANAGEMENT_KEY, all three read by the SDK itself.
The server is an emulator with an inbox: GET /emulator/otp/{loginId}.
"""

import json
import os
import sys
import urllib.parse
import urllib.request

from descope import AuthException, DeliveryMethod, DescopeClient

SMS = getattr(DeliveryMethod, "SMS", None) or DeliveryMethod.PHONE  # its name before 1.0
ADA, EVE, IDA = "+12025550110", "+12025550111", "+12025550112"  # reserved for fiction: NANP 555-01xx


def main():
    client = DescopeClient(
        project_id=os.environ["DESCOPE_PROJECT_ID"], management_key=os.environ["DESCOPE_MANAGEMENT_KEY"]
    )
    user_id = first_login(client)
    second_login(client, user_id)
    if "--login-only" not in sys.argv:  # what older releases have
        test_users(client)


def first_login(client):
    masked = client.otp.sign_up_or_in(SMS, ADA)
    same(type(masked), str, "type of the masked phone")
    differs(masked, ADA, "masked phone")
    done("sign up or in", masked)

    code = inbox(ADA)
    refused("a wrong code", "E061102", client.otp.verify_code, SMS, ADA, another(code))
    done("a wrong code is refused", "E061102")

    login = client.otp.verify_code(SMS, ADA, code)
    session, refresh = login["sessionToken"], login["refreshSessionToken"]
    same(login["projectId"], os.environ["DESCOPE_PROJECT_ID"], "project")
    same((session["drn"], refresh["drn"]), ("DS", "DSR"), "kinds of token")
    same(session["amr"], ["sms"], "methods")
    same(session["sub"], login["user"]["userId"], "subject")
    same(login["user"]["loginIds"], [ADA], "login IDs")
    same((login["firstSeen"], login["user"]["verifiedPhone"]), (True, True), "first seen, phone verified")
    done("verify", login["user"]["userId"])

    refused("the same code again", "E061102", client.otp.verify_code, SMS, ADA, code)
    done("the same code again is refused", "E061102")

    same(client.validate_session(session["jwt"])["sub"], session["sub"], "subject of the validated session")
    done("validate the session", "signature checked against the published keys")

    renewed = client.refresh_session(refresh["jwt"])["sessionToken"]
    same((renewed["sub"], renewed["drn"]), (session["sub"], "DS"), "refreshed session")
    same(client.validate_session(renewed["jwt"])["sub"], session["sub"], "subject of the refreshed session")
    done("refresh", "a session of the same user")

    me = client.me(refresh["jwt"])
    same((me["userId"], me["phone"], me["status"]), (session["sub"], ADA, "enabled"), "me")
    done("me", me["userId"])

    same(client.logout(refresh["jwt"]).status_code, 200, "status of logout")
    refused("refresh after logout", "E064001", client.refresh_session, refresh["jwt"])
    refused("me after logout", "E064001", client.me, refresh["jwt"])
    done("log out, then refresh and me are refused", "E064001")
    return session["sub"]


def second_login(client, user_id):
    client.otp.sign_up_or_in(SMS, ADA)
    superseded = inbox(ADA)
    client.otp.sign_in(SMS, ADA)
    refused("the older code", "E061102", client.otp.verify_code, SMS, ADA, superseded)
    login = client.otp.verify_code(SMS, ADA, inbox(ADA))
    same((login["user"]["userId"], login["firstSeen"]), (user_id, False), "the user who came back")
    done("log in again with the newer of two codes", "the same user")
    refused("to sign up twice", "E062107", client.otp.sign_up, SMS, ADA, {"name": "Ada"})
    refused("to sign in a stranger", "E062108", client.otp.sign_in, SMS, EVE)
    done("sign up twice and sign in a stranger are refused", "E062107, E062108")


def test_users(client):
    users = client.mgmt.user
    created = users.create_test_user(EVE, phone=EVE, display_name="Eve")["user"]
    same((created["test"], created["status"], created["name"]), (True, "invited", "Eve"), "new test user")
    done("create a test user", created["userId"])

    generated = users.generate_otp_for_test_user(SMS, EVE)
    same(generated["loginId"], EVE, "login ID of the generated code")
    client.otp.sign_up_or_in(SMS, EVE)
    login = client.otp.verify_code(SMS, EVE, generated["code"])
    same((login["sessionToken"]["tu"], login["userId"]), (True, created["userId"]), "login of the test user")
    done("a generated code outlives a send and logs in", "tu: true")

    loaded = users.load(EVE)["user"]
    same((loaded["userId"], loaded["status"]), (created["userId"], "enabled"), "loaded user")
    found = users.search_all_test_users(login_ids=[EVE])["users"]
    same([user["userId"] for user in found], [created["userId"]], "found test users")
    done("load and search", loaded["status"])

    refused("a code for an ordinary user", None, users.generate_otp_for_test_user, SMS, ADA)
    done("no code is generated for an ordinary user", "refused")

    users.delete(EVE)
    refused("load after delete", "E112102", users.load, EVE)
    done("delete, then load is refused", "E112102")

    for login_id in (EVE, IDA):
        users.create_test_user(login_id, phone=login_id)
    users.delete_all_test_users()
    for login_id in (EVE, IDA):
        refused("load after all were deleted", "E112102", users.load, login_id)
    same(users.load(ADA)["user"]["test"], False, "ordinary user")
    done("delete all test users", "the ordinary user is still there")


def inbox(login_id):
    """The code that was sent last. The SDK has no say in this request."""
    url = f"{os.environ['DESCOPE_BASE_URI']}/emulator/otp/{urllib.parse.quote(login_id, safe='')}"
    with urllib.request.urlopen(url, timeout=5) as answer:
        return json.load(answer)["code"]


def another(code):
    return code[:-1] + ("0" if code[-1] != "0" else "1")


def refused(what, error_code, call, *arguments):
    try:
        call(*arguments)
    except AuthException as error:
        if error_code and error_code not in str(error.error_message):
            raise SystemExit(f"python: {what}: expected {error_code}, seen {error}") from error
    else:
        raise SystemExit(f"python: {what} was to be refused, and was not")


def same(seen, expected, what):
    if seen != expected:
        raise SystemExit(f"python: {what}: expected {expected!r}, seen {seen!r}")


def differs(seen, other, what):
    if not seen or seen == other:
        raise SystemExit(f"python: {what}: expected something other than {other!r}, seen {seen!r}")


def done(step, seen):
    print(f"python: {step}: {seen}", flush=True)


if __name__ == "__main__":
    try:
        main()
    except Exception as error:  # whatever it is: one line, and not a pass
        sys.exit(f"python: {type(error).__name__}: {error}")
