"""The web gate in front of a real ZoneMinder, behind a real nginx, with export_watchdog: what ZoneMinder's own access control lets
through is done with and without the gate, ordinary work goes on, and an export leaves once after a second person approved it, with
its row in the register; the same by nginx's auth_request.

OMBUD_ZONEMINDER names the folder of the bed (tests/bed/zoneminder/up). Prints the table of attacks.
"""
import base64
import hashlib
import hmac
import json
import pathlib
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.parse

from ombud_site import check, scenario, until
from zoneminder_bed import APACHE, Browser, facts, finished, make_account, no_password_is_told, service, site_at, sql

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "bed" / "nginx"))
from nginx import Nginx  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parents[2]
CACHE = pathlib.Path("/var/cache/zoneminder/events")
ASKER, APPROVER = "games", "nobody"  # accounts of every Debian

# trainee may look at everything in ZoneMinder, which there is the right to export; here the site does not list it.
MODULES = f"""    <module id="export_watchdog" mode="monitor">
      <option name="exporters">viewer {facts["user"]}</option>
      <option name="web-exports">second-person</option>
      <option name="administrators">{facts["user"]}</option>
      <option name="deleters">{facts["user"]}</option>
    </module>
"""
GATES = """  <people>
    <person account="{asker}" role="approver" vms-user="viewer"/>
    <person account="{approver}" role="approver"/>
  </people>
  <gates>
    <web listen="inet:127.0.0.1:{port}" attachment="zm" mode="monitor" approval-lifetime="1m"/>
    <exports drop="{drop}" destroy-by="30d">
      <destination id="evidence" kind="folder" path="{evidence}"/>
      <recipient id="police" name="Ada Apt" title="Inspector" organisation="Police" class="other-institution" certificate="police.pem"/>
      <authoriser account="{approver}" name="Ben Bauer" title="Head of security"/>
    </exports>
  </gates>
"""


def jwt(secret, user, seconds):
    """A token as ZoneMinder makes it, that ends in so many seconds."""
    def part(data):
        return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
    now = int(time.time())
    head = part(json.dumps({"typ": "JWT", "alg": "HS256"}).encode()) + "." + part(json.dumps(
        {"iss": "ZoneMinder", "iat": now - 7200, "exp": now + seconds, "user": user, "type": "access"}).encode())
    return head + "." + part(hmac.new(secret.encode(), head.encode(), hashlib.sha256).digest())


def events():
    return [event for event, _ in finished()]


def make_accounts():
    """viewer and trainee see events of all monitors; guest those of a monitor that is not ours; clerk nothing but the log."""
    seeing = {"Stream": "View", "Events": "View", "Monitors": "View"}
    for name, rights in (("viewer", {**seeing, "MonitorIds": ""}), ("trainee", {**seeing, "MonitorIds": ""}), ("guest", {**seeing, "MonitorIds": "99"}),
                         ("clerk", {"Stream": "None", "Events": "None", "Monitors": "None", "System": "View", "MonitorIds": ""})):
        make_account(name, facts["user"], **rights)


class People:
    """The same people at one door."""

    def __init__(self, port):
        self.port = port
        self.nobody = Browser(port)
        self.admin, self.viewer, self.trainee, self.guest, self.clerk = (Browser(port) for _ in range(5))
        for browser, name in ((self.admin, facts["user"]), (self.viewer, "viewer"), (self.trainee, "trainee"), (self.guest, "guest"),
                              (self.clerk, "clerk")):
            check(browser.login(name, facts["password"]), f"{name} logs in at port {port}")
            check(browser.api_login(name, facts["password"]) == 200, f"{name} gets a token at port {port}")


