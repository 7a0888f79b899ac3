#!/usr/bin/env python3
"""The mail gate behind a real Postfix, with the real module. usage: postfix_test.py DRIVER PLUGIN"""
import email.message
import os
import subprocess
import sys

from gated_postfix import PNG, Bed, check, run, until


def picture_mail(bed, name="snapshot.png", kind="image/png"):
    file = bed.folder / name
    file.write_bytes(PNG)
    return ["--attach-type", kind, "--attach-name", name, "--attach", f"@{file}"]


def recipients(arguments):
    """a mistyped recipient is refused with the likely correction, and the others get the mail"""
    with Bed(arguments) as bed:
        code, said = bed.swaks(to="ana@site.example,anna@site.example,x@partner.example,stranger@far.example")
        check(code == 0, said)
        check("550 5.7.1" in said and "MAIL-2" in said and "did you mean anna@site.example?" in said, said)
        check("MAIL-1" in said, said)
        [mail] = bed.arrived(1)
        check(sorted(mail.sent_to) == ["anna@site.example", "x@partner.example"], f"sent to {mail.sent_to}")

        for wanted in ("anna%evil.example@site.example", "@evil.example:anna@site.example", '"anna@evil.example"@site.example',
                       "evil.example!anna@site.example", "anna@[127.0.0.1]", "anna", "anna+x@site.example"):
            code, said = bed.swaks(to=wanted)
            check(code == 24 and "550 5.7.1" in said, f"{wanted}: {said}")
        code, said = bed.swaks(to='"Anna"@SITE.example', sender="<>")
        check(code == 0, said)
        [mail] = bed.arrived(1)
        check(bed.gate.status()["recipients_refused"] == 9, bed.gate.status())


def headers_alone(arguments):
    """whoever stands in headers alone gets nothing, and whoever stands in the envelope alone is judged"""
    with Bed(arguments) as bed:
        code, said = bed.swaks("--header", "Cc: stranger@far.example", "--header", "Bcc: other@far.example")
        check(code == 0, said)
        [mail] = bed.arrived(1)
        check(mail.sent_to == ["anna@site.example"], f"sent to {mail.sent_to}")
        code, said = bed.swaks("--h-To", "anna@site.example", to="stranger@far.example")
        check(code == 24 and "MAIL-1" in said, said)


def pictures(arguments):
    """a picture stays with those who are cleared and becomes a note for all others"""
    with Bed(arguments) as bed:
        code, said = bed.swaks("--body", "Motion at the gate", *picture_mail(bed), to="anna@site.example,guard@site.example")
        check(code == 0, said)
        [mail] = bed.arrived(1)
        text = "".join(part.get_content() for part in mail.walk() if part.get_content_type() == "text/plain")
        check("Motion at the gate" in text and "Removed by Ombud" in text and "MAIL-5" in text, text)
        check(b"iVBOR" not in mail.raw and not any(part.get_content_maintype() == "image" for part in mail.walk()), mail.raw)
        check(mail["Expires"] and mail["Expires"].endswith("+0000"), "no delete-by date")

        code, said = bed.swaks("--body", "Motion", *picture_mail(bed), to="guard@site.example")
        [mail] = bed.arrived(1)
        [picture] = [part for part in mail.walk() if part.get_content_maintype() == "image"]
        check(picture.get_content() == PNG, "the picture changed")

        code, said = bed.swaks("--body", "Motion", *picture_mail(bed, "words.txt", "text/plain"))
        [mail] = bed.arrived(1)
        check(b"iVBOR" not in mail.raw, "a picture that is called text went through")

        whole = bed.folder / "whole.eml"
        alone = email.message.EmailMessage()
        alone["Subject"] = "alarm"
        alone.set_content(PNG, "image", "png", filename="face.png")
        whole.write_bytes(alone.as_bytes())
        code, said = bed.swaks("--data", f"@{whole}")
        check(code == 0, said)
        [mail] = bed.arrived(1)
        check(mail.get_content_type() == "text/plain" and "Removed by Ombud" in mail.get_content() and b"face.png" not in mail.raw, mail.raw)
        check(len(mail.get_all("Content-Type")) == 1 and len(mail.get_all("Content-Transfer-Encoding")) == 1, mail.raw)


