"""The plugin, in runs of pytest of their own."""

from pathlib import Path

import pytest

CLIENT = (Path(__file__).with_name("conftest.py")).read_text(encoding="utf-8")

RIGHT = """
    def test_right(otp_proxy_session, sign_in):
        sign_in(otp_proxy_session)
"""
WRONG = """
    def test_wrong(otp_proxy_session, misuse):
        misuse(otp_proxy_session)
"""


@pytest.fixture
def tree(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    monkeypatch.delenv("OTP_PROXY_URL", raising=False)
    pytester.makeconftest(CLIENT)
    return pytester


def run(tree: pytest.Pytester, *options: str) -> pytest.RunResult:
    return tree.runpytest_subprocess("-p", "no:cacheprovider", *options)


def test_a_run_without_our_fixtures_is_as_before(tree: pytest.Pytester) -> None:
    tree.makepyfile("def test_nothing(): pass")
    result = run(tree)
    result.assert_outcomes(passed=1)
    result.stdout.no_fnmatch_line("*verdict*")


def test_the_verdict_is_a_test(tree: pytest.Pytester) -> None:
    tree.makepyfile(RIGHT)
    result = run(tree, "-v")
    result.assert_outcomes(passed=2)
    result.stdout.fnmatch_lines(["otp-conformance::verdict PASSED*"])


def test_no_run_is_more_than_whole(tree: pytest.Pytester) -> None:
    tree.makepyfile(RIGHT)
    result = run(tree)
    assert "[100%]" in result.stdout.str() and "[200%]" not in result.stdout.str()


def test_what_the_command_refuses_is_said_in_its_words_alone(tree: pytest.Pytester) -> None:
    tree.makepyfile("""
    import pytest

    @pytest.mark.otp(faults=["no-such-fault"])
    def test_one(otp_serve):
        pass

    @pytest.mark.otp(hostile="no-such-answer")
    def test_other(otp_proxy):
        pass
    """)
    result = run(tree)
    result.assert_outcomes(errors=2)
    result.stdout.fnmatch_lines(["*no fault is named*no-such-fault*", "*no-such-answer*"])
    result.stdout.no_fnmatch_line("*StartError*")


def test_a_broken_requirement_fails_the_verdict_and_no_other_test(tree: pytest.Pytester) -> None:
    tree.makepyfile(WRONG)
    result = run(tree, "-v")
    result.assert_outcomes(passed=1, failed=1)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(["*OTP-122*", "FAILED otp-conformance::verdict*"])


def test_junit_has_the_verdict_too(tree: pytest.Pytester) -> None:
    tree.makepyfile(WRONG)
    run(tree, "--junitxml=out.xml")
    written = (tree.path / "out.xml").read_text(encoding="utf-8")
    assert 'tests="2"' in written and 'failures="1"' in written and "OTP-122" in written


def test_the_first_failure_ends_the_run_with_a_verdict(tree: pytest.Pytester) -> None:
    tree.makepyfile(WRONG + "        assert False\n\n    def test_never(): pass\n")
    run(tree, "-x").assert_outcomes(failed=2)


def test_each_worker_has_a_proxy_and_a_verdict(tree: pytest.Pytester) -> None:
    tree.makepyfile(test_one=RIGHT, test_two=RIGHT, test_three=WRONG)
    result = run(tree, "-n2", "--dist=loadfile")
    result.assert_outcomes(passed=4, failed=1)
    result.stdout.fnmatch_lines(["FAILED otp-conformance::verdict[[]gw?]*"])


def test_a_worker_that_sent_nothing_is_no_failure_where_others_did(tree: pytest.Pytester) -> None:
    idle = "def test_idle(otp_proxy_session): pass"
    tree.makepyfile(test_one=RIGHT, test_two=idle)
    run(tree, "-n2", "--dist=loadfile").assert_outcomes(passed=3, skipped=1)
    run(tree, "test_two.py").assert_outcomes(passed=1, failed=1)


def test_a_test_of_its_own_has_a_verdict_of_its_own(tree: pytest.Pytester) -> None:
    tree.makepyfile("def test_own(otp_proxy, sign_in): sign_in(otp_proxy)")
    result = run(tree, "-v")
    result.assert_outcomes(passed=2)
    result.stdout.fnmatch_lines(["*test_own::otp-verdict PASSED*"])


def test_hostile_answers_by_marker(tree: pytest.Pytester) -> None:
    tree.makepyfile(
        """
        import pytest
        from conftest import ADA, call

        @pytest.mark.otp(hostile="transient::503-then-success")
        def test_hostile(otp_proxy):
            with pytest.raises(OSError, match="503"):
                call(otp_proxy, "/v1/auth/otp/signup-in/sms", {"loginId": ADA})
        """
    )
    result = run(tree, "-v")
    result.stdout.fnmatch_lines(["*test_hostile PASSED*"])


def test_clock_and_faults_by_marker(tree: pytest.Pytester) -> None:
    tree.makepyfile(
        """
        import time
        from datetime import timedelta
        import pytest
        from conftest import ADA, call

        @pytest.mark.otp(clock=timedelta(hours=5), faults=["never-consumed"])
        def test_marked(otp_serve, sign_in):
            sign_in(otp_serve)
            assert otp_serve.messages(ADA)[0]["time"] / 1000 - time.time() > 4 * 3600
        """
    )
    run(tree).assert_outcomes(passed=1)


@pytest.mark.parametrize(
    ("mark", "said"),
    [
        ("hostle='x'", "takes clock, faults, hostile, variants, and not hostle"),
        ("clock=3", "takes a timedelta as clock"),
        ("faults='never-consumed'", "takes a list of names as faults"),
    ],
)
def test_a_marker_that_makes_no_sense_is_an_error_at_once(tree: pytest.Pytester, mark: str, said: str) -> None:
    tree.makepyfile(f"import pytest\n\n@pytest.mark.otp({mark})\ndef test_marked(): pass")
    result = run(tree)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([f"*test_marked: marker otp {said}*"])


EVERYTHING = """
    import os, types
    from conftest import ADA, call

    def test_environment(sign_in):
        known = types.SimpleNamespace(url=os.environ["DESCOPE_BASE_URI"], project_id=os.environ["DESCOPE_PROJECT_ID"])
        call(known, "/v1/auth/otp/signup-in/sms", {"loginId": ADA})
"""


def test_everything_goes_through_a_proxy_when_asked(tree: pytest.Pytester) -> None:
    tree.makepyfile(EVERYTHING)
    run(tree, "--otp").assert_outcomes(passed=2)
    tree.makeini("[pytest]\notp = true\notp_reports = kept")
    run(tree).assert_outcomes(passed=2)
    assert sorted(file.name for file in (tree.path / "kept").iterdir()) == [
        "otp-conformance-verdict.html",
        "otp-conformance-verdict.ndjson",
    ]


def test_strict_fails_a_broken_should(tree: pytest.Pytester) -> None:
    tree.makepyfile("def test_slip(otp_proxy_session, slip): slip(otp_proxy_session)")
    result = run(tree)
    result.stdout.fnmatch_lines(["otp-conformance::verdict: warned: OTP-053*"])
    result.assert_outcomes(passed=2)
    run(tree, "--otp-strict").assert_outcomes(passed=1, failed=1)


def test_what_must_be_called_is_asked_of_all_workers_together(tree: pytest.Pytester) -> None:
    sends = "from conftest import ADA, call\n\ndef test_sends(otp_proxy_session):\n    call(otp_proxy_session, '/v1/auth/otp/signup-in/sms', {'loginId': ADA})"
    tree.makepyfile(test_one=RIGHT, test_two=sends)
    both = "--otp-require=signup-in-sms, verify-sms"
    run(tree, "-n2", "--dist=loadfile", both).assert_outcomes(passed=5)
    result = run(tree, "test_two.py", both)
    result.assert_outcomes(passed=2, failed=1)
    result.stdout.fnmatch_lines(["not called: verify-sms"])


def test_findings_bear_the_name_of_the_test(tree: pytest.Pytester) -> None:
    tree.makepyfile(test_login=WRONG)
    run(tree).stdout.fnmatch_lines(["OTP-122 in test_login.py::test_wrong"])


def test_the_clock_moves_for_the_judge_too(tree: pytest.Pytester) -> None:
    tree.makepyfile(
        """
        import pytest
        from conftest import ADA, call

        def test_expires(otp_proxy):
            call(otp_proxy, "/v1/auth/otp/signup-in/sms", {"loginId": ADA})
            code = otp_proxy.code(ADA)
            otp_proxy.advance(minutes=10)
            with pytest.raises(OSError, match="401"):
                call(otp_proxy, "/v1/auth/otp/verify/sms", {"loginId": ADA, "code": code})
        """
    )
    run(tree).assert_outcomes(passed=2)


def test_variants_by_marker(tree: pytest.Pytester) -> None:
    tree.makepyfile(
        """
        import pytest

        @pytest.mark.otp(variants=["late-messages"])
        def test_late(otp_proxy, sign_in): sign_in(otp_proxy)
        """
    )
    run(tree).assert_outcomes(passed=2)


def test_below_the_command_its_proxy_is_used(tree: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    import otp_conformance

    with otp_conformance.proxy() as outer:
        for name, value in {**outer.environment(), "OTP_PROXY_URL": outer.url}.items():
            monkeypatch.setenv(name, value)
        tree.makepyfile(EVERYTHING)
        run(tree, "--otp").assert_outcomes(passed=1)
    assert outer.verdict.ok, outer.verdict.text
