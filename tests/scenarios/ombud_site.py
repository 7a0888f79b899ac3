"""One Ombud for a scenario: a site in a temporary folder, its daemon, its command line and its local API.

ctest passes OMBUD (the program), OMBUD_PLUGINS and OMBUD_MANIFESTS. (Not called site.py: Python has a module `site`.)
"""
import contextlib
import datetime
import http.client
import json
import os
import pathlib
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

OMBUD = os.environ["OMBUD"]
PLUGINS = os.environ["OMBUD_PLUGINS"]
MANIFESTS = os.environ["OMBUD_MANIFESTS"]
SANDBOXED = bool(os.environ.get("OMBUD_SANDBOXED"))  # the whole scenario once more, with every module in a process of its own
DAY_S = 86400


def check(truth, message):
    """Ends the scenario as failed. An assert would be silent under python3 -O."""
    if not truth:
        raise AssertionError(message)


def until(condition, what, seconds=60):
    """Waits until condition() is true and returns its value; fails with `what` when it does not become so."""
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        check(time.monotonic() < end, f"not within {seconds} s: {what() if callable(what) else what}")
        time.sleep(0.02)


SITE = """<?xml version="1.0" encoding="UTF-8"?>
<site xmlns="urn:ombud:site:1" id="{id}" name="Scenario" timezone="UTC">
  <attachments>
    <attachment id="files" connector="connect_folder">
      <option name="root">recordings</option>
      <option name="layout">{{camera}}/{{datetime}}-{{any}}.mp4</option>
      <option name="time-source">name</option>
      <option name="settle">1s</option>
    </attachment>
  </attachments>
  <cameras>
    <camera id="entrance" attachment="files" device="entrance" area="private" name="Entrance">
      <purpose legal-basis="GDPR Art. 6(1)(f)">security of the entrance</purpose>
      <retention period="{period}"/>
    </camera>
  </cameras>
  <modules>
{modules}
  </modules>
</site>
"""


def site_xml(retention="enforce", gate="enforce", more="", site_id="scenario", period="7d"):
    """A site of one camera without a purpose for sound; `more` are further <module> elements."""
    modules = (f'    <module id="retention_auditor" mode="{retention}"/>\n'
               f'    <module id="audio_metadata_gate" mode="{gate}"/>\n' + more)
    return SITE.format(id=site_id, modules=modules, period=period)


class UnixConnection(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__("localhost", timeout=60)
        self.path = str(path)

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)


