"""End-to-end tests of the official Python SDK as an SDK team writes them: pytest or unittest, test users, generated codes.

Environment: DESCOPE_BASE_URI, DESCOPE_PROJECT_ID and DESCOPE_MANAGEMENT_KEY, all three read by the SDK itself.
    otp-conformance proxy -- python sdks/python/test_otp.py
"""

import os
import unittest

from descope import AuthException, DeliveryMethod, DescopeClient

SMS = DeliveryMethod.SMS
WHO, OTHER = "+12025550132", "+12025550133"  # reserved for fiction: NANP 555-01xx


class OtpOfTestUsers(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.client = DescopeClient(os.environ["DESCOPE_PROJECT_ID"])

    def setUp(self):
        self.client.mgmt.user.create_test_user(WHO, phone=WHO)
        self.addCleanup(self.client.mgmt.user.delete_all_test_users)

    def code(self):
        return self.client.mgmt.user.generate_otp_for_test_user(SMS, WHO)["code"]

    def log_in(self):
        return self.client.otp.verify_code(SMS, WHO, self.code())

    def test_verify(self):
        login = self.log_in()
        self.assertEqual(login["user"]["loginIds"], [WHO])
        self.assertTrue(login["sessionToken"]["jwt"] and login["refreshSessionToken"]["jwt"])

    def test_sign_in_and_verify(self):
        self.client.otp.sign_in(SMS, WHO)
        self.assertEqual(self.log_in()["user"]["status"], "enabled")

    def test_a_wrong_code_is_refused(self):
        code = self.code()
        wrong = code[:-1] + ("0" if code[-1] != "0" else "1")
        with self.assertRaises(AuthException):
            self.client.otp.verify_code(SMS, WHO, wrong)

    def test_an_unknown_user_is_refused(self):
        with self.assertRaises(AuthException):
            self.client.otp.sign_in(SMS, OTHER)

    def test_validate_refresh_and_log_out(self):
        login = self.log_in()
        refresh = login["refreshSessionToken"]["jwt"]
        self.client.validate_session(login["sessionToken"]["jwt"])
        self.assertEqual(self.client.refresh_session(refresh)["sessionToken"]["sub"], login["user"]["userId"])
        self.assertEqual(self.client.me(refresh)["userId"], login["user"]["userId"])
        self.client.logout(refresh)
        with self.assertRaises(AuthException):
            self.client.refresh_session(refresh)

    def test_update_phone(self):
        refresh = self.log_in()["refreshSessionToken"]["jwt"]
        self.client.otp.update_user_phone(SMS, WHO, OTHER, refresh)


if __name__ == "__main__":
    unittest.main()
