#!/usr/bin/python3
"""A real Postfix beside any system one: own configuration, queue and ports on loopback, and a sink behind it.

    facts=$(tests/bed/postfix/postfix.py up DIR --milter inet:127.0.0.1:8894)
    tests/bed/postfix/postfix.py down DIR

As a module: Postfix(folder, milter) and Sink(folder). Postfix's master runs as root and its services as `postfix`.
"""
import argparse
import email
import email.policy
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import time

MAIN = """
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
mail_owner = postfix
setgid_group = postdrop
maillog_file = {folder}/log/maillog
maillog_file_prefixes = {folder}
myhostname = vms.bed.example
myorigin = bed.example
mydestination =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
smtpd_relay_restrictions = permit_mynetworks, reject
smtpd_peername_lookup = no
disable_dns_lookups = yes
relayhost = [127.0.0.1]:{sink_port}
default_database_type = texthash
alias_maps =
alias_database =
local_recipient_maps =
smtpd_client_connection_count_limit = 0
smtpd_client_connection_rate_limit = 0
smtpd_error_sleep_time = 0
smtpd_hard_error_limit = 100000
default_process_limit = 60
initial_destination_concurrency = 20
minimal_backoff_time = 2s
maximal_backoff_time = 4s
queue_run_delay = 2s
in_flow_delay = 0
smtpd_tls_cert_file = {folder}/server.pem
smtpd_tls_key_file = {folder}/server.key
smtpd_tls_security_level = may
smtp_tls_security_level = may
"""

# What plugins/email_whitelist/README.md tells to put into main.cf.
GATE = """
smtpd_milters = {milter}
non_smtpd_milters = {milter}
milter_default_action = tempfail
internal_mail_filter_classes = bounce, notify
milter_macro_defaults = {{smtp_tls_security_level}}=$smtp_tls_security_level
"""

MASTER = """
127.0.0.1:{port} inet n - n - - smtpd
pickup    unix n - n 1 1 pickup
cleanup   unix n - n - 0 cleanup
qmgr      unix n - n 300 1 qmgr
tlsmgr    unix - - n 1000? 1 tlsmgr
rewrite   unix - - n - - trivial-rewrite
bounce    unix - - n - 0 bounce
defer     unix - - n - 0 bounce
trace     unix - - n - 0 bounce
verify    unix - - n - 1 verify
flush     unix n - n 1000? 0 flush
proxymap  unix - - n - - proxymap
smtp      unix - - n - - smtp
relay     unix - - n - - smtp
showq     unix n - n - - showq
error     unix - - n - - error
retry     unix - - n - - error
discard   unix - - n - - discard
local     unix - n n - - local
virtual   unix - n n - - virtual
lmtp      unix - - n - - lmtp
anvil     unix - - n - 1 anvil
scache    unix - - n - 1 scache
postlog   unix-dgram n - n - 1 postlogd
"""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def until(condition, what, seconds=60):
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"not within {seconds} s: {what() if callable(what) else what}")
        time.sleep(0.02)


def answers(port):
    try:
        with socket.create_connection(("127.0.0.1", port), 2) as connection:
            connection.settimeout(10)
            return connection.recv(3) == b"220"
    except OSError:
        return False