class Site:
    """@param folder  where all of it lives; it must not be world-writable"""

    def __init__(self, folder, xml=None):
        self.folder = pathlib.Path(folder)
        self.state = self.folder / "state"
        self.recordings = self.folder / "recordings"
        self.recordings.mkdir(exist_ok=True)
        self.file = self.folder / "site.xml"
        self.file.write_text(xml or site_xml())
        self.log_file = self.folder / "log"
        self.socket = self.state / "ombud.sock"
        self.plugins, self.manifests = PLUGINS, MANIFESTS
        self.trust = ("--dev",)  # nobody signs what a build folder holds; plugin_trust.py is about who does
        self.process = None
        if SANDBOXED:
            self.sign_by_strangers()

    def sign_by_strangers(self):
        """Has every module signed by somebody who is trusted with sandboxed ones only, so that it needs no word in site.xml."""
        plugins, manifests = self.folder / "signed" / "plugins", self.folder / "signed" / "manifests"
        for folder in (plugins, manifests):
            folder.mkdir(parents=True)
        for level in ("community", "organisation"):
            key = self.folder / "signed" / level
            self.run("plugin", "keygen", key)
            self.run("plugin", "trust", "add", level, f"{key}.pub", "--level", level, "--trust", self.folder / "trust.d", "--reason", "a scenario")
        for manifest in sorted(pathlib.Path(MANIFESTS).glob("*.xml")):
            library = pathlib.Path(PLUGINS) / (manifest.stem + ".so")
            shutil.copyfile(manifest, manifests / manifest.name)
            if library.exists():
                shutil.copyfile(library, plugins / library.name)
                level = "organisation" if 'kind="connector"' in manifest.read_text() else "community"
                self.run("plugin", "sign", manifests / manifest.name, "--plugins", plugins, "--key", self.folder / "signed" / level)
        self.plugins, self.manifests, self.trust = plugins, manifests, ()

    def start(self, *options, prefix=(), wait=True, env=None):
        log = open(self.log_file, "ab")
        self.process = subprocess.Popen(
            [*prefix, OMBUD, "--state", str(self.state), "run", "--site", str(self.file), "--plugins", str(self.plugins),
             "--manifests", str(self.manifests), *self.trust, *options],
            stderr=log, stdout=log, stdin=subprocess.DEVNULL, env={**os.environ, **(env or {})})
        log.close()
        if wait:
            until(self.answers, lambda: "the daemon answers; its log: " + self.log()[-2000:])

    def answers(self):
        check(self.process.poll() is None, f"the daemon ended with {self.process.returncode}: {self.log()[-2000:]}")
        try:
            return self.call("GET", "/v1/status")
        except OSError:
            return None

    def stop(self):
        """Ends the daemon as an administrator would; its exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.ended()

    def ended(self, seconds=60):
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            raise AssertionError("the daemon does not end: " + self.log()[-2000:]) from None

    def kill(self):
        self.process.kill()
        self.process.wait()

    def log(self):
        return self.log_file.read_text(errors="replace") if self.log_file.exists() else ""

    def run(self, *arguments, exit_code=0, prefix=(), state=None, program=OMBUD):
        """Runs the command line; checks its exit code (None: any)."""
        done = subprocess.run([*prefix, str(program), "--state", str(state or self.state), *map(str, arguments)],
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120)
        check(exit_code is None or done.returncode == exit_code,
              f"ombud {' '.join(map(str, arguments))}: exit code {done.returncode}, wanted {exit_code}\n"
              f"{done.stdout[-3000:]}{done.stderr[-3000:]}")
        return done

    def share(self):
        """Lets other accounts reach socket and command; start with what this returns, run with run_as()."""
        for folder in (self.folder.parent, self.folder):
            folder.chmod(0o711)
        self.socket = self.folder / "open" / "ombud.sock"
        self.socket.parent.mkdir(mode=0o755)
        self.program = self.folder / "ombud"
        shutil.copyfile(OMBUD, self.program)
        self.program.chmod(0o755)
        return "--socket", str(self.socket), "--group", "users"

    def run_as(self, account, *arguments, exit_code=0):
        """Runs the command line as another account in the socket's group; after share()."""
        entry = pwd.getpwnam(account)
        prefix = [] if account == "root" else ["setpriv", f"--reuid={entry.pw_uid}", f"--regid={entry.pw_gid}",
                                               f"--groups={self.socket.stat().st_gid}", "--inh-caps=-all"]
        return self.run("--socket", self.socket, *arguments, prefix=prefix, exit_code=exit_code, program=self.program)

    def json(self, *arguments, exit_code=0):
        return json.loads(self.run("--json", *arguments, exit_code=exit_code).stdout)

    def connection(self):
        return UnixConnection(self.socket)

    def call(self, method, path, body=None, connection=None):
        """One call of the local API; OSError when nobody answers, AssertionError when it is refused."""
        own = connection or self.connection()
        try:
            own.request(method, path, None if body is None else json.dumps(body))
            answer = own.getresponse()
            data = json.loads(answer.read())
            check(answer.status == 200, f"{method} {path}: {answer.status} {data}")
            return data
        except http.client.HTTPException as error:
            raise OSError(str(error)) from error
        finally:
            if connection is None:
                own.close()

    def send_event(self, kind="door.opened", connection=None, **fields):
        return self.call("POST", "/v1/events", {"type": kind, "attachment": "files", "fields": fields}, connection)["seq"]

    def ledger(self, kind=None):
        """All entries, oldest first."""
        wanted = ("--kind", kind) if kind else ()
        lines = self.run("--json", "ledger", "show", "--limit", "1000000000", *wanted).stdout.splitlines()
        return [json.loads(line) for line in reversed(lines)]

    def verify(self, *options):
        report = self.json("ledger", "verify", *options)
        check(report["problem_count"] == 0, f"the ledger does not verify: {report}")
        return report

    def quiet(self, seconds=60):
        """Waits until nothing is under way: connector up, journal empty, no action or audit pending."""
        def still():
            status = self.call("GET", "/v1/status")
            return (all(one["state"] == "up" for one in status["attachments"]) and status["journal"]["pending"] == 0 and
                    status["actions"]["pending"] == 0 and status)
        return until(still, lambda: f"the host comes to rest: {self.call('GET', '/v1/status')}", seconds)

    def put(self, source, camera="entrance", age_s=60, tag="a", lock=None, name=None):
        """Places a finished recording that began age_s ago, as a recorder would; its path below the root."""
        began = time.time() - age_s
        stamp = datetime.datetime.fromtimestamp(began, datetime.timezone.utc).strftime("%Y%m%dT%H%M%SZ")
        folder = self.recordings / camera
        folder.mkdir(exist_ok=True)
        path = folder / (name or f"{stamp}-{tag}.mp4")
        if lock:
            (folder / (path.name + ".lock")).write_text(lock)
        hidden = folder / ("." + path.name)
        shutil.copyfile(source, hidden)
        os.utime(hidden, (began, began))
        os.rename(hidden, path)
        return path


