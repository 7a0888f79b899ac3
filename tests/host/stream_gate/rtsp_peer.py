"""RTSP by hand: a viewer and a camera that do exactly what a test says, right or wrong."""
import hashlib
import os
import re
import socket
import ssl
import threading
import time


def md5(text):
    return hashlib.md5(text.encode()).hexdigest()


class Answer:
    def __init__(self, head, body):
        self.status = int(head.split(" ", 2)[1])
        self.reason = head.split("\r\n")[0].split(" ", 2)[2]
        self.headers = [tuple(part.strip() for part in line.split(":", 1)) for line in head.split("\r\n")[1:] if ":" in line]
        self.body = body

    def __getitem__(self, name):
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)

    def all(self, name):
        return [value for key, value in self.headers if key.lower() == name.lower()]


class Connection:
    """Bytes in and out, messages and interleaved frames told apart."""

    def __init__(self, sock):
        self.sock, self.buffer = sock, b""
        self.frames = []  # (time of day, channel, packet), as they came

    def send(self, data):
        self.sock.sendall(data if isinstance(data, bytes) else data.encode())

    def fill(self):
        data = self.sock.recv(65536)
        if not data:
            raise EOFError
        self.buffer += data

    def take_frames(self):
        while len(self.buffer) >= 4 and self.buffer[0] == 0x24:
            size = 4 + int.from_bytes(self.buffer[2:4], "big")
            if len(self.buffer) < size:
                return
            self.frames.append((time.time(), self.buffer[1], self.buffer[4:size]))
            self.buffer = self.buffer[size:]

    def message(self):
        """The next message as (head, body); frames before it are kept."""
        while True:
            self.take_frames()
            end = self.buffer.find(b"\r\n\r\n") if not self.buffer.startswith(b"$") else -1
            if end >= 0:
                head = self.buffer[:end].decode("latin-1")
                length = re.search(r"(?im)^content-length:\s*(\d+)", head)
                size = end + 4 + (int(length[1]) if length else 0)
                if len(self.buffer) >= size:
                    body, self.buffer = self.buffer[end + 4:size].decode("latin-1"), self.buffer[size:]
                    return head, body
            self.fill()

    def frames_until(self, done, timeout=30):
        """Takes frames in until `done(self.frames)` holds."""
        deadline = time.monotonic() + timeout
        self.take_frames()  # that came with the last answer
        while not done(self.frames):
            if time.monotonic() > deadline:
                raise AssertionError(f"not within {timeout} s: {len(self.frames)} frames came")
            self.fill()
            self.take_frames()

    def wait_for_end(self, timeout=30):
        self.sock.settimeout(timeout)
        try:
            while True:
                self.fill()
                self.take_frames()
        except (EOFError, ConnectionError):
            return

    def close(self):
        self.sock.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


