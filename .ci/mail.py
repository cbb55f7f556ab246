"""Hands mails of the emulator on to the listener, by aiosmtpd and smtplib, and has a run verify their codes.

Usage: mail.py BINARY. Each mail is also read by Python's own reader, and written anew in another form before it is handed
on: as it came, as HTML in quoted-printable, and as plain text in base64 and Latin-1.
"""

import email
import email.policy
import socket
import smtplib
import subprocess
import sys
from email.message import EmailMessage

from aiosmtpd.controller import Controller

TRIALS = ["scenario::verification::email::", "scenario::invalidation::email::", "scenario::update::email::"]


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


class Relay:
    """Takes a mail, reads it, and hands it on."""

    def __init__(self, port: int):
        self.port, self.count, self.wrong = port, 0, []

    async def handle_DATA(self, server, session, envelope):
        mail = email.message_from_bytes(envelope.content, policy=email.policy.default)
        text = mail.get_body(("plain",)).get_content()
        if [address.addr_spec for address in mail["to"].addresses] != envelope.rcpt_tos or "code:" not in text:
            self.wrong.append(envelope.content)
        code = text.split("code:")[1].split(";")[0]
        anew = EmailMessage()
        anew["From"], anew["To"], anew["Subject"] = mail["from"], mail["to"], "Anmeldung für Sie"
        form = self.count % 3
        if form == 1:
            page = f"<style>p{{color:#202123;margin:1234px}}</style><p>Ihr Code für heute</p><p><b>{code}</b></p>"
            anew.set_content(page, subtype="html", cte="quoted-printable")
        elif form == 2:
            anew.set_content(f"Für Sie: {code}, gültig 10 Minuten", charset="iso-8859-1", cte="base64")
        self.count += 1
        with smtplib.SMTP("127.0.0.1", self.port) as listener:
            listener.sendmail(envelope.mail_from, envelope.rcpt_tos, envelope.content if form == 0 else bytes(anew))
        return "250 OK"


def main(binary: str) -> None:
    listener, relayed, serving = free_port(), free_port(), free_port()
    relay = Relay(listener)
    controller = Controller(relay, hostname="127.0.0.1", port=relayed)
    controller.start()
    address, project = f"127.0.0.1:{serving}", "P2OTPConformanceEmulator0001"
    emulator = subprocess.Popen(
        [binary, "serve", "--listen", address, "--smtp", f"127.0.0.1:{relayed}"], stdout=subprocess.PIPE
    )
    try:
        emulator.stdout.readline()
        run = [binary, "run", *TRIALS, "--target", f"http://{address}", "--project-id", project, "--codes", f"smtp={listener}"]
        status = subprocess.run(run).returncode
    finally:
        emulator.terminate()
        emulator.wait()
        controller.stop()
    if status != 0 or relay.count < 20 or relay.wrong:
        sys.exit(f"mail: the run ended in {status}, {relay.count} mails were handed on, wrong: {relay.wrong[:1]}")
    print(f"mail: {relay.count} mails by aiosmtpd and smtplib, in three forms: OK")


main(sys.argv[1])
