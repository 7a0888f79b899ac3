#!/usr/bin/env python3
"""The gate is killed again and again while mails stream in: none leaks, none is lost. usage: kill_test.py DRIVER PLUGIN"""
import random
import smtplib
import sys
import threading
import time

from gated_postfix import PNG, Bed, check, run, until

SENDERS, MAILS_EACH, KILLS = 4, 60, 6


class Sender(threading.Thread):
    """A VMS that tries each mail until the mail server takes or refuses it."""

    def __init__(self, port, number):
        super().__init__()
        self.port, self.number = port, number
        self.accepted, self.refused, self.held, self.problem = [], [], 0, None

    def run(self):
        try:
            for index in range(MAILS_EACH):
                self.send(f"{self.number}-{index}", "stranger@far.example" if index % 5 == 4 else "anna@site.example")
        except Exception as problem:
            self.problem = problem

    def send(self, name, to):
        import base64
        picture = base64.encodebytes(PNG).decode().replace("\n", "\r\n")
        text = (f"Subject: {name}\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nMotion\r\n--b\r\n"
                f"Content-Type: image/png\r\nContent-Transfer-Encoding: base64\r\n\r\n{picture}--b--\r\n")
        end = time.monotonic() + 120
        while time.monotonic() < end:
            try:
                with smtplib.SMTP("127.0.0.1", self.port, "vms.example", timeout=30) as server:
                    server.sendmail("cam@vms.example", [to], text)
                self.accepted.append(name)
                return
            except smtplib.SMTPRecipientsRefused as refusal:
                code = refusal.recipients[to][0]
            except smtplib.SMTPResponseException as refusal:
                code = refusal.smtp_code
            except (smtplib.SMTPServerDisconnected, OSError):
                code = 421
            if code >= 500:
                self.refused.append(name)
                return
            self.held += 1
            time.sleep(0.05)  # as a client waits before it tries again
        raise AssertionError(f"{name} was held for two minutes")


def killed(arguments):
    """not one mail leaks and not one is lost while the gate dies and comes back"""
    random.seed(7)
    with Bed(arguments, settings=["options/quota=0"]) as bed:
        senders = [Sender(bed.postfix.port, number) for number in range(SENDERS)]
        for sender in senders:
            sender.start()
        done = lambda: sum(len(sender.accepted) + len(sender.refused) for sender in senders)
        for kill in range(KILLS):
            until(lambda: done() >= (kill + 1) * SENDERS * MAILS_EACH // (KILLS + 2), lambda: f"mails flow: {done()}", 120)
            time.sleep(random.random() / 20)  # anywhere within a mail
            bed.gate.kill()
            before = sum(sender.held for sender in senders)
            until(lambda: sum(sender.held for sender in senders) > before + 2, "mail is held without a gate")
            bed.gate.start()
        for sender in senders:
            sender.join()
            check(sender.problem is None, repr(sender.problem))
        accepted = {name for sender in senders for name in sender.accepted}
        refused = {name for sender in senders for name in sender.refused}
        check(len(accepted) + len(refused) == SENDERS * MAILS_EACH, "a mail has no end")
        check(all(int(name.split("-")[1]) % 5 == 4 for name in refused), "a good mail was refused")
        bed.postfix.drain()
        until(lambda: len({mail["Subject"] for mail in bed.sink.mails()}) >= len(accepted), "every accepted mail arrives")
        for mail in bed.sink.mails():
            check(mail.sent_to == ["anna@site.example"], f"{mail['Subject']} leaked to {mail.sent_to}")
            check(b"iVBOR" not in mail.raw, f"the picture of {mail['Subject']} leaked")
        arrived = {mail["Subject"] for mail in bed.sink.mails()}
        check(accepted <= arrived, f"lost: {sorted(accepted - arrived)}")
        print(f"{len(accepted)} accepted, {len(refused)} refused, {sum(s.held for s in senders)} tries held over {KILLS} kills")


if __name__ == "__main__":
    run(sys.argv[1:], [killed])