LOCK = "reason=burglary\ncase=2026/1\nowner=desk\nreview=2099-01-01\n"


class Media:
    """Short real recordings, made once a scenario, and what is in their packets."""

    def __init__(self, folder):
        self.sound = pathlib.Path(folder) / "sound.mp4"
        self.silent = pathlib.Path(folder) / "silent.mp4"
        ffmpeg = ["ffmpeg", "-hide_banner", "-loglevel", "error", "-nostdin", "-y"]
        subprocess.run([*ffmpeg, "-f", "lavfi", "-i", "testsrc2=size=160x120:rate=10:duration=2", "-f", "lavfi", "-i",
                        "sine=frequency=440:sample_rate=48000:duration=2", "-c:v", "libx264", "-preset", "ultrafast", "-g", "10",
                        "-pix_fmt", "yuv420p", "-c:a", "aac", "-b:a", "64k", str(self.sound)], check=True, timeout=120)
        subprocess.run([*ffmpeg, "-i", str(self.sound), "-map", "0:v", "-c", "copy", str(self.silent)], check=True, timeout=120)
        self.video_packets = self.packets("v")
        self.audio_packets = self.packets("a")
        check(len(self.video_packets) == 20 and len(self.audio_packets) > 50, "ffmpeg made other recordings than asked for")

    def packets(self, stream):
        rows = subprocess.run(["ffprobe", "-loglevel", "error", "-select_streams", stream, "-show_entries", "packet=pos,size",
                               "-of", "json", str(self.sound)], check=True, capture_output=True, timeout=120).stdout
        whole = self.sound.read_bytes()
        found = [whole[int(row["pos"]):int(row["pos"]) + int(row["size"])] for row in json.loads(rows)["packets"]]
        return [packet for packet in found if len(packet) >= 32]  # shorter ones may occur anywhere by chance

    def is_whole(self, path):
        """Every video packet is there, in order."""
        whole, at = path.read_bytes(), 0
        for packet in self.video_packets:
            at = whole.find(packet, at)
            if at < 0:
                return False
            at += len(packet)
        return True

    def is_clean(self, path):
        """No sound is announced, and none of its packets is left in the bytes."""
        whole = path.read_bytes()
        return b"soun" not in whole and not any(packet in whole for packet in self.audio_packets)


@contextlib.contextmanager
def scenario():
    """A folder for one scenario; kept and named when it fails. Ends the daemons that were started in it."""
    # In memory: killing a process keeps what it wrote, so a slow disk would only make the scenario long.
    memory = "/dev/shm" if "TMPDIR" not in os.environ and os.access("/dev/shm", os.W_OK) else None
    folder = tempfile.mkdtemp(prefix="ombud-scenario-", dir=memory)
    sites = []

    def make(xml=None, name="site"):
        place = pathlib.Path(folder) / name
        place.mkdir(exist_ok=True)
        sites.append(Site(place, xml))
        return sites[-1]

    make.folder = pathlib.Path(folder)
    try:
        yield make
    except BaseException:
        print(f"failed; everything is in {folder}", file=sys.stderr)
        raise
    else:
        ends(sites)
        shutil.rmtree(folder, ignore_errors=True)
    finally:
        ends(sites)


def ends(sites):
    for site in sites:
        if site.process and site.process.poll() is None:
            site.kill()
