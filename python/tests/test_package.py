"""The package without pytest: servers, proxies, verdicts."""

import socket
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

import otp_conformance
from conftest import ADA, Client, call


def test_a_login_is_seen_and_acquitted(sign_in: Client) -> None:
    with otp_conformance.proxy() as proxy:
        login = sign_in(proxy)
    assert login["user"]["loginIds"] == [ADA]
    assert (proxy.verdict.ok, proxy.verdict.word, proxy.verdict.violated) == (True, "pass", []), proxy.verdict.text


def test_a_wrong_client_is_convicted_with_the_requirement(misuse: Client) -> None:
    proxy = otp_conformance.proxy()
    misuse(proxy)
    verdict = proxy.stop()
    assert (verdict.status, verdict.word, verdict.violated) == (1, "fail", ["OTP-122"]), verdict.text
    assert "OTP-122 MUST" in verdict.text
    assert proxy.stop() is verdict


@pytest.mark.parametrize(("strict", "status"), [(False, 0), (True, 1)])
def test_a_broken_should_fails_only_a_strict_verdict(slip: Client, strict: bool, status: int) -> None:
    with otp_conformance.proxy(strict=strict) as proxy:
        slip(proxy)
    assert proxy.verdict.status == status
    assert (proxy.verdict.violated if strict else proxy.verdict.warned) == ["OTP-053"]


def test_who_sends_nothing_has_shown_nothing() -> None:
    assert not otp_conformance.proxy().stop().ok


def test_files_are_written_where_asked(tmp_path: Path, sign_in: Client) -> None:
    with otp_conformance.proxy(record=tmp_path / "run.ndjson", html=tmp_path / "run.html") as proxy:
        sign_in(proxy)
    assert sorted(file.name for file in tmp_path.iterdir()) == ["run.html", "run.ndjson"]


def test_the_server_has_an_inbox_a_clock_and_a_fresh_start(sign_in: Client) -> None:
    with otp_conformance.serve() as server:
        sign_in(server)
        assert [message["recipient"] for message in server.messages(ADA)] == [ADA]
        call(server, "/v1/auth/otp/signup-in/sms", {"loginId": ADA})
        code = server.code(ADA)
        server.advance(timedelta(minutes=4))
        server.advance(hours=1)
        with pytest.raises(OSError, match="401"):
            call(server, "/v1/auth/otp/verify/sms", {"loginId": ADA, "code": code})
        server.reset()
        assert server.messages() == []
        with pytest.raises(otp_conformance.NoCode, match="5550130"):
            server.code(ADA, timeout=0)


def test_what_the_command_refuses_is_said_in_its_words() -> None:
    with pytest.raises(otp_conformance.StartError, match="no-such-fault"):
        otp_conformance.serve(faults=["no-such-fault"])


def test_variables_of_a_shell_decide_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTP_FAULT", "no-such-fault")
    otp_conformance.serve().stop()


def test_a_missing_command_is_named_with_its_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OTP_CONFORMANCE", raising=False)
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr("sysconfig.get_path", lambda *_, **__: "/nowhere")
    with pytest.raises(otp_conformance.BinaryNotFound, match="/nowhere.*pip"):
        otp_conformance.binary_path()


def test_the_module_is_the_command() -> None:
    command = [sys.executable, "-m", "otp_conformance"]
    assert subprocess.run([*command, "explain", "OTP-054"], capture_output=True).returncode == 0
    assert subprocess.run([*command, "explain", "OTP-999"], capture_output=True).returncode == 2


@pytest.mark.skipif(sys.platform == "win32", reason="kills as Unix does")
def test_nothing_is_left_running_where_the_interpreter_is_killed() -> None:
    script = "import otp_conformance as o, os; print(o.serve().url, flush=True); os.kill(os.getpid(), 9)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60)
    address = done.stdout.strip().removeprefix("http://").split(":")
    for _ in range(10_000):
        try:
            socket.create_connection((address[0], int(address[1])), timeout=5).close()
        except OSError:
            return
    pytest.fail("the server outlived the interpreter that started it")
