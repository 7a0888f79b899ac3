"""A real Postfix with the mail gate behind it, and the real module behind that."""
import base64
import os
import pathlib
import shutil
import socket
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "bed" / "postfix"))
from postfix import Postfix, Sink, free_port, until  # noqa: E402

PNG = base64.b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==")
RECIPIENTS = ["anna@site.example", "guard@site.example attachments", "@partner.example", "bob@site.example", "far@far.example"]


def check(truth, message):
    """An assert would be silent under python3 -O."""
    if not truth:
        raise AssertionError(message)


class Gate:
    """The driver's process. @param settings  options of the module, as options/NAME=VALUE"""

    def __init__(self, folder, driver, plugin, listen=None, group=None, settings=(), recipients=RECIPIENTS, monitor=False):
        self.listen = listen or f"inet:127.0.0.1:{free_port()}"
        command = [driver, "--listen", self.listen, "--plugin", plugin]
        if group:
            command += ["--group", group]
        for setting in ("options/retention=604800", *settings):
            command += ["--setting", setting]
        for recipient in recipients:
            command += ["--recipient", recipient]
        self.command = command + (["--monitor"] if monitor else [])
        self.log = pathlib.Path(folder) / "gate.log"
        self.start()

    def start(self):
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(self.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True)
        answer = self.process.stdout.readline()
        check(answer == "ready\n", f"the gate does not start: {answer}")

    def say(self, command):
        self.process.stdin.write(command + "\n")
        self.process.stdin.flush()
        return self.process.stdout.readline().strip()

    def status(self):
        words = self.say("status").split()
        return {name: int(value) for name, value in zip(words[::2], words[1::2])}

    def kill(self):
        self.process.kill()
        self.process.wait()

    def stop(self):
        self.process.stdin.close()
        check(self.process.wait(20) == 0, f"the gate ended with {self.process.returncode}")


class Bed:
    """with Bed(...) as bed: everything up, and down again with its folder."""

    def __init__(self, arguments, more="", **options):
        self.driver, self.plugin = arguments[:2]
        self.more, self.options = more, options

    def __enter__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="ombud-mail-", dir="/tmp"))
        self.folder.chmod(0o755)
        self.sink = self.gate = self.postfix = None
        try:
            self.sink = Sink(self.folder)
            self.gate = Gate(self.folder, self.driver, self.plugin, **self.options)
            self.postfix = Postfix(self.folder, self.sink.port, self.gate.listen, self.more).start()
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(self, kind, value, trace):
        if kind and self.postfix:
            sys.stderr.write(self.postfix.log()[-3000:] + self.gate.log.read_text()[-2000:])
        for part in (self.postfix, self.gate, self.sink):
            try:
                if part:
                    part.stop()
            except Exception as problem:  # the first failure is the one to tell
                if not kind:
                    raise
                sys.stderr.write(f"{problem}\n")
        shutil.rmtree(self.folder, ignore_errors=True)

    def swaks(self, *arguments, to="anna@site.example", sender="cam@vms.example"):
        """Sends one mail; exit code and what was said."""
        done = subprocess.run(["swaks", "--server", "127.0.0.1", "--port", str(self.postfix.port), "--to", to, "--from", sender, *arguments],
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60)
        return done.returncode, done.stdout + done.stderr

    def arrived(self, count, **_):
        """Waits until exactly that many mails are in the sink and none is on its way; takes them out."""
        self.postfix.drain()
        until(lambda: len(self.sink.mails()) >= count, lambda: f"{count} mails arrived, not {len(self.sink.mails())}")
        mails = self.sink.mails()
        check(len(mails) == count, f"{count} mails should have arrived, not {len(mails)}")
        self.sink.clear()
        return mails

    def talk(self, *pieces):
        """Raw SMTP: sends each piece and reads one answer (of any number of lines) after it."""
        answers = []
        with socket.create_connection(("127.0.0.1", self.postfix.port), 20) as connection:
            stream = connection.makefile("rb")

            def answer():
                lines = b""
                while True:
                    line = stream.readline()
                    lines += line
                    if len(line) < 4 or line[3:4] == b" ":
                        return lines.decode(errors="replace")

            answers.append(answer())
            for piece in pieces:
                connection.sendall(piece)
                answers.append(answer())
        return answers


def run(arguments, tests):
    """Runs the tests; a machine without what they need is not a failure."""
    if os.geteuid() != 0 or not all(shutil.which(name) for name in ("postfix", "smtp-sink", "swaks")):
        print("needs root, postfix and swaks")
        sys.exit(77)
    for test in tests:
        test(arguments)
        print("ok", test.__doc__ or test.__name__, flush=True)
