"""Checkpoints kept outside: a ledger that is rolled back to an older state, whole in itself, shows against each kind of anchor.

Two real hosts witness each other; mail is taken by Postfix's smtp-sink; time stamps are an `openssl ts` authority's; Go's own note package opens what was cosigned.
"""
import base64
import os
import pathlib
import shutil
import socket
import subprocess
import sys
import threading

HERE = pathlib.Path(__file__).parent
sys.path[:0] = [str(HERE.parent / "bed" / bed) for bed in ("tsa", "postfix")]
from ombud_site import check, scenario, site_xml, until
from postfix import Sink
from tsa import TimeStampingAuthority


class SystemLog:
    """A syslog daemon's socket, and the file that such a daemon writes on another machine."""

    def __init__(self, path, file):
        self.file, self.socket = file, socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(str(path))
        threading.Thread(target=self.write, daemon=True).start()

    def write(self):
        with open(self.file, "ab", buffering=0) as out:
            while True:
                out.write(self.socket.recv(65536) + b"\n")


def with_ledger(xml, content):
    return xml.replace("</site>", f"  <ledger>\n{content}\n  </ledger>\n</site>")


def apply(site, xml):
    new = site.folder / "new.xml"
    new.write_text(xml)
    site.run("config", "apply", new, "--reason", "anchors")


def ledger_of(site):
    return site.call("GET", "/v1/status")["ledger"]


def anchors_of(site):
    return {one["name"].split(" ")[0]: one for one in ledger_of(site)["anchors"]}


def anchored(site):
    """Waits until every anchor has kept the newest checkpoint, and that covers every entry; the number of entries."""
    def kept():
        ledger = ledger_of(site)
        return (ledger["signed_size"] == ledger["size"] and
                all(one["state"] == "up" and one["kept_size"] == ledger["size"] for one in ledger["anchors"]) and ledger["size"])
    return until(kept, lambda: f"all anchors hold the newest checkpoint: {ledger_of(site)}")


def go_tool(folder):
    tool = folder / "outsider"
    environment = {**os.environ, "GO111MODULE": "off", "GOPATH": "/usr/share/gocode", "GOFLAGS": "", "GOCACHE": os.environ.get("OMBUD_GOCACHE", str(folder / "gocache"))}
    subprocess.run(["go", "build", "-o", str(tool), str(HERE.parent / "host" / "ledger" / "outsider" / "outsider.go")], check=True, env=environment, timeout=300)
    return tool


if os.geteuid() != 0 or not all(shutil.which(name) for name in ("go", "smtp-sink")):
    print("needs root, go and postfix; run .ci/install demo test", file=sys.stderr)
    sys.exit(77)