class Sink:
    """Postfix's own smtp-sink: takes every mail and keeps it as a file, with its envelope."""

    def __init__(self, folder, port=None, keep=True):
        self.folder = pathlib.Path(folder) / "sunk"
        self.folder.mkdir(parents=True, exist_ok=True)
        self.folder.parent.chmod(0o755)
        shutil.chown(self.folder, "postfix")
        self.port = port or free_port()
        keeping = ["-d", str(self.folder / "%M.")] if keep else []
        self.process = subprocess.Popen(["smtp-sink", "-u", "postfix", *keeping, f"127.0.0.1:{self.port}", "1000"],
                                        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        until(lambda: answers(self.port), "the sink answers")

    def stop(self):
        self.process.terminate()
        self.process.wait()

    def files(self):
        return sorted(self.folder.iterdir())

    def mails(self):
        """Every mail with its envelope recipients, as email.message objects (attribute `sent_to`)."""
        found = []
        for file in self.files():
            data = file.read_bytes()
            if not data.endswith(b"\n"):
                continue  # still being written
            mail = email.message_from_bytes(data, policy=email.policy.default)
            mail.raw = data
            mail.sent_to = [to.split(">")[0].lstrip("<") for to in mail.get_all("X-Rcpt-Args", [])]
            found.append(mail)
        return found

    def clear(self):
        for file in self.files():
            file.unlink()


class Postfix:
    """@param milter  "inet:ADDRESS:PORT" or "unix:/path"; None: no gate
    @param more  further lines of main.cf"""

    def __init__(self, folder, sink_port, milter=None, more=""):
        self.folder = pathlib.Path(folder)
        self.etc, self.port = self.folder / "etc", free_port()
        for name in ("etc", "queue", "data", "log"):
            (self.folder / name).mkdir(parents=True, exist_ok=True)
        self.folder.chmod(0o755)
        shutil.chown(self.folder / "data", "postfix", "postfix")
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                        "-days", "30", "-subj", "/CN=vms.bed.example", "-keyout", self.folder / "server.key",
                        "-out", self.folder / "server.pem"], check=True, capture_output=True)
        self.sink_port = sink_port
        self.configure(milter, more)
        (self.etc / "master.cf").write_text(MASTER.format(port=self.port))
        self.process = None

    def configure(self, milter, more=""):
        """A later line takes an earlier one's place. Left twice, every process warns of it at its start, before anything reads
        the log's socket: once that is full, Postfix hangs in it."""
        text = MAIN.format(folder=self.folder, sink_port=self.sink_port) + (GATE.format(milter=milter) if milter else "") + more
        settings = {}
        for line in text.splitlines():
            if line and not line[0].isspace():
                name = line.split("=")[0].strip()
                settings[name] = line
            elif line:
                settings[name] += "\n" + line
        (self.etc / "main.cf").write_text("\n".join(settings.values()) + "\n")

    def command(self, name, *arguments, **options):
        return subprocess.run([name, "-c", str(self.etc), *arguments], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              timeout=180, **options)

    def start(self):
        checked = self.command("postfix", "check")
        if checked.returncode != 0:
            raise AssertionError("postfix check: " + checked.stderr + self.log())
        self.process = subprocess.Popen(["postfix", "-c", str(self.etc), "start-fg"], stdin=subprocess.DEVNULL,
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
        until(lambda: answers(self.port), lambda: "Postfix answers; its log: " + self.log()[-2000:])
        return self

    def stop(self):
        if self.process:
            self.command("postfix", "stop")
            try:
                self.process.wait(30)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
            self.process = None

    def reload(self, milter, more=""):
        """Other settings; mail in the queue stays."""
        self.stop()
        self.configure(milter, more)
        self.start()

    def queued(self):
        """Mails that Postfix is responsible for and has not handed on."""
        return sum(len(list((self.folder / "queue" / name).rglob("*[0-9A-F]*"))) for name in ("incoming", "active", "deferred", "maildrop"))

    def drain(self, seconds=60):
        until(lambda: self.queued() == 0, lambda: f"the queue is empty; its log: {self.log()[-2000:]}", seconds)

    def log(self):
        file = self.folder / "log" / "maillog"
        return file.read_text(errors="replace") if file.exists() else ""


def up(options):
    sink = Sink(options.folder)
    bed = Postfix(options.folder, sink.port, options.milter).start()
    facts = {"smtp_port": bed.port, "sink_port": sink.port, "sunk": str(sink.folder), "config_directory": str(bed.etc),
             "pids": {"postfix": bed.process.pid, "sink": sink.process.pid}}
    (bed.folder / "facts.json").write_text(json.dumps(facts))
    print(json.dumps(facts, indent=1))


def down(options):
    facts = json.loads((pathlib.Path(options.folder) / "facts.json").read_text())
    subprocess.run(["postfix", "-c", facts["config_directory"], "stop"], capture_output=True, check=False)
    try:
        command = pathlib.Path(f"/proc/{facts['pids']['sink']}/cmdline").read_bytes()
        if b"smtp-sink" in command:
            os.kill(facts["pids"]["sink"], signal.SIGTERM)
    except OSError:
        pass  # gone already


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("what", choices=["up", "down"])
    parser.add_argument("folder")
    parser.add_argument("--milter", help="inet:ADDRESS:PORT or unix:/path")
    given = parser.parse_args()
    sys.exit(up(given) if given.what == "up" else down(given))
