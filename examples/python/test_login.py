"""Descope's SDK for Python held to the contract: `pip install descope pytest otp-conformance`, then `pytest`."""

import pytest
from descope import AuthException, DeliveryMethod, DescopeClient

SMS = DeliveryMethod.SMS
ADA = "+12025550150"  # reserved for fiction: NANP 555-01xx


@pytest.fixture
def client(otp_proxy_session):
    return DescopeClient(project_id=otp_proxy_session.project_id)


def test_log_in_and_out(client, otp_proxy_session):
    client.otp.sign_up_or_in(SMS, ADA)
    login = client.otp.verify_code(SMS, ADA, otp_proxy_session.code(ADA))
    refresh = login["refreshSessionToken"]["jwt"]
    client.validate_session(login["sessionToken"]["jwt"])
    client.refresh_session(refresh)
    assert client.me(refresh)["loginIds"] == [ADA]
    client.logout(refresh)


def test_a_wrong_code_is_refused(client, otp_proxy_session):
    client.otp.sign_up_or_in(SMS, ADA)
    wrong = f"{(int(otp_proxy_session.code(ADA)) + 1) % 1_000_000:06}"
    with pytest.raises(AuthException, match="E061102"):
        client.otp.verify_code(SMS, ADA, wrong)


@pytest.mark.otp(hostile="transient::503-then-success")
def test_a_server_that_is_busy_once_is_asked_again(otp_proxy):
    DescopeClient(project_id=otp_proxy.project_id).otp.sign_up_or_in(SMS, ADA)
