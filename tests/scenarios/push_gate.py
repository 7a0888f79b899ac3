"""Pushes through the whole program: refused without consent, a reference with it, and nothing personal in ledger or log."""
import base64
import http.client
import http.server
import json
import os
import queue
import shutil
import ssl
import subprocess
import sys
import threading

from ombud_site import check, scenario, site_xml, until

if not shutil.which("openssl"):
    print("needs openssl, to make a certificate")
    sys.exit(77)

TOKEN = "0123456789abcdef0123456789abcdef"
PERSON, NAME, PLATE = "guard01", "Anna Meier at the gate", "B-AB 4711"
GUARD = "push_consent_guard"


class Receiver:
    """The webhook of somebody else; answers `status` and keeps what came."""

    def __init__(self, certificate, key):
        self.status, self.bodies, outer = 200, queue.Queue(), self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                outer.bodies.put(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
                self.send_response(outer.status)
                self.end_headers()

            def log_message(self, *_):
                pass

        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.socket = context.wrap_socket(server.socket, server_side=True)
        self.port = server.server_address[1]
        threading.Thread(target=server.serve_forever, daemon=True).start()

    def next(self):
        return self.bodies.get(timeout=60)


with scenario() as make:
    os.umask(0o077)
    certificate, key = make.folder / "push.pem", make.folder / "push.key"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                    "-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", certificate],
                   check=True, stderr=subprocess.DEVNULL)
    (make.folder / "token").write_text(TOKEN)
    receiver = Receiver(certificate, key)
    gates = f"""  <gates><push listen="127.0.0.1:0" certificate="{certificate}" key="{key}">
    <sender name="zoneminder" secret-file="{make.folder}/token"/>
    <forwarder id="hook" kind="webhook" url="https://127.0.0.1:{receiver.port}/in" provider="Somebody" country="US" ca-file="{certificate}"/>
  </push></gates>
"""
    more = f'    <module id="{GUARD}" mode="monitor"><option name="text-version">2</option></module>\n'
    site = make(site_xml(more=more).replace("  <modules>", gates + "  <modules>"))
    site.start()
    trust = ssl.create_default_context(cafile=certificate)

    def https(method, path, body=None, token=TOKEN):
        port = site.call("GET", "/v1/status")["gates"]["push"]["port"]
        connection = http.client.HTTPSConnection("127.0.0.1", port, context=trust, timeout=60)
        connection.request(method, path, None if body is None else json.dumps(body), {"Authorization": f"Bearer {token}"})
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())

    def push():
        return https("POST", "/v1/push", {"person": PERSON, "title": NAME, "data": {"plate": PLATE},
                                          "picture": base64.b64encode(b"a picture").decode()})

    def consent(**fields):
        site.call("POST", f"/v1/registers/{GUARD}/consents", {"key": PERSON, "fields": fields, "reason": "a test"})

    def deliveries():
        return site.ledger("push.delivery")

    # No device and no consent: nothing can leave, and the question is on record all the same.
    status, answer = push()
    check(status == 403 and "no registered device" in answer["error"]["message"], f"nowhere to send to: {status} {answer}")

    # In monitor a push leaves as it came, and the ledger says that it would have been refused.
    device = site.call("POST", "/v1/devices", {"device": "phone-1", "fields": {"person": PERSON, "forwarder": "hook"},
                                               "reason": "handed out"})
    status, answer = push()
    check(status == 202 and receiver.next()["title"] == NAME, f"monitor changes nothing on the wire: {status} {answer}")
    judged = site.ledger("hook.judged")[-1]
    check(judged["decision"] == "deny" and judged["applied"] == "abstain" and judged["rule"] == "PUSH-1",
          f"what would have been stands in the ledger: {judged}")

    # In enforce it is refused, with the reason and what to do.
    site.run("module", "mode", GUARD, "enforce", "--reason", "the pilot is over")
    status, answer = push()
    check(status == 403 and answer["error"]["rule"] == "PUSH-1" and "ombud consent give" in answer["error"]["hint"],
          f"no consent, no push: {status} {answer}")

    # With consent a reference leaves, and the device comes for the rest.
    consent(text_version="2", language="de", given="2026-01-05", how="signed on paper")
    status, answer = push()
    check(status == 202, f"with consent it leaves: {status} {answer}")
    left = receiver.next()
    check(set(left) == {"device", "reference", "title", "text"} and left["title"] != NAME, f"nothing but a reference left: {left}")
    status, original = https("GET", "/v1/push/" + left["reference"], token=device["token"])
    check(status == 200 and original["title"] == NAME and original["data"]["plate"] == PLATE, f"resolved: {status} {original}")
    check(https("GET", "/v1/push/" + left["reference"], token=TOKEN)[0] == 404, "a sender's token resolves nothing")

    # A withdrawal holds for the very next push; a new consent for the one behind it.
    consent(withdrawn="2026-01-06")
    status, answer = push()
    check(status == 403 and "withdrawn" in answer["error"]["message"], f"withdrawn: {status} {answer}")
    site.call("POST", f"/v1/registers/{GUARD}/consents", {"key": PERSON, "fields": {}, "remove": True, "reason": "a test"})
    consent(text_version="2", language="de", given="2026-01-07", how="signed on paper")

    # A push that waits survives a kill, and leaves once.
    receiver.status = 503
    check(push()[0] == 202, "it is taken while nobody takes it on")
    receiver.next()
    site.kill()
    receiver.status = 200
    while not receiver.bodies.empty():
        receiver.bodies.get()
    site.start()
    receiver.next()
    until(lambda: len(deliveries()) == 3, "the delivery is on record")
    check(all(one["outcome"] == "delivered" and one["provider"] == "Somebody" and one["country"] == "US" for one in deliveries()),
          f"each delivery is on record with provider and country: {deliveries()}")

    # A lost device: nothing goes to it, and what it could resolve is gone.
    site.call("POST", "/v1/devices/lost", {"device": "phone-1", "reason": "left on a train"})
    status, answer = push()
    check(status == 403 and answer["error"]["rule"] == "PUSH-3", f"a lost device gets nothing: {status} {answer}")
    check(https("GET", "/v1/push/" + left["reference"], token=device["token"])[0] == 404, "and resolves nothing")

    # Nothing personal is in the ledger's lines or in the log, and the gate's own file has been emptied of it.
    site.stop()
    entries = "\n".join(json.dumps(entry) for entry in site.ledger())
    for secret in (NAME, PLATE, TOKEN, device["token"], left["reference"]):
        check(secret not in entries and secret not in site.log(), f"'{secret}' is in the ledger or the log")
    check(f'"{PERSON}"' not in entries, "the person is in the ledger as a commitment alone")
    for file in site.state.rglob("*push*"):
        whole = file.read_bytes()
        check(NAME.encode() not in whole and PLATE.encode() not in whole, f"{file} still holds what was pushed")
    site.verify()
