"""Takes the official Python SDK, as released, through sign-up, login and update by every delivery method that it knows.

Environment: DESCOPE_BASE_URI, DESCOPE_PROJECT_ID and DESCOPE_MANAGEMENT_KEY, all three read by the SDK itself.
The server is an emulator with an inbox: GET /emulator/messages.
"""

import json
import os
import urllib.parse
import urllib.request

from descope import DeliveryMethod, DescopeClient
from flow import another, differs, refused, same

# Addresses for examples (RFC 2606), numbers reserved for fiction: NANP 555-01xx. The user's, the next one, a test user's.
ADDRESSES = {
    DeliveryMethod.EMAIL: ("ada+python@run.example.com", "ada.next@run.example.com", "eve@run.example.com"),
    DeliveryMethod.VOICE: ("+12025550130", "+12025550131", "+12025550132"),
    DeliveryMethod.WHATSAPP: ("+12025550133", "+12025550134", "+12025550135"),
}


def main():
    client = DescopeClient(
        project_id=os.environ["DESCOPE_PROJECT_ID"], management_key=os.environ["DESCOPE_MANAGEMENT_KEY"]
    )
    for method, (ada, other, eve) in ADDRESSES.items():
        login = log_in(client, method, ada)
        update(client, method, ada, other, login)
        test_user(client, method, eve)


def log_in(client, method, ada):
    masked = client.otp.sign_up(method, ada, {"name": "Ada"})
    same(type(masked), str, "type of the masked address")
    differs(masked, ada, "masked address")
    code = inbox(ada)
    refused("a wrong code", "E061102", client.otp.verify_code, method, ada, another(code))
    user = client.otp.verify_code(method, ada, code)["user"]
    same((user["loginIds"], user[verified(method)]), ([ada], True), "login IDs, verified")
    refused("to sign up twice", "E062107", client.otp.sign_up, method, ada, {"name": "Ada"})

    client.otp.sign_up_or_in(method, ada)
    superseded = inbox(ada)
    client.otp.sign_in(method, ada)
    refused("the older code", "E061102", client.otp.verify_code, method, ada, superseded)
    login = client.otp.verify_code(method, ada, inbox(ada))
    same((login["user"]["userId"], login["firstSeen"]), (user["userId"], False), "the user who came back")
    amr = login["sessionToken"]["amr"]
    same("email" in amr, method == DeliveryMethod.EMAIL, f"email among {amr}")
    done(method, "sign up, verify, log in again", masked)
    return login


def update(client, method, ada, other, login):
    refresh = login["refreshSessionToken"]["jwt"]
    if method == DeliveryMethod.EMAIL:
        client.otp.update_user_email(ada, other, refresh, add_to_login_ids=True)
    else:
        client.otp.update_user_phone(method, ada, other, refresh, add_to_login_ids=True)
    user = client.otp.verify_code(method, ada, inbox(other))["user"]
    same((user["userId"], user[member(method)]), (login["user"]["userId"], other), "the user's new address")
    done(method, "update", "the new address is the user's")


def test_user(client, method, eve):
    users = client.mgmt.user
    users.create_test_user(eve, **{member(method): eve})
    code = users.generate_otp_for_test_user(method, eve)["code"]
    login = client.otp.verify_code(method, eve, code)
    same(login["sessionToken"]["tu"], True, "login of the test user")
    users.delete(eve)
    done(method, "a generated code logs in", "tu: true")


def inbox(address):
    """The code that went to this address last. The SDK has no say in this request."""
    url = f"{os.environ['DESCOPE_BASE_URI']}/emulator/messages?to={urllib.parse.quote(address, safe='')}"
    with urllib.request.urlopen(url, timeout=5) as answer:
        return json.load(answer)["messages"][-1]["token"]


def member(method):
    return "email" if method == DeliveryMethod.EMAIL else "phone"


def verified(method):
    return "verifiedEmail" if method == DeliveryMethod.EMAIL else "verifiedPhone"


def done(method, step, seen):
    print(f"python by {method.name.lower()}: {step}: {seen}")


if __name__ == "__main__":
    main()
