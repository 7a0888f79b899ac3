"""Exports inside a real ZoneMinder, and a lost handset: an export by the page and its fetching are in the ledger within seconds, with
their user as a commitment, and found; in enforce an abandoned archive is removed, and its recording stays; `ombud device lost`
disables the person's account: login, running token and running session are refused.

OMBUD_ZONEMINDER names the folder of the bed (tests/bed/zoneminder/up).
"""
import http.cookiejar
import json
import os
import pathlib
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request

from ombud_site import check, scenario, until

facts = json.loads((pathlib.Path(os.environ["OMBUD_ZONEMINDER"]) / "facts.json").read_text())
ACCOUNT = "guard01"
KEY = str(time.time_ns())[-9:]  # of an export that no earlier run made

SITE = """<?xml version="1.0" encoding="UTF-8"?>
<site xmlns="urn:ombud:site:1" id="zm" timezone="{timezone}">
  <attachments>
    <attachment id="zm" connector="connect_zoneminder">
      <option name="api-url">{api_url}</option>
      <option name="user">{ombud_user}</option>
      <option name="password" secret-file="zm-password"/>
      <option name="db-socket">{db_socket}</option>
      <option name="db-user">{ombud_db_user}</option>
      <option name="db-password" secret-file="db-password"/>
      <option name="exports-dir">{exports_dir}</option>
      <option name="access-log">{access_log}</option>
      <option name="exports-keep">20s</option>
    </attachment>
  </attachments>
  <cameras>
    <camera id="gate" attachment="zm" device="{monitor_id}" area="private">
      <purpose legal-basis="GDPR Art. 6(1)(f)">security of the gate</purpose>
      <retention period="7d"/>
    </camera>
  </cameras>
  <modules>
    <module id="push_consent_guard" mode="enforce"><option name="text-version">1</option></module>
    <module id="export_watchdog" mode="enforce"><option name="exporters">somebody-else</option></module>
  </modules>
</site>
"""


def sql(statement):
    """As the database's administrator."""
    return subprocess.run(["mariadb", "--no-defaults", "-S", facts["db_socket"], "-N", "-B", facts["db_name"], "-e", statement],
                          check=True, capture_output=True, text=True, timeout=60).stdout.strip()


class Browser:
    def __init__(self, user, password):
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()))
        self.user, self.password = user, password

    def get(self, **query):
        return self.opener.open(facts["web_url"] + "?" + urllib.parse.urlencode(query), timeout=60).read().decode(errors="replace")

    def log_in(self):
        form = {"action": "login", "view": "console", "username": self.user, "password": self.password}
        self.opener.open(facts["web_url"], urllib.parse.urlencode(form).encode(), timeout=60).read()
        return self.is_in()

    def is_in(self):
        return "logoutButton" in self.get(view="console")


def token_of(user, password):
    """A token of the REST interface; None: refused."""
    try:
        answer = urllib.request.urlopen(facts["api_url"] + "/host/login.json",
                                        urllib.parse.urlencode({"user": user, "pass": password}).encode(), timeout=60)
        return json.loads(answer.read())["access_token"]
    except urllib.error.HTTPError:
        return None


def token_works(token):
    try:
        urllib.request.urlopen(facts["api_url"] + "/events.json?limit=1&token=" + token, timeout=60)
        return True
    except urllib.error.HTTPError as error:
        check(error.code == 401, f"the token is answered {error.code}")
        return False


def seen(site, state):
    return [entry for entry in site.ledger("event.judged") if "export.seen" in json.dumps(entry) and f'"{state}"' in json.dumps(entry)
            and f"zmExport_{KEY}" in json.dumps(entry)]