def attacks(people, event):
    """(hole, what is tried, whether it succeeded)."""
    page, api = "/zm/index.php", "/zm/api"
    video = pathlib.Path(sql(f"SELECT CONCAT(MonitorId,'/',DATE(StartDateTime),'/',Id,'/',DefaultVideo) FROM Events WHERE Id={event}"))
    secret = sql("SELECT Value FROM Config WHERE Name='ZM_AUTH_HASH_SECRET'")

    def tried(browser, method, target, form=None, **more):
        token = f"{'&' if '?' in target else '?'}token={browser.token}" if "/api/" in target and browser.token and "token=" not in target else ""
        return browser.ask(method, target + token, form, **more)

    def reads(answer, sign):
        return answer[0] in (200, 206) and sign in answer[1]

    mp4, jpeg = b"ftyp", b"\xff\xd8\xff"
    guest, clerk, viewer, nobody, admin = people.guest, people.clerk, people.viewer, people.nobody, people.admin
    yield 1, "guest reads the secret that signs tokens (API /configs)", reads(
        tried(guest, "GET", f"{api}/configs/viewByName/ZM_AUTH_HASH_SECRET.json"), secret.encode())
    before = sql("SELECT Value FROM Config WHERE Name='ZM_HOME_CONTENT'")
    tried(guest, "PUT", f"{api}/configs/edit/ZM_HOME_CONTENT.json", {"Config[Value]": "owned"})
    yield 1, "guest changes an option (API /configs/edit)", sql("SELECT Value FROM Config WHERE Name='ZM_HOME_CONTENT'") == "owned"
    sql(f"UPDATE Config SET Value='{before}' WHERE Name='ZM_HOME_CONTENT'")
    tried(guest, "GET", f"{api}/events/archive/{event}.json")
    yield 2, "guest locks another monitor's recording (API /events/archive)", sql(f"SELECT Archived FROM Events WHERE Id={event}") == "1"
    sql(f"UPDATE Events SET Archived=0 WHERE Id={event}")
    yield 3, "guest fetches another monitor's video (view_video)", reads(tried(guest, "GET", f"{page}?view=view_video&eid={event}"), mp4)
    yield 3, "guest fetches another monitor's picture (view=image)", reads(
        tried(guest, "GET", f"{page}?view=image&eid={event}&fid=snapshot"), jpeg)
    yield 3, "guest replays another monitor's recording (zms)", reads(tried(
        guest, "GET", f"/zm/cgi-bin/zms?source=event&mode=jpeg&event={event}&frame=1&maxfps=5&replay=none&token={guest.token}", limit=20_000), jpeg)
    yield 3, "guest lists another monitor's frames (API /frames)", reads(
        tried(guest, "GET", f"{api}/frames/index/EventId:{event}.json"), b'"EventId"')
    # Where the package keeps recordings, and the bed does not.
    cached = CACHE / video
    cached.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(pathlib.Path(facts["events_dir"]) / video, cached)
    cached.chmod(0o644)
    yield 4, "nobody fetches a recording below /zm/cache", reads(tried(nobody, "GET", f"/zm/cache/events/{video}"), mp4)
    shutil.rmtree(CACHE / video.parts[0])
    victim = events()[0]
    answer = tried(admin, "GET", f"{page}?request=event&action=delete&id={victim}", own_page=False,
                   fields={"Sec-Fetch-Site": "cross-site", "Referer": "https://evil.example/"})
    yield 5, "another site's link deletes a recording (GET, no CSRF token)", answer[0] == 200 and sql(
        f"SELECT COUNT(*) FROM Events WHERE Id={victim}") == "0"
    answer = tried(admin, "GET", f"{page}?view=request&request=event&action=download&eids%5B%5D={event}&exportFormat=zip&connkey={time.time_ns() % 10**9}",
                   own_page=False, fields={"Origin": "https://evil.example"})
    yield 5, "another site's link makes an export", reads(answer, b"exportFile")
    key = sql("SELECT TimeKey FROM Logs ORDER BY Id DESC LIMIT 1")
    tried(clerk, "DELETE", f"{api}/logs/delete/{key}.json")
    yield 6, "clerk with System=View deletes a log row", sql(f"SELECT COUNT(*) FROM Logs WHERE TimeKey='{key}'") == "0"
    forged = jwt(secret, facts["user"], -60)
    yield 8, "an expired token shows a live picture (zms)", reads(nobody.ask(
        "GET", f"/zm/cgi-bin/zms?mode=single&monitor={facts['monitor_id']}&token={forged}"), jpeg)
    planted = 'x";username|s:5:"admin";y|s:1:"'
    nobody.ask("GET", f"{page}?view=console&q=" + urllib.parse.quote(planted))
    yield 0, "what a visitor plants in a session makes them admin", reads(tried(nobody, "GET", f"{page}?view=view_video&eid={event}"), mp4)
    yield 0, "a page twice in one address (PHP takes the last)", reads(
        tried(guest, "GET", f"{page}?view=console&view=view_video&eid={event}"), mp4)
    yield 0, "an encoded page (vie%77=)", reads(tried(guest, "GET", f"{page}?vie%77=view_video&eid={event}"), mp4)
    yield 0, "a body against the address", reads(tried(guest, "POST", f"{page}?view=console", {"view": "view_video", "eid": event}), mp4)
    yield 0, "a double slash and a dot segment", reads(tried(guest, "GET", f"/zm//./index.php?view=view_video&eid={event}"), mp4)
    yield 0, "DELETE in a POST (X-HTTP-Method-Override)", reads(tried(guest, "POST", f"{api}/configs/viewByName/ZM_DB_PASS.json", {},
                                                                   fields={"X-HTTP-Method-Override": "GET"}), b"Value")
    yield 0, "the client's own X-Original-URI", reads(tried(guest, "GET", f"{page}?view=view_video&eid={event}", fields={
        "X-Original-URI": "/zm/index.php?view=console", "X-Original-Method": "GET", "X-Ombud-Forward": "@vms"}), mp4)


