"""Certificates of the stream gate and the push gate are renewed under the running host, as certbot does it: new connections are shown the
new one, a stream and a push connection go on. A pair that does not fit is told, and changes nothing."""
import http.client
import json
import os
import pathlib
import shutil
import socket
import ssl
import subprocess
import sys

from ombud_site import check, scenario, site_xml, until

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "host" / "stream_gate"))
from rtsp_peer import FakeCamera, Viewer, frame  # noqa: E402

if not shutil.which("openssl"):
    print("needs openssl, to make certificates")
    sys.exit(77)

TOKEN = "0123456789abcdef0123456789abcdef"


class Gate:
    def __init__(self, port):
        self.port = port


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


def make_pair(folder, name, *more):
    folder.mkdir(exist_ok=True)
    certificate, key = folder / f"{name}.pem", folder / f"{name}.key"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "30", "-subj",
                    "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", certificate, *more],
                   check=True, stderr=subprocess.DEVNULL)
    return certificate, key


def serial_in(certificate):
    return subprocess.run(["openssl", "x509", "-noout", "-serial", "-in", certificate], check=True, capture_output=True, text=True).stdout


def serial_shown(port):
    """What openssl, a stranger to us, is shown."""
    shown = subprocess.run(["openssl", "s_client", "-connect", f"127.0.0.1:{port}"], stdin=subprocess.DEVNULL, capture_output=True, timeout=60)
    return subprocess.run(["openssl", "x509", "-noout", "-serial"], input=shown.stdout, check=True, capture_output=True).stdout.decode()


def streaming(connection, head):
    """A picture for each request that comes, so that the viewer sets the pace."""
    if head.startswith(("PLAY", "SET_PARAMETER")):
        connection.send(frame(0, 96))
    return False


def trusting_nobody():
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


with scenario() as make, FakeCamera(streaming) as camera:
    os.umask(0o077)
    archive = make.folder / "archive"
    first, second, third = (make_pair(archive, name) for name in ("first", "second", "third"))
    live = make.folder / "live"  # links into the archive, which are swapped one after the other, as certbot's are
    live.mkdir()
    fullchain, privkey = live / "fullchain.pem", live / "privkey.pem"

    def install(certificate=None, key=None):
        for link, target in ((privkey, key), (fullchain, certificate)):
            if target:
                fresh = live / "fresh"
                fresh.symlink_to(target)
                fresh.rename(link)

    install(*first)
    (make.folder / "token").write_text(TOKEN)
    rtsps, https = free_port(), free_port()
    gates = f"""  <gates>
  <streams tls-listen="127.0.0.1:{rtsps}" certificate="{fullchain}" key="{privkey}"><viewer name="vms" secret-file="vms-password"/>
    <stream name="door" camera="entrance" url="rtsp://127.0.0.1:{camera.port}/s"/></streams>
  <push listen="127.0.0.1:{https}" certificate="{fullchain}" key="{privkey}"><sender name="zm" secret-file="{make.folder}/token"/></push>
  </gates>
"""
    site = make(site_xml(gate="monitor").replace("  <modules>", gates + "  <modules>"))
    (site.folder / "vms-password").write_text("secret\n")
    site.start()

    push = http.client.HTTPSConnection("127.0.0.1", https, context=trusting_nobody(), timeout=60)

    def push_answers():
        """Over the one connection that is there: http.client would open another by itself."""
        connected = push.sock
        push.request("POST", "/v1/push", json.dumps({"person": "guard01", "title": "x"}), {"Authorization": f"Bearer {TOKEN}"})
        answer = push.getresponse()
        answer.read()
        return answer.status in (200, 202, 403) and (connected is None or push.sock is connected)

    def stream_runs(viewer):
        since = len(viewer.frames)
        check(viewer.ask("SET_PARAMETER", body="x: y\r\n").status == 200, "SET_PARAMETER")
        return len(viewer.frames) > since

    def warnings():
        return [line for line in site.json("status")["warnings"] if "certificate" in line]

    with Viewer(Gate(rtsps), "door", tls=trusting_nobody()) as viewer:
        viewer.play([0])
        check(stream_runs(viewer) and push_answers(), "a stream and a push connection are there")
        for port in (rtsps, https):
            check(serial_shown(port) == serial_in(first[0]), "the first certificate is shown")

        install(*second)
        for port in (rtsps, https):
            until(lambda: serial_shown(port) == serial_in(second[0]), f"the second certificate is shown at {port}")
        check(stream_runs(viewer) and push_answers(), "stream and push connection went on")
        renewed = until(lambda: len(site.ledger("certificate.renewed")) == 2 and site.ledger("certificate.renewed"), "both are in the ledger")
        check({entry["gate"] for entry in renewed} == {"stream gate", "push gate"}, f"{renewed}")
        check(all(len(entry["was"]) == len(entry["becomes"]) == 64 and entry["was"] != entry["becomes"] for entry in renewed), f"{renewed}")
        gates_status = site.json("status")["gates"]
        check(gates_status["push"]["certificate"]["sha256"] == gates_status["streams"]["certificate"]["sha256"] == renewed[0]["becomes"], f"{gates_status}")
        check(not warnings(), f"{warnings()}")

        # A certificate over another key.
        install(certificate=third[0])
        until(lambda: len(warnings()) == 2, lambda: f"both gates warn: {warnings()}")
        check(all("cannot be used" in line and str(privkey) in line for line in warnings()), f"{warnings()}")
        for port in (rtsps, https):
            check(serial_shown(port) == serial_in(second[0]), "the second certificate is shown on")
        refused = site.run("config", "apply", site.file, "--reason", "a renewal", exit_code=None)
        check(refused.returncode == 1 and str(privkey) in refused.stderr and "over another key" in refused.stderr, f"{refused.returncode} {refused.stderr}")
        entries = site.ledger("certificate.refused")
        check(len(entries) == 2 and all(entry["shown"] == renewed[0]["becomes"] for entry in entries), f"told once by each gate: {entries}")

        # The key that belongs to it; `config apply` of the same site does not wait for the next look.
        install(key=third[1])
        site.run("config", "apply", site.file, "--reason", "a renewal")
        for port in (rtsps, https):
            check(serial_shown(port) == serial_in(third[0]), "the third certificate is shown at once")
        check(stream_runs(viewer) and push_answers(), "stream and push connection went on again")
        check(not warnings(), f"{warnings()}")

    for _, key in (first, second, third):
        secret = key.read_text().splitlines()[1]
        check(secret not in site.log() and not any(secret in json.dumps(entry) for entry in site.ledger()), "no key is in log or ledger")
    check(site.stop() == 0, "the daemon ends well")
    site.verify()