def refused(arguments):
    """with attachments=refuse the whole mail is refused"""
    with Bed(arguments, settings=["options/attachments=refuse"]) as bed:
        code, said = bed.swaks(*picture_mail(bed))
        check(code == 26 and "550 5.7.1 MAIL-5" in said, said)
        code, said = bed.swaks("--body", "words")
        check(code == 0, said)
        bed.arrived(1)


def monitor(arguments):
    """in monitor nothing changes on the wire"""
    with Bed(arguments, monitor=True) as bed:
        code, said = bed.swaks(*picture_mail(bed), to="stranger@far.example")
        check(code == 0, said)
        [mail] = bed.arrived(1)
        check(b"iVBOR" in mail.raw and "Expires" not in mail, "something changed")


def tls(arguments):
    """mail from elsewhere must come over TLS, and must leave by a hop that demands it"""
    more = ("smtpd_authorized_xclient_hosts = 127.0.0.1\nmynetworks = 127.0.0.0/8, 192.0.2.0/24\n"
            "transport_maps = inline:{{far.example=smtp:[192.0.2.1]:25}}\ndefer_transports = smtp\n")
    with Bed(arguments, more=more) as bed:
        code, said = bed.swaks("--xclient", "ADDR=192.0.2.7")
        check(code == 24 and "MAIL-6" in said and "without TLS" in said, said)
        code, said = bed.swaks("--xclient", "ADDR=192.0.2.7", "--xclient-before-starttls", "--tls")
        check(code == 0, said)
        # smtp_tls_security_level = may is what the macro tells; 192.0.2.1 is never contacted (defer_transports).
        code, said = bed.swaks(to="far@far.example")
        check(code == 24 and "MAIL-6" in said and "does not demand TLS" in said, said)
        bed.postfix.reload(bed.gate.listen, more + "smtp_tls_security_level = encrypt\n")
        code, said = bed.swaks(to="far@far.example")
        check(code == 0, said)
        bed.postfix.reload(bed.gate.listen, more + "milter_macro_defaults =\n")
        code, said = bed.swaks(to="far@far.example")
        check("451" in said and "milter_macro_defaults" in said, said)
    with Bed(arguments, settings=["options/relays=relay.site.example"]) as bed:
        code, said = bed.swaks()
        check(code == 24 and "MAIL-6" in said and "relay" in said, said)


def smuggling(arguments):
    """a mail hidden in another one by bare line endings gets nowhere unjudged"""
    head = b"From: cam@vms.example\r\nTo: anna@site.example\r\nSubject: a\r\n\r\nfirst\r\n"
    hidden = b"MAIL FROM:<cam@vms.example>\r\nRCPT TO:<stranger@far.example>\r\nDATA\r\nSubject: hidden\r\n\r\nsecond\r\n.\r\n"
    start = [b"EHLO vms\r\n", b"MAIL FROM:<cam@vms.example>\r\n", b"RCPT TO:<anna@site.example>\r\n", b"DATA\r\n"]
    with Bed(arguments) as bed:
        for end in (b"\n.\r\n", b"\n.\n", b"\r.\r\n", b"\r.\r", b"\r\n.\n", b"\r\n\x00.\r\n"):
            bed.talk(*start, head + b"x" + end + hidden + b"\r\n.\r\n")
            bed.postfix.drain()
            for mail in bed.sink.mails():
                check(mail.sent_to == ["anna@site.example"], f"{end}: sent to {mail.sent_to}")
                body = mail.raw.split(b"\n\n", 1)[1]
                check(b"\r" not in body.replace(b"\r\n", b"\n"), f"{end}: a bare CR went through: {body}")
            bed.sink.clear()
        # A multipart whose structure depends on whether a bare CR or LF ends a line.
        for end in (b"\r", b"\n"):
            mail = (b"MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nwords" + end + b"--b" + end
                    + b"Content-Type: image/png" + end + b"Content-Transfer-Encoding: base64" + end + end + b"iVBORw0KGgo=\r\n--b--\r\n.\r\n")
            answers = bed.talk(*start, mail)
            check(answers[-1].startswith("250"), answers)
            [mail] = bed.arrived(1)
            check(not any(part.get_content_maintype() == "image" for part in mail.walk()), f"{end}: {mail.raw}")


