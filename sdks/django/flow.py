"""Takes the official Django SDK, as released, through a login by SMS: its view, its middleware and its users.

Environment: DESCOPE_BASE_URI and DESCOPE_PROJECT_ID, read by the SDK itself.
The server is an emulator with an inbox: GET /emulator/otp/{loginId}.
"""

import json
import os
import urllib.parse
import urllib.request

import django
from django.conf import settings

ADA = "+12025550131"  # reserved for fiction: NANP 555-01xx

settings.configure(
    SECRET_KEY="not-secret",
    ALLOWED_HOSTS=["*"],
    ROOT_URLCONF=__name__,
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions", "django_descope"],
    AUTHENTICATION_BACKENDS=["django_descope.authentication.DescopeAuthentication"],
    MIDDLEWARE=[
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
        "django_descope.middleware.DescopeMiddleware",
    ],
)
django.setup()

from descope import DeliveryMethod  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.http import JsonResponse  # noqa: E402
from django.test import Client  # noqa: E402
from django.urls import include, path  # noqa: E402
from django_descope import descope_client  # noqa: E402


def who(request):
    return JsonResponse({"user": request.user.get_username() if request.user.is_authenticated else None})


urlpatterns = [path("auth/", include("django_descope.urls")), path("who", who)]


def main():
    call_command("migrate", verbosity=0)
    browser = Client()
    same(browser.get("/who").json(), {"user": None}, "user before the login")
    descope_client.otp.sign_up_or_in(DeliveryMethod.SMS, ADA)
    login = descope_client.otp.verify_code(DeliveryMethod.SMS, ADA, inbox(ADA))
    session, refresh = login["sessionToken"]["jwt"], login["refreshSessionToken"]["jwt"]
    done("log in", login["user"]["userId"])

    same(browser.post("/auth/store_jwt", {"DS": session, "DSR": refresh}).status_code, 200, "status of store_jwt")
    same(browser.get("/who").json(), {"user": login["user"]["userId"]}, "user by the middleware")
    done("the middleware knows the user", "session validated, and me called")

    renewed = descope_client.refresh_session(refresh)["sessionToken"]["jwt"]
    same(browser.post("/auth/store_jwt", {"DS": renewed, "DSR": refresh}).status_code, 200, "status of store_jwt")
    same(browser.get("/who").json(), {"user": login["user"]["userId"]}, "user after a refresh")
    done("refresh", "the middleware takes the new session")

    same(descope_client.logout(refresh).status_code, 200, "status of logout")
    stored = browser.session
    stored["DS"] = ""  # what an application forgets at a logout
    stored.save()
    same(browser.get("/who").json(), {"user": None}, "user without a session token")
    done("log out", "the middleware knows no user")


def inbox(login_id):
    """The code that was sent last. The SDK has no say in this request."""
    url = f"{os.environ['DESCOPE_BASE_URI']}/emulator/otp/{urllib.parse.quote(login_id, safe='')}"
    with urllib.request.urlopen(url, timeout=5) as answer:
        return json.load(answer)["code"]


def same(seen, expected, what):
    if seen != expected:
        raise SystemExit(f"django: {what}: expected {expected!r}, seen {seen!r}")


def done(step, seen):
    print(f"django: {step}: {seen}", flush=True)


if __name__ == "__main__":
    main()