with scenario() as make:
    tsa = TimeStampingAuthority(make.folder / "tsa")
    outside = make.folder / "outside"
    outside.mkdir()
    make.folder.chmod(0o711)  # the sink runs under an account of its own
    sink = Sink(make.folder / "mail")
    log = SystemLog(make.folder / "devlog", outside / "syslog")
    plain_a, plain_b = site_xml(site_id="a"), site_xml(site_id="b")
    a, b = make(plain_a, "a"), make(plain_b, "b")
    for site in (a, b):
        site.start()
        site.quiet()

    # Nobody is told that the ledger is safe while nothing vouches for it.
    check(not ledger_of(a)["anchored"], "claims to be anchored, and no anchor is configured")
    for command in ("status", "coverage"):
        check("not anchored outside this machine" in a.run(command).stdout, f"ombud {command} does not say that nothing is anchored")

    # Each host witnesses the other; the first also has the other four kinds.
    def key_of(site, file):
        return (site.state / file / "verifier").read_text().split("\n")[0]

    def witness_for(site):
        return f'<witness listen="127.0.0.1:0"><log key="{key_of(site, "ledger")}"/></witness>'

    def anchor_at(site):
        served = ledger_of(site)["witness"]
        return f'<anchor kind="witness" url="http://{served["listens"]}" key="{served["key"]}" every="1s"/>'

    apply(b, with_ledger(plain_b, witness_for(a)))
    others = (f'<anchor kind="mail" url="smtp://127.0.0.1:{sink.port}" from="ombud@a.example" to="keeper@b.example" every="1s"/>'
             f'<anchor kind="file" path="{outside}/file" every="1s"/><anchor kind="syslog" path="{make.folder}/devlog" every="1s"/>'
             f'<anchor kind="time-stamp" url="{tsa.url}" ca-file="{tsa.ca}" path="{outside}/stamps" every="1s"/>')
    anchored_a = with_ledger(plain_a, others + anchor_at(b) + witness_for(b))
    apply(a, anchored_a)
    apply(b, with_ledger(plain_b, anchor_at(a) + witness_for(a)))
    for _ in range(5):
        a.send_event()
    a.quiet()
    first, _ = anchored(a), anchored(b)
    check(ledger_of(a)["anchored"] and "not anchored" not in a.run("status").stdout, "does not say that it is anchored")
    check(anchored(a) == first, "two hosts that witness each other write entries about it for ever")

    witness_key = outside / "witness-key"
    witness_key.write_text(key_of(b, "witness") + "\n")

    def fetch_what_others_keep():
        (outside / "mailbox").write_bytes(b"".join(mail.raw for mail in sink.mails()))
        (outside / "witnessed").write_text(b.run("ledger", "witnessed", "ombud/a").stdout)

    evidence = {"file": ("--anchor", outside / "file"), "mail": ("--anchor", outside / "mailbox"), "syslog": ("--anchor", outside / "syslog"),
                "time-stamp": ("--anchor", outside / "stamps", "--tsa-ca", tsa.ca),
                "witness": ("--anchor", outside / "witnessed", "--witness", witness_key)}
    fetch_what_others_keep()
    for kind, options in evidence.items():
        report = a.verify(*options)
        check(report["anchored"] and report["kept"] > 0, f"{kind}: {report}")
        vouched = {one["by"]: one["size"] for one in report["vouched"]}
        check(vouched == {"time-stamp": {"time stamp": first}, "witness": {"ombud/b/witness": first}}.get(kind, {}), f"{kind}: {report}")

    mail = sink.mails()[-1]
    check(mail.sent_to == ["keeper@b.example"] and mail["Subject"].startswith("Checkpoint of ombud/a at ") and mail["Auto-Submitted"] == "auto-generated" and mail["Date"].datetime, mail.raw)

    # Others' programs read what was kept.
    words = (outside / "stamps").read_text().split("\n")[-2].split(" ")
    (outside / "note").write_bytes(base64.b64decode(words[3]))
    (outside / "tsr").write_bytes(base64.b64decode(words[4]))
    stamped = subprocess.run(["openssl", "ts", "-verify", "-in", outside / "tsr", "-data", outside / "note", "-CAfile", tsa.ca], capture_output=True, text=True)
    check("Verification: OK" in stamped.stdout, f"openssl does not take the stamp: {stamped}")
    outsider = go_tool(make.folder)
    (outside / "cosigned").write_bytes(base64.b64decode((outside / "witnessed").read_text().split()[3]))

    def go(witness):
        return subprocess.run([outsider, "cosigned", key_of(a, "ledger"), witness, outside / "cosigned"], capture_output=True, text=True)
    check(go(witness_key.read_text()).stdout == "signed by ombud/a, cosigned by ombud/b/witness\n", f"Go does not open the cosigned note: {go(witness_key.read_text())}")
    check(go(key_of(a, "witness")).returncode != 0, "Go takes another witness's key for the one that cosigned")

    # An authority that fails is told, and only that one is behind.
    tsa.behave("down")
    a.send_event()
    until(lambda: anchors_of(a)["time-stamp"]["state"] == "behind" and a.json("findings"), lambda: f"the anchor falls behind: {anchors_of(a)}")
    found = until(lambda: [one for one in a.json("findings")["findings"] if one["key"].startswith("anchor:")], "it becomes a finding")
    check(len(found) == 1 and found[0]["severity"] == "warning" and tsa.url in found[0]["text"] and "HTTP 503" in found[0]["text"], found)
    check("is behind" in a.run("coverage").stdout, "coverage does not say that an anchor is behind")
    tsa.behave("")
    until(lambda: not [one for one in a.json("findings")["findings"] if one["key"].startswith("anchor:")], "the finding is closed when it keeps again")
    anchored(a)

    # Back to an older state, whole in itself.
    check(a.stop() == 0, "a stop by SIGTERM is no failure")
    older = make.folder / "older"
    shutil.copytree(a.state, older)
    a.start()
    a.quiet()
    for _ in range(5):
        a.send_event()
    a.quiet()
    anchored(a)
    check(a.stop() == 0, "a stop by SIGTERM is no failure")
    fetch_what_others_keep()
    newer = make.folder / "newer"
    for kind, options in evidence.items():
        a.verify(*options)
    shutil.move(a.state, newer)
    shutil.copytree(older, a.state)
    a.verify()
    for kind, options in evidence.items():
        told = a.run("ledger", "verify", *options, exit_code=1).stdout
        check("rolled-back: " in told and "rolled back; it states" in told, f"{kind}: the rollback is not seen: {told}")

    # A host that is started on it finds out by itself, from all that can be asked.
    a.start()
    until(lambda: all(anchors_of(a)[kind]["state"] == "contradicts" for kind in ("file", "witness", "time-stamp")),
          lambda: f"the anchors tell of the rollback: {anchors_of(a)}")
    found = until(lambda: len(one := [one for one in a.json("findings")["findings"] if one["key"].startswith("anchor:")]) == 3 and one, "each is a finding")
    check(all(one["severity"] == "violation" and "the ledger was rolled back" in one["text"] for one in found), found)
    check("the ledger was rolled back: the witness ombud/b/witness has seen" in a.run("status").stdout, a.run("status").stdout)
    check(b.call("GET", "/v1/status")["ledger"]["witness"]["logs"][0]["size"] > first, "the witness has let itself be set back")
    check(a.stop() == 0, "a stop by SIGTERM is no failure")

    # The newer state is put back: all is well again.
    shutil.rmtree(a.state)
    shutil.move(newer, a.state)
    a.start()
    a.quiet()
    anchored(a)
    fetch_what_others_keep()
    for kind in ("file", "time-stamp", "witness"):
        a.verify(*evidence[kind])
    # The system's log and the mailbox took what the other run signed, too: they tell for ever that the key has signed two histories.
    for kind in ("syslog", "mail"):
        told = a.run("ledger", "verify", *evidence[kind], exit_code=1).stdout
        check("root-mismatch" in told and "rolled-back" not in told, told)

    # A mail server that is gone is told, and nothing else waits for it.
    sink.stop()
    a.send_event()
    until(lambda: anchors_of(a)["mail"]["state"] == "behind", lambda: f"the mail anchor falls behind: {anchors_of(a)}")
    check("mail server" in str(anchors_of(a)["mail"]) and anchors_of(a)["file"]["state"] == "up", anchors_of(a))
    tsa.end()
    print("a rollback is seen by a file, a system log, mails, a witness and a time stamping authority", flush=True)