def ordinary_work(people, event):
    """What people do all day passes."""
    page = "/zm/index.php"
    viewer, admin = people.viewer, people.admin
    for browser, method, target, sign in (
            (viewer, "GET", f"{page}?view=console", b"<html"), (viewer, "GET", f"{page}?view=watch&mid={facts['monitor_id']}", b"<html"),
            (viewer, "GET", f"{page}?view=event&eid={event}", b"<html"), (viewer, "GET", f"{page}?view=view_video&eid={event}", b"ftyp"),
            (viewer, "GET", f"{page}?view=image&eid={event}&fid=snapshot", b"\xff\xd8\xff"),
            (viewer, "GET", f"{page}?view=request&request=events&task=query&limit=2", b'"rows"'),
            (viewer, "GET", f"{page}?view=request&request=status&entity=navBar", b"result"),
            (viewer, "GET", f"/zm/api/events.json?limit=1&token={viewer.token}", b'"events"'),
            (viewer, "GET", f"/zm/api/events/index/MonitorId:{facts['monitor_id']}/StartDateTime%20%3E=:2020-01-01%2000:00:00.json?token={viewer.token}", b'"events"'),
            (viewer, "GET", f"/zm/cgi-bin/zms?mode=single&monitor={facts['monitor_id']}&token={viewer.token}", b"\xff\xd8\xff"),
            (admin, "GET", f"{page}?view=options&tab=system", b"<html"), (admin, "GET", f"/zm/api/configs.json?token={admin.token}", b"configs"),
            (people.nobody, "GET", "/zm/index.php", b"<html"), (people.nobody, "GET", "/zm/js/logger.js", b"function")):
        answer = browser.ask(method, target)
        check(answer[0] == 200 and sign in answer[1], f"{method} {target}: {answer[0]} {answer[1][:600]}")
    part = viewer.ask("GET", f"{page}?view=view_video&eid={event}", fields={"Range": "bytes=4-7"})
    check(part[0] == 206 and part[1] == b"ftyp", f"a part of a video: {part[:2]}")
    # The secret that signs tokens is printed into pages; ZoneMinder leaves it out when its row is private.
    secret = sql("SELECT Value FROM Config WHERE Name='ZM_AUTH_HASH_SECRET'").encode()
    shown = secret in viewer.ask("GET", f"{page}?view=console")[1]
    sql("UPDATE Config SET Private=1 WHERE Name='ZM_AUTH_HASH_SECRET'")
    hidden = secret not in viewer.ask("GET", f"{page}?view=console")[1]
    sql("UPDATE Config SET Private=0 WHERE Name='ZM_AUTH_HASH_SECRET'")
    check(shown and hidden, f"the console prints the secret: {shown}; a private row hides it: {hidden}")
    # The hash in addresses, as ZoneMinder's own pages write it for zms.
    _, html, _ = viewer.ask("GET", f"{page}?view=watch&mid={facts['monitor_id']}")
    found = re.search(rb"auth=([0-9a-f]{32})", html)
    check(found, "the live page holds no auth hash")
    answer = viewer.ask("GET", f"/zm/cgi-bin/zms?mode=single&monitor={facts['monitor_id']}&auth={found[1].decode()}")
    check(answer[0] == 200 and b"\xff\xd8\xff" in answer[1], f"a live picture by the page's hash: {answer[:2]}")
    # A change by POST, with ZoneMinder's own CSRF token.
    magic = admin.magic(view="event", eid=event)
    admin.ask("POST", page, {"__csrf_magic": magic, "view": "request", "request": "event", "action": "rename", "id": event, "eventName": "Gate"})
    check(sql(f"SELECT Name FROM Events WHERE Id={event}") == "Gate", "a recording is renamed")