def local_submission(arguments):
    """mail that a program on this machine hands to `sendmail` is judged as well, and so is what comes back to its sender"""
    with Bed(arguments) as bed:
        # A way out that demands TLS, but for the sink: Postfix does not tell the route of such mail.
        bed.postfix.reload(bed.gate.listen, f"smtp_tls_security_level = encrypt\n"
                                            f"smtp_tls_policy_maps = inline:{{{{[127.0.0.1]:{bed.sink.port}=may}}}}\n")

        def sendmail(sender, *to):
            subprocess.run(["sendmail", "-C", str(bed.postfix.etc), "-f", sender, *to], input="Subject: alarm\n\nMotion\n",
                           text=True, capture_output=True, timeout=60, check=True)
        sendmail("cam@vms.example", "anna@site.example")
        bed.arrived(1)
        sendmail("bob@site.example", "anna@site.example", "stranger@far.example")
        [mail] = bed.arrived(1)
        check(mail.sent_to == ["bob@site.example"] and b"MAIL-1" in mail.raw, f"sent to {mail.sent_to}: {mail.raw}")
        # Its sender may get no mail either: it stays where it was handed in, and is offered again each minute.
        sendmail("cam@vms.example", "stranger@far.example")
        until(lambda: "bounce message failure" in bed.postfix.log(), bed.postfix.log)
        check(not bed.sink.mails(), "a mail to nobody on the list went out, or its bounce did")
        check(bed.postfix.queued() >= 1, "the mail was lost")


def large(arguments):
    """a mail of 20 MB is judged from its file, and its picture is removed"""
    with Bed(arguments, more="message_size_limit = 60000000\n") as bed:
        words = bed.folder / "words.txt"
        words.write_text("Motion at the gate, and nothing else to be seen.\n" * 400_000)
        code, said = bed.swaks("--attach-type", "text/plain", "--attach", f"@{words}", *picture_mail(bed))
        check(code == 0, said[-500:])
        [mail] = bed.arrived(1)
        check(len(mail.raw) > 19_000_000 and b"iVBOR" not in mail.raw, "the large mail")


def closed(arguments):
    """while there is no gate the mail server holds all mail, and a new gate takes over on the same connection"""
    with Bed(arguments) as bed:
        bed.gate.say("close")
        code, said = bed.swaks()
        check("451" in said and code == 24, said)
        check(bed.gate.say("open") == "ready", "open")
        code, said = bed.swaks()
        check(code == 0, said)
        bed.arrived(1)


def unix_socket(arguments):
    """the gate listens at a Unix socket, for its owner alone or for a group"""
    path = f"/tmp/ombud-mail-{os.getpid()}.sock"
    with Bed(arguments, listen="unix:" + path) as bed:
        code, said = bed.swaks()
        check("451" in said, said)  # smtpd is no root, and nobody gave it the socket
    with Bed(arguments, listen="unix:" + path, group="postfix") as bed:
        check(os.stat(path).st_mode & 0o777 == 0o660, oct(os.stat(path).st_mode))
        code, said = bed.swaks()
        check(code == 0, said)
        bed.arrived(1)
    os.unlink(path)


if __name__ == "__main__":
    run(sys.argv[1:], [recipients, headers_alone, pictures, refused, monitor, tls, smuggling, local_submission, large, closed, unix_socket])
