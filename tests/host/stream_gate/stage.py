"""What the stream gate's tests with real parts share: the gate's driver, cameras, clients, all on loopback and bounded."""
import contextlib
import json
import os
import queue
import subprocess
import tempfile
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
DRIVER = os.environ.get("STREAM_GATE_DRIVER", "stream_gate_driver")
PATIENCE_S = 60
AUDIO, DATA, OTHER = 2, 3, 4


class Child:
    """A process whose lines of output are read as they come; ended with the block."""

    def __init__(self, *command, **keywords):
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, **keywords)
        self.lines = queue.Queue()
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self):
        for line in self.process.stdout:
            self.lines.put(line.rstrip("\n"))
        self.lines.put(None)

    def wait_for(self, wanted, timeout=PATIENCE_S):
        """The first line from now on for which `wanted(line)` holds."""
        deadline = time.monotonic() + timeout
        seen = []
        while True:
            try:
                line = self.lines.get(timeout=max(deadline - time.monotonic(), 0.01))
            except queue.Empty:
                raise AssertionError(f"not within {timeout} s; seen: {seen}") from None
            if line is None:
                raise AssertionError(f"it ended; seen: {seen}")
            seen.append(line)
            if wanted(line):
                return line

    def say(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        with contextlib.suppress(BrokenPipeError):
            self.process.stdin.close()  # twice is as once
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.reader.join(10)
        self.process.stdout.close()


class Camera(Child):
    def __init__(self, *arguments, program="gst-camera"):
        super().__init__(os.path.join(HERE, program), *arguments)
        self.port = int(self.wait_for(lambda line: line.startswith("ready ")).split()[1])


class Gate(Child):
    """The gate with the streams {name: {"url": …}}; the test plays its modules."""

    def __init__(self, sources, policy=None, **more):
        self.folder = tempfile.TemporaryDirectory(prefix="stream_gate.")
        self.sources, self.more = sources, more
        super().__init__(DRIVER, self.write_config(sources, policy=policy or {"action": "abstain"}, **more))
        self.ready = json.loads(self.wait_for(lambda line: '"ready"' in line))
        self.port = self.ready["ready"]

    def write_config(self, sources, **more):
        config = {"listen": "127.0.0.1:0", "viewers": [{"name": "vms", "password": "secret"}],
                  "sources": [{"name": name, **source} for name, source in sources.items()], **more}
        path = os.path.join(self.folder.name, "gate.json")
        with open(path, "w", encoding="utf-8") as file:
            json.dump(config, file)
        return path

    def url(self, name, login="vms:secret", scheme="rtsp", port=None):
        return f"{scheme}://{login}@127.0.0.1:{port or self.port}/{name}"

    def policy(self, policy):
        self.say("policy " + json.dumps(policy))

    def question(self):
        return json.loads(self.wait_for(lambda line: line.startswith('{"event"')))["event"]

    def note(self, kind, timeout=PATIENCE_S):
        return json.loads(self.wait_for(lambda line: f'"note":"{kind}"' in line, timeout))["fields"]

    def status(self, name):
        self.say("status")
        status = json.loads(self.wait_for(lambda line: line.startswith('{"status"')))["status"]
        return next(one for one in status if one["name"] == name)

    def udp(self):
        self.say("status")
        return json.loads(self.wait_for(lambda line: line.startswith('{"status"')))["udp"]

    def __exit__(self, *exception):
        """Its own end, whatever is under way, is part of every test."""
        try:
            self.process.stdin.close()
            status = self.process.wait(PATIENCE_S)
        finally:
            super().__exit__(*exception)
            self.folder.cleanup()
        assert status == 0, f"the gate ended with {status}"


def removes(*kinds, **more):
    return {"action": "transform", "rule": "AMG-2", "reason": "no purpose is documented",
            "tracks": [{"kind": kind} for kind in kinds], **more}


def probe(url, transport="tcp"):
    """The kinds of track that ffprobe finds, and what it complains of."""
    done = subprocess.run(["ffprobe", "-v", "error", "-analyzeduration", "1000000", "-rtsp_transport", transport, "-show_entries",
                           "stream=codec_type", "-of", "csv=p=0", url], capture_output=True, text=True, timeout=PATIENCE_S, check=False)
    return done.stdout.split(), done.stderr


def record(url, path, transport="tcp", seconds=2):
    """What ffmpeg records in that time, as ffprobe counts it: {"video": packets, …}."""
    subprocess.run(["ffmpeg", "-v", "error", "-nostdin", "-rtsp_transport", transport, "-i", url, "-t", str(seconds), "-map", "0:v?",
                    "-map", "0:a?", "-c", "copy", "-y", path], check=True, timeout=PATIENCE_S)
    done = subprocess.run(["ffprobe", "-v", "error", "-count_packets", "-show_entries", "stream=codec_type,nb_read_packets",
                           "-of", "csv=p=0", path], capture_output=True, text=True, timeout=PATIENCE_S, check=True)
    return {kind: int(count) for kind, count in (line.split(",")[:2] for line in done.stdout.split())}