def rights_at_once(people, event):
    """What an administrator takes away holds within two seconds."""
    target = f"/zm/index.php?view=view_video&eid={event}"
    check(people.viewer.ask("GET", target)[0] == 200, "viewer sees the video")
    sql("UPDATE Users SET MonitorIds='99' WHERE Username='viewer'")
    began = time.monotonic()
    until(lambda: people.viewer.ask("GET", target)[0] == 403, "the right is gone", 2.5)
    took = time.monotonic() - began
    sql("UPDATE Users SET Enabled=0 WHERE Username='viewer'")
    until(lambda: people.viewer.ask("GET", target)[0] == 401, "the account is gone", 2.5)
    sql("UPDATE Users SET Enabled=1, MonitorIds='' WHERE Username='viewer'")
    until(lambda: people.viewer.ask("GET", target)[0] == 200, "the right is back", 2.5)
    return took


def export_of(event, key):
    return f"/zm/index.php?view=request&request=event&action=download&eids%5B%5D={event}&exportFormat=zip&connkey={key}"


def archive_of(key):
    return f"/zm/index.php?view=archive&type=zip&connkey={key}&file=zmExport_{key}.zip"


AS_PROGRAM, AS_PERSON = {"Accept": "application/json"}, {"Accept": "text/html"}


def disclosures(site):
    return json.loads(site.run_as("root", "--json", "disclosure", "list", "--all").stdout)["records"]


def export_by_two(site, people, event, start):
    """Held, approved by a second person, made once, fetched; also across a restart. Then it is over."""
    viewer = people.viewer
    key = 700000000 + event

    def make_export(key, of=event, browser=viewer):
        return browser.ask("GET", export_of(of, key), fields=AS_PROGRAM)

    held = make_export(key)
    said = json.loads(held[1])["error"]
    check(held[0] == 403 and said["code"] == "held" and said["rule"] == "EXP-2", f"an export waits: {held[:2]}")
    proposal = said["proposal"]
    check(int(held[2]["X-Ombud-Proposal"]) == proposal, "the proposal is in a field, too")
    check(json.loads(make_export(key)[1])["error"]["proposal"] == proposal, "asking again makes no second proposal")
    page = viewer.ask("GET", export_of(event, key), fields=AS_PERSON)
    for words in ("A second person has to approve this", "it would leave unsealed", f"ombud approve {proposal}", "Then do the same again"):
        check(words.encode() in page[1], f"the page does not say '{words}': {page[1]}")

    # Who may not export is told why and whom to ask; who may, and is nobody of this machine, cannot be told from the approver.
    page = people.trainee.ask("GET", export_of(event, key + 4), fields=AS_PERSON)
    for words in ("This is not allowed", "EXP-1", "not among those who may export", "exporters"):
        check(page[0] == 403 and words.encode() in page[1], f"the page does not say '{words}': {page[:2]}")
    check("X-Ombud-Proposal" not in page[2], "an account that may not export gets a proposal")
    admins = make_export(key + 5, browser=people.admin)
    check(admins[0] == 403 and "X-Ombud-Proposal" not in admins[2] and "vms-user" in json.loads(admins[1])["error"]["advice"],
          f"an account that the site names nobody of gets a proposal: {admins[:2]}")
    check(not disclosures(site), f"a row of what did not leave: {disclosures(site)}")

    own = site.run_as(ASKER, "approve", str(proposal), exit_code=None)
    check(own.returncode != 0, "the asker approves their own export")
    site.run_as(APPROVER, "approve", str(proposal), "--reason", "for file 17/2026")
    check(site.stop() == 0, "a stop by SIGTERM is no failure")
    site.start(*start)
    until(lambda: viewer.ask("GET", "/zm/index.php?view=console")[0] == 200, "the gate is back")
    check(json.loads(make_export(key + 1, of=event - 1)[1])["error"]["code"] == "held", "the approval opens another export")
    made = make_export(key)
    check(made[0] == 200 and b"exportFile" in made[1], f"the approved export is made: {made[:2]}")
    fetched = viewer.ask("GET", archive_of(key))
    check(fetched[0] == 200 and fetched[1][:2] == b"PK", f"its archive is fetched: {fetched[0]} {fetched[1][:300]}")
    check(viewer.ask("GET", archive_of(key))[0] == 200, "and once more")
    check(people.guest.ask("GET", archive_of(key))[0] == 403, "another one fetches it")
    check(people.trainee.ask("GET", archive_of(key))[0] == 403, "one who sees the recording but may not export fetches it")
    check(make_export(key + 2)[0] == 403, "the approval opens a second export")
    check(make_export(key)[0] == 403, "the key is used again")

    # Its row: what, who and by whom; to whom and until when nobody has said, which the audit asks for.
    rows = disclosures(site)
    check(len(rows) == 1, f"one row for one export: {rows}")
    row = rows[0]["fields"]
    wanted = {"requester_name": "viewer", "requester_title": "account of zm", "authoriser_name": "Ben Bauer", "authoriser_title": "Head of security",
              "grant_reason": "for file 17/2026", "how": "copied", "cameras": "gate", "export": str(key)}
    check({name: row.get(name) for name in wanted} == wanted and f"recordings {event} of zm" in row["description"], f"the row is {row}")
    check(row["recorded_from"] == sql(f"SELECT DATE(StartDateTime) FROM Events WHERE Id = {event}"), f"the row's day is {row['recorded_from']}")
    site.run_as("root", "audit", "run", "export_watchdog")
    open_ended = [one for one in site.call("GET", "/v1/findings")["findings"] if one["control"] == "EXP-11"]
    check(any("disclosure 1 is a copy without a day" in one["text"] for one in open_ended), f"nobody asks until when: {open_ended}")
    site.run_as("root", "disclosure", "add", "--corrects", 1, "requester_name=Ada Apt", "requester_organisation=Police", "destroy_by=2099-12-31",
                "--reason", "handed to the police")

    # For a limited time: approved now, and made when it is over.
    late = json.loads(make_export(key + 6)[1])["error"]["proposal"]
    site.run_as(APPROVER, "approve", str(late))
    approved = time.monotonic()

    def comes_too_late():
        time.sleep(max(0, approved + 61 - time.monotonic()))
        answer = make_export(key + 6)
        check(answer[0] == 403 and json.loads(answer[1])["error"]["code"] == "held", f"an approval is good for longer than its minute: {answer[:2]}")
        check(len(disclosures(site)) == 2, f"a row of what did not leave: {disclosures(site)}")
    return comes_too_late