class Viewer(Connection):
    def __init__(self, gate, name, login=("vms", "secret"), tls=None, port=None):
        sock = socket.create_connection(("127.0.0.1", port or gate.port), timeout=30)
        if tls:
            sock = tls.wrap_socket(sock, server_hostname="127.0.0.1")
        super().__init__(sock)
        self.url = f"rtsp://127.0.0.1:{port or gate.port}/{name}"
        self.login, self.challenge, self.session, self.cseq, self.count = login, None, None, 0, 0

    def authorization(self, method, url):
        user, password = self.login
        self.count += 1
        nc, cnonce = f"{self.count:08x}", os.urandom(4).hex()
        response = md5(":".join((md5(f"{user}:ombud:{password}"), self.challenge, nc, cnonce, "auth", md5(f"{method}:{url}"))))
        return (f'Authorization: Digest username="{user}", realm="ombud", nonce="{self.challenge}", uri="{url}", qop=auth, nc={nc}, '
                f'cnonce="{cnonce}", response="{response}"')

    def ask(self, method, url=None, *headers, body=""):
        for _ in range(2):
            self.cseq += 1
            lines = [f"{method} {url or self.url} RTSP/1.0", f"CSeq: {self.cseq}", *headers]
            if self.session and not any(line.startswith("Session:") for line in headers):
                lines.append(f"Session: {self.session}")
            if self.challenge:
                lines.append(self.authorization(method, url or self.url))
            if body:
                lines.append(f"Content-Length: {len(body)}")
            self.send("\r\n".join(lines) + "\r\n\r\n" + body)
            answer = Answer(*self.message())
            assert answer["CSeq"] == str(self.cseq), answer.headers
            if answer.status != 401 or self.challenge:
                return answer
            self.challenge = re.search(r'nonce="([^"]+)"', answer.all("WWW-Authenticate")[-1])[1]
        return answer

    def play(self, tracks=None):
        """Describes, sets up these tracks (all), and plays; track n comes in channels 2n and 2n+1."""
        described = self.ask("DESCRIBE")
        assert described.status == 200, (described.status, described.reason)
        for track in re.findall(r"(?m)^a=control:track-(\d+)", described.body):
            if tracks is None or int(track) in tracks:
                self.set_up(int(track))
        played = self.ask("PLAY")
        assert played.status == 200, (played.status, played.reason)
        return described

    def set_up(self, track):
        answer = self.ask("SETUP", f"{self.url}/track-{track}", f"Transport: RTP/AVP/TCP;unicast;interleaved={2 * track}-{2 * track + 1}")
        if answer.status == 200:
            self.session = answer["Session"].split(";")[0]
        return answer


SDP = ("v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=x\r\nt=0 0\r\na=control:*\r\n"
       "m=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\na=control:v\r\n"
       "m=audio 0 RTP/AVP 8\r\na=control:a\r\n")


def frame(channel, payload_type, size=100, claimed=None):
    packet = bytes([0x80, payload_type]) + bytes(size - 2)
    return b"$" + bytes([channel]) + (claimed if claimed is not None else size).to_bytes(2, "big") + packet


class FakeCamera:
    """Serves one behaviour: `behave(connection, head)` gets each request, and may answer with `reply`."""

    def __init__(self, behave=None, sdp=SDP, greet=None):
        self.behave, self.sdp, self.greet = behave or (lambda *_: False), sdp, greet
        self.server = socket.create_server(("127.0.0.1", 0))
        self.port = self.server.getsockname()[1]
        self.accepted = []  # when
        self.requests, self.connections = [], []
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                sock, _ = self.server.accept()
            except OSError:
                return
            self.accepted.append(time.monotonic())
            connection = Connection(sock)
            self.connections.append(connection)
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        try:
            if self.greet:
                self.greet(connection)
            while True:
                head, _ = connection.message()
                self.requests.append(head)
                if not self.behave(connection, head):
                    self.reply(connection, head)
        except (EOFError, OSError):
            pass
        finally:
            connection.close()

    def reply(self, connection, head, status="200 OK", headers=(), body=None):
        """What a right camera answers."""
        method = head.split(" ")[0]
        cseq = re.search(r"(?im)^cseq:\s*(\d+)", head)[1]
        lines = [f"RTSP/1.0 {status}", f"CSeq: {cseq}", *headers]
        if method == "DESCRIBE" and body is None and status == "200 OK":
            body = self.sdp
        if method == "SETUP" and not any(line.startswith("Transport") for line in headers):
            lines.append("Transport: " + re.search(r"(?im)^transport:\s*(.*)$", head)[1].strip())
        if method != "DESCRIBE" and method != "OPTIONS":
            lines.append("Session: 12345678;timeout=60")
        if body:
            lines.append(f"Content-Length: {len(body)}")
        connection.send("\r\n".join(lines) + "\r\n\r\n" + (body or ""))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.server.close()
        for connection in self.connections:
            connection.close()


def tls_trusting(certificate):
    context = ssl.create_default_context(cafile=certificate)
    return context