def exports_are_told(site):
    admin = Browser(facts["user"], facts["password"])
    check(admin.log_in(), "the administrator cannot log in")
    time.sleep(5)  # so that no session of the login is in doubt
    event = sql("SELECT MAX(Id) FROM Events WHERE EndDateTime IS NOT NULL AND Archived = 0")
    admin.get(view="event", request="event", action="export", **{"eids[]": event}, connkey=KEY, exportVideo=1, exportFormat="zip")
    begun = time.monotonic()
    until(lambda: seen(site, "made"), "the export is not in the ledger", 5)
    print(f"made: in the ledger {time.monotonic() - begun:.1f} s after the answer")
    admin.get(view="archive", type="zip", connkey=KEY, file=f"zmExport_{KEY}.zip")
    begun = time.monotonic()
    until(lambda: seen(site, "fetched"), "the fetching is not in the ledger", 5)
    print(f"fetched: in the ledger {time.monotonic() - begun:.1f} s after the answer")
    found = until(lambda: [row for row in site.call("GET", "/v1/findings")["findings"] if row["control"] == "EXP-1"], "nothing is found", 5)
    check(all(KEY in row["text"] and facts["user"] not in row["text"] for row in found), f"found: {found}")

    archive = pathlib.Path(facts["exports_dir"]) / f"zmExport_{KEY}.zip"
    monitor, day = sql(f"SELECT MonitorId, DATE(StartDateTime) FROM Events WHERE Id = {event}").split("\t")
    recording = pathlib.Path(facts["events_dir"]) / monitor / day / event
    files = sorted(recording.iterdir())
    until(lambda: seen(site, "gone"), lambda: f"the abandoned archive stays: {site.call('GET', '/v1/actions')}", 60)
    check(seen(site, "abandoned"), "it was not told as abandoned")
    check(not archive.exists() and not archive.with_suffix("").exists(), "archive or links are still there")
    check(sorted(recording.iterdir()) == files, "the recording's files are others now")
    action = site.call("GET", "/v1/actions?state=done")["actions"][0]
    check(action["kind"] == "export.remove" and action["export"] == archive.name, f"the action is {action}")
    until(lambda: not [row for row in site.call("GET", "/v1/findings")["findings"] if row["control"] == "EXP-11"],
          "the finding that it was abandoned stays open", 10)


def a_lost_handset(site):
    sql(f"DELETE FROM Users WHERE Username = '{ACCOUNT}'")
    sql("INSERT INTO Users (Username, Password, Enabled, APIEnabled, Events, Monitors, `Stream`) "
        f"SELECT '{ACCOUNT}', Password, 1, 1, 'View', 'View', 'View' FROM Users WHERE Username = '{facts['ombud_user']}'")
    guard = Browser(ACCOUNT, facts["ombud_password"])
    check(guard.log_in(), "the guard cannot log in")
    token = token_of(ACCOUNT, facts["ombud_password"])
    check(token_works(token), "the guard's token does not work")
    site.run("device", "add", "phone1", f"person={ACCOUNT}", "forwarder=none", "vms=zm", "--reason", "handed out")

    said = site.run("device", "lost", "phone1", "--reason", "left on a train")

    check("being disabled" in said.stderr, f"device lost says {said.stderr!r}")
    def done():
        return [row for row in site.call("GET", "/v1/actions?state=done")["actions"] if row["kind"] == "account.disable"]
    action = until(done, lambda: f"the account is not disabled: {site.call('GET', '/v1/actions')}", 10)[0]
    check(action["user"] == ACCOUNT, f"the action is {action}")
    check(ACCOUNT not in action["proof"] + action["reason"], f"the account is named in {action}")
    check(not guard.is_in(), "a running session still works")
    check(not token_works(token), "a running token still works")
    check(token_of(ACCOUNT, facts["ombud_password"]) is None, "the interface still gives tokens")
    check(not Browser(ACCOUNT, facts["ombud_password"]).log_in(), "the account can still log in")
    sql(f"DELETE FROM Users WHERE Username = '{ACCOUNT}'")


with scenario() as make:
    site = make(SITE.format(**facts))
    for name, secret in (("zm-password", facts["ombud_password"]), ("db-password", facts["ombud_db_password"])):
        (site.folder / name).write_text(secret)
        (site.folder / name).chmod(0o600)
    site.start()
    site.quiet()
    push5 = [one for one in site.call("GET", "/v1/coverage")["controls"] if one["control"] == "PUSH-5"][0]
    check(push5["levels"]["zm"]["level"] == "correctable", f"PUSH-5 is {push5}")
    exports_are_told(site)
    a_lost_handset(site)
    site.verify()
    spoken = site.log() + json.dumps(site.ledger())
    check(not any(secret in spoken for secret in (facts["ombud_password"], facts["ombud_db_password"], facts["password"])),
          "a password is in the log or the ledger")
    site.stop()