def by_auth_request(door, people, event):
    """The other way in which nginx asks: no body, so no login and no POST; looking, refusing and holding are the same."""
    viewer, nobody = Browser(door.port), Browser(door.port)
    viewer.cookies = dict(people.viewer.cookies)
    video = f"/zm/index.php?view=view_video&eid={event}"
    seen = viewer.ask("GET", video)
    check(seen[0] == 200 and b"ftyp" in seen[1], f"a video by auth_request: {seen[:2]}")
    part = viewer.ask("GET", video, fields={"Range": "bytes=4-7"})
    check(part[0] == 206 and part[1] == b"ftyp", f"a part of a video: {part[:2]}")
    check(nobody.ask("GET", video)[0] == 401, "nobody is let in")
    held = viewer.ask("GET", export_of(event, 800000000 + event))
    check(held[0] == 403 and held[2]["X-Ombud-Decision"] == "held" and held[2]["X-Ombud-Proposal"] and "unsealed" in held[2]["X-Ombud-Reason"],
          f"an export by auth_request: {held[0]} {dict(held[2])}")
    for what, answer in (
            ("a POST", viewer.ask("POST", "/zm/index.php?view=console", {"view": "view_video", "eid": event})),
            ("a page twice", viewer.ask("GET", f"/zm/index.php?view=console&view=view_video&eid={event}")),
            ("a method in a field", viewer.ask("GET", video, fields={"X-HTTP-Method-Override": "DELETE"})),
            ("the client's own address", viewer.ask("GET", "/zm/index.php?view=options", fields={"X-Original-URI": video, "X-Ombud-Forward": "@vms"})),
            ("the gate's own location", viewer.ask("GET", "/ombud-authorize"))):
        check(answer[0] in (403, 404), f"{what} passes by auth_request: {answer[:2]}")


