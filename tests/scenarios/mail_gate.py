"""The mail gate as a site has it: Postfix, the gate, the module, the register that two persons change, the ledger.

Then the whole program is killed while mails stream in: none leaks, and none is lost."""
import os
import pathlib
import shutil
import smtplib
import sys
import threading
import time
from email.message import EmailMessage

from ombud_site import check, scenario, site_xml, until

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "bed" / "postfix"))
if os.geteuid() != 0 or not all(shutil.which(name) for name in ("postfix", "smtp-sink", "setpriv")):
    print("needs root, postfix and setpriv")
    sys.exit(77)
from postfix import Postfix, Sink, free_port  # noqa: E402

APPROVER = "nobody"
PNG = (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\1\0\0\0\1\10\2\0\0\0\x90wS\xde\0\0\0\0IEND\xaeB`\x82")
PICTURE = b"iVBORw0KGgo"  # what it begins with in base64


def alarm(name):
    mail = EmailMessage()
    mail["Subject"], mail["From"], mail["To"] = name, "cam@vms.example", "anna@site.example"
    mail.set_content("Motion at the gate\n")
    mail.add_attachment(PNG, "image", "png", filename="snapshot.png")
    return mail.as_bytes()


def send(port, to, name="alarm"):
    """What the mail server said: 250, or a refusal's code and text for each recipient or the whole mail."""
    to = to if isinstance(to, list) else [to]
    with smtplib.SMTP("127.0.0.1", port, "vms.example", timeout=30) as server:
        try:
            refused = server.sendmail("cam@vms.example", to, alarm(name))
        except smtplib.SMTPRecipientsRefused as problem:
            refused = problem.recipients
        except smtplib.SMTPResponseException as problem:
            return {one: (problem.smtp_code, problem.smtp_error.decode()) for one in to}
    return {one: (refused[one][0], refused[one][1].decode()) if one in refused else (250, "") for one in to}


class Stream(threading.Thread):
    """A VMS that tries each of its mails until it is taken or refused."""

    def __init__(self, port, count):
        super().__init__()
        self.port, self.count, self.held, self.done, self.problem = port, count, 0, {}, None

    def run(self):
        try:
            for index in range(self.count):
                to = "stranger@far.example" if index % 4 == 3 else "anna@site.example"
                name = f"{self.name}-{index}"
                end = time.monotonic() + 120
                while name not in self.done:
                    try:
                        code = send(self.port, to, name)[to][0]
                    except (smtplib.SMTPException, OSError):
                        code = 421
                    if code == 250 or code >= 500:
                        self.done[name] = code
                    else:
                        self.held += 1
                        check(time.monotonic() < end, f"{name} is held for two minutes")
                        time.sleep(0.1)
        except BaseException as problem:
            self.problem = problem


with scenario() as make:
    listen = f"127.0.0.1:{free_port()}"
    people = f'  <people><person account="{APPROVER}" role="approver"/></people>\n'
    gates = f'  <gates><mail listen="inet:{listen}"/></gates>\n'
    records = '  <records><record kind="alarm" retention="7d"/></records>\n'

    def xml(mode):
        module = f'    <module id="email_whitelist" mode="{mode}"><option name="quota">0</option></module>\n'
        return site_xml(more=module).replace("  <modules>", people + gates + records + "  <modules>")

    site = make(xml("monitor"))
    options = site.share()

    def start():
        site.start(*options)

    def run(*arguments, account="root", exit_code=0):
        return site.run_as(account, *arguments, exit_code=exit_code)

    start()
    bed = pathlib.Path(make.folder) / "mail"
    bed.mkdir(mode=0o755)
    sink = Sink(bed)
    postfix = Postfix(bed / "postfix", sink.port, f"inet:{listen}").start()

    def arrived(count):
        postfix.drain()
        until(lambda: len(sink.mails()) >= count, lambda: f"{count} mails, not {len(sink.mails())}: {postfix.log()[-1500:]}")
        mails = sink.mails()
        check(len(mails) == count, f"{count} mails, not {len(mails)}")
        sink.clear()
        return mails

    try:
        # Monitor: everything passes as it is, and what would have been is in the ledger.
        check(send(postfix.port, "stranger@far.example")["stranger@far.example"][0] == 250, "monitor refused something")
        [mail] = arrived(1)
        check(PICTURE in mail.raw and mail["Expires"] is None, "monitor changed something")
        judged = [entry for entry in site.ledger("hook.judged")]
        check(len(judged) == 2 and "monitor deny MAIL-1" in str(judged[0]) and "stranger" not in str(judged), f"recorded: {judged}")

        # Enforce: nobody is listed yet, and one person cannot list anybody.
        run("module", "mode", "email_whitelist", "enforce", "--reason", "understood")
        code, text = send(postfix.port, "anna@site.example")["anna@site.example"]
        check(code == 550 and "MAIL-1" in text, f"{code} {text}")
        run("whitelist", "add", "anna@site.example", "--reason", "site manager")
        check(send(postfix.port, "anna@site.example")["anna@site.example"][0] == 550, "a proposal alone let mail through")
        run("approve", "1", "--reason", "known to me", account=APPROVER)

        answers = send(postfix.port, ["anna@site.example", "ana@site.example"])
        check(answers["anna@site.example"][0] == 250, str(answers))
        check(answers["ana@site.example"][0] == 550 and "did you mean anna@site.example?" in answers["ana@site.example"][1], str(answers))
        [mail] = arrived(1)
        check(mail.sent_to == ["anna@site.example"] and PICTURE not in mail.raw and b"Removed by Ombud" in mail.raw and mail["Expires"],
              f"to {mail.sent_to}: {mail.raw}")

        # Cleared for attachments, again by two.
        run("whitelist", "add", "anna@site.example", "attachments=true", "--reason", "has to see the gate")
        run("approve", "2", account=APPROVER)
        send(postfix.port, "anna@site.example")
        [mail] = arrived(1)
        check(PICTURE in mail.raw, "the picture was removed for a cleared recipient")
        run("register", "set", "email_whitelist/recipients", "anna@site.example", "attachments=false", "--reason", "no longer")
        run("approve", "3", account=APPROVER)
        status = site.call("GET", "/v1/status")["gates"]["mail"]
        check(status["listening"] and status["recipients_refused"] == 3 and status["mails_changed"] >= 2, f"status: {status}")
        coverage = run("coverage").stdout
        check(all(any(line.startswith(f"MAIL-{n} ") and "preventable" in line for line in coverage.splitlines()) for n in range(1, 8)), coverage)

        # Killed under load.
        streams = [Stream(postfix.port, 40) for _ in range(4)]
        for stream in streams:
            stream.start()
        for kill in range(3):
            until(lambda: sum(len(one.done) for one in streams) >= (kill + 1) * 30, "mails flow", 120)
            site.kill()
            held = sum(one.held for one in streams)
            until(lambda: sum(one.held for one in streams) > held + 2, "mail is held while Ombud is down")
            start()
        for stream in streams:
            stream.join()
            check(stream.problem is None, repr(stream.problem))
        done = {name: code for stream in streams for name, code in stream.done.items()}
        check(len(done) == 160, f"{len(done)} mails have an end")
        taken = {name for name, code in done.items() if code == 250}
        postfix.drain()
        until(lambda: taken <= {mail["Subject"] for mail in sink.mails()}, "every mail that was taken arrives")
        for mail in sink.mails():
            check(mail.sent_to == ["anna@site.example"] and PICTURE not in mail.raw, f"{mail['Subject']} leaked to {mail.sent_to}")
        check(all(int(name.rsplit("-", 1)[1]) % 4 != 3 for name in taken), "a mail to nobody on the list was taken")
        check(len(taken) == 120, f"{len(taken)} of 120 good mails were taken")
        print(f"{sum(one.held for one in streams)} tries were held over 3 kills, 120 mails arrived, 40 were refused", flush=True)
    finally:
        postfix.stop()
        sink.stop()
    check(site.stop() == 0, "a stop by SIGTERM is no failure")
    site.start(wait=True, *("--socket", str(site.socket)))
    site.run("--socket", site.socket, "ledger", "verify")
    check(site.stop() == 0, "a stop by SIGTERM is no failure")
    log = site.log()
    check("anna@" not in log and "stranger@" not in log, "the log tells of a person")