with scenario() as make:
    subprocess.run(["mariadb", "--no-defaults", "-S", facts["db_socket"], facts["db_name"]], check=True, timeout=60,
                   input=(ROOT / "plugins/connect_zoneminder/web.sql").read_text(), text=True)
    make_accounts()
    until(lambda: len(events()) >= 6, "six recordings", 90)

    with socket.create_server(("127.0.0.1", 0)) as free:
        gate_port = free.getsockname()[1]
    drop, evidence = make.folder / "drop", make.folder / "evidence"
    for folder in (drop, evidence):
        folder.mkdir(mode=0o755)
    site = site_at(make, MODULES, more=GATES.format(port=gate_port, asker=ASKER, approver=APPROVER, drop=drop, evidence=evidence))
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", "/CN=Police",
                    "-keyout", str(site.folder / "police.key"), "-out", str(site.folder / "police.pem")], check=True, capture_output=True, timeout=60)
    start = site.share()
    site.start(*start)
    doors = []
    for name, only_asks in (("nginx", False), ("auth_request", True)):
        place = make.folder / name
        place.mkdir(mode=0o755)
        doors.append(Nginx(place, f"127.0.0.1:{gate_port}", f"{APACHE.hostname}:{APACHE.port}", only_asks).start())
    door = doors[0]
    try:
        without = list(attacks(People(APACHE.port), events()[-2]))
        watched = list(attacks(People(door.port), events()[-2]))
        check([one[2] for one in watched] == [one[2] for one in without], f"monitor refuses something: {watched} {without}")
        site.file.write_text(site.file.read_text().replace('mode="monitor"', 'mode="enforce"'))
        site.run_as("root", "config", "apply", site.file, "--reason", "looked at long enough")
        until(lambda: Browser(door.port).ask("GET", "/zm/index.php?view=events")[0] == 401, "the gate enforces")
        levels = {one["control"]: one["levels"]["zm"] for one in site.call("GET", "/v1/coverage")["controls"]}
        check(all(levels[control]["level"] == "preventable" for control in ("EXP-1", "EXP-2", "EXP-6", "EXP-8", "ACC-4")), f"coverage: {levels}")
        people = People(door.port)
        event = events()[-2]
        behind = list(attacks(people, event))
        print("| hole | attack | ZoneMinder alone | behind the gate |\n|---|---|---|---|")
        for (hole, what, alone), (_, _, gated) in zip(without, behind):
            print(f"| {hole or '-'} | {what} | {'**succeeds**' if alone else 'fails'} | {'**succeeds**' if gated else 'refused'} |", flush=True)
        check(not any(one[2] for one in behind), f"an attack succeeds behind the gate: {[one[1] for one in behind if one[2]]}")
        check({one[0] for one in without if one[2]} >= {1, 2, 3, 4, 5, 6, 8}, f"an attack does not work without the gate: {without}")
        ordinary_work(people, event)
        print(f"rights taken away hold after {rights_at_once(people, event):.1f} s", flush=True)
        known = len(disclosures(site))
        check(known == 0, f"rows of what monitor let pass without a right: {disclosures(site)}")
        by_auth_request(doors[1], people, event)
        comes_too_late = export_by_two(site, people, event, start)
        judged = [one for one in site.ledger("hook.judged") if one["type"] in ("access.request", "export.release")]
        check("print ZM_AUTH_HASH_SECRET" in site.log(), "nobody is told that pages print the secret")
        check(any(one.get("act") == "delete" and one.get("standing") == "cross-site" and one.get("refused") == 1 for one in judged), "the attack is on record")
        check(all("user" not in one or isinstance(one["user"], dict) or "viewer" not in str(one["user"]) for one in judged), "names are in the ledger's lines")
        status = site.call("GET", "/v1/status")["gates"]["web"]
        check(status["asked"] > 5 and status["refused"] > 0, f"the gate's status: {status}")
        # Fails closed: without the database, and without the gate.
        target = f"/zm/index.php?view=view_video&eid={event}"
        others = Browser(doors[1].port)
        others.cookies = dict(people.viewer.cookies)
        service("stop", "mariadbd")
        try:
            until(lambda: people.viewer.ask("GET", target)[0] == 503, "without the database nobody is let in", 10)
            check(others.ask("GET", target)[0] == 500, "nor by auth_request")
        finally:
            service("start", "mariadbd")
        until(lambda: people.viewer.ask("GET", target)[0] in (200, 206), "the database is back", 30)
        comes_too_late()
        check(site.stop() == 0, "a stop by SIGTERM is no failure")
        check(people.viewer.ask("GET", target)[0] in (502, 504), "without the gate nothing passes")
        check(others.ask("GET", target)[0] == 500, "nor by auth_request")
    finally:
        for one in doors:
            one.stop()
        sql("DELETE FROM Users WHERE Username IN ('viewer','trainee','guest','clerk')")
    site.verify()
    no_password_is_told(site)
