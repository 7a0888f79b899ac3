"""Exports inside a real ZoneMinder, and a lost handset: an export by the page and its fetching are in the ledger within seconds, with
their user as a commitment, and found; in enforce an abandoned archive is removed, and its recording stays; `ombud device lost`
disables the person's account: login, running token and running session are refused.

OMBUD_ZONEMINDER names the folder of the bed (tests/bed/zoneminder/up).
"""
import json
import pathlib
import shutil
import time

from ombud_site import check, scenario, until
from zoneminder_bed import Browser, facts, folder_of, make_account, no_password_is_told, site_at, sql

ACCOUNT = "guard01"
KEY = str(time.time_ns())[-9:]  # of an export that no earlier run made

OPTIONS = """      <option name="exports-dir">{exports_dir}</option>
      <option name="access-log">{access_log}</option>
      <option name="exports-keep">20s</option>
""".format(**facts)
MODULES = """    <module id="push_consent_guard" mode="enforce"><option name="text-version">1</option></module>
    <module id="export_watchdog" mode="enforce"><option name="exporters">somebody-else</option></module>
"""


def seen(site, state):
    return [entry for entry in site.ledger("event.judged") if "export.seen" in json.dumps(entry) and f'"{state}"' in json.dumps(entry)
            and f"zmExport_{KEY}" in json.dumps(entry)]


def findings(site, control, words=KEY):
    """Open ones of this run's exports: another scenario's may lie there, too."""
    return [row for row in site.call("GET", "/v1/findings")["findings"] if row["control"] == control and words in row["text"]]


def exports_are_told(site):
    admin = Browser()
    check(admin.login(facts["user"], facts["password"]), "the administrator cannot log in")
    time.sleep(5)  # so that no session of the login is in doubt
    event = sql("SELECT MAX(Id) FROM Events WHERE EndDateTime IS NOT NULL AND Archived = 0")
    admin.get(view="event", request="event", action="export", **{"eids[]": event}, connkey=KEY, exportVideo=1, exportFormat="zip")
    begun = time.monotonic()
    until(lambda: findings(site, "EXP-1"), "an export by somebody who may not is not found", 30)
    print(f"made: found {time.monotonic() - begun:.1f} s after the answer", flush=True)
    check(seen(site, "made"), "the export is not in the ledger")
    admin.get(view="archive", type="zip", connkey=KEY, file=f"zmExport_{KEY}.zip")
    begun = time.monotonic()
    until(lambda: len(findings(site, "EXP-1")) == 2, "the fetching is not found", 30)
    print(f"fetched: found {time.monotonic() - begun:.1f} s after the answer", flush=True)
    check(seen(site, "fetched"), "the fetching is not in the ledger")
    check(all(row["severity"] == "violation" and facts["user"] not in row["text"] for row in findings(site, "EXP-1")), f"found: {findings(site, 'EXP-1')}")
    check(findings(site, "EXP-2"), "a plain archive that lies there is not found")

    archive = pathlib.Path(facts["exports_dir"]) / f"zmExport_{KEY}.zip"
    recording = folder_of(event)
    files = sorted(recording.iterdir())
    until(lambda: seen(site, "gone"), lambda: f"the abandoned archive stays: {site.call('GET', '/v1/actions')}", 60)
    check(seen(site, "abandoned"), "it was not told as abandoned")
    check(not archive.exists() and not archive.with_suffix("").exists(), "archive or links are still there")
    check(sorted(recording.iterdir()) == files, "the recording's files are others now")
    actions = [one for one in site.call("GET", "/v1/actions?state=done")["actions"] if one.get("export") == archive.name]
    check(len(actions) == 1 and actions[0]["kind"] == "export.remove", f"the actions are {actions}")
    until(lambda: not findings(site, "EXP-11") and not findings(site, "EXP-2"), "the findings that it lies there stay open", 10)


def made_elsewhere(site):
    """What leaves no archive in the exports folder: a video encoded beside its recording, and an archive that a crafted address led away."""
    admin = Browser()
    check(admin.login(facts["user"], facts["password"]), "the administrator cannot log in")
    time.sleep(5)  # so that no session of the login is in doubt
    event = sql("SELECT MAX(Id) FROM Events WHERE EndDateTime IS NOT NULL AND Archived = 0")
    # zmvideo.pl divides by the time from the first frame to the last, and a recording of the bed has a row of one.
    sql("INSERT INTO Frames (EventId, FrameId, Type, TimeStamp, Delta, Score) SELECT Id, 50, 'Bulk', StartDateTime, 5, 0 FROM Events "
        f"WHERE Id = {event} ON DUPLICATE KEY UPDATE Delta = 5")
    folder = folder_of(event)
    before = set(folder.iterdir())
    begun = time.monotonic()
    admin.get(view="request", request="event", action="video", id=event, videoFormat="avi", rate=100, scale=100, overwrite=1)
    name = f"video%2F{event}%2F"
    until(lambda: findings(site, "EXP-1", name) and findings(site, "EXP-2", name), lambda: f"an encoded video is not found: {site.call('GET', '/v1/findings')}", 30)
    print(f"encoded video: found {time.monotonic() - begun:.1f} s after it was asked for", flush=True)
    encoded = [file for file in set(folder.iterdir()) - before if file.suffix == ".avi"]
    check(len(encoded) == 1, f"beside the recording lies {encoded}")
    encoded[0].unlink()
    until(lambda: not findings(site, "EXP-2", name), "the finding that a video lies there stays open", 80)

    beyond = pathlib.Path(facts["dir"]) / "swap" / f"beyond_{KEY}"
    begun = time.monotonic()
    admin.get(view="event", request="event", action="export", **{"eids[]": event}, connkey=KEY, exportVideo=1, exportFormat="zip", exportFile="../swap/beyond")
    archive = beyond.with_suffix(".zip")
    check(archive.exists(), "ZoneMinder's exportFile leads nowhere any more")
    name = f"..%2Fswap%2Fbeyond_{KEY}.zip"
    until(lambda: findings(site, "EXP-1", name) and findings(site, "EXP-2", name), lambda: f"an archive beyond is not found: {site.call('GET', '/v1/findings')}", 30)
    print(f"archive outside of the folder: found {time.monotonic() - begun:.1f} s after it was asked for", flush=True)
    until(lambda: [one for one in site.call("GET", "/v1/actions?state=all")["actions"] if one.get("export") == name], "nobody asks for its removal", 60)
    check(archive.exists(), "something outside of the exports folder was removed")
    archive.unlink()
    shutil.rmtree(beyond)
    until(lambda: not findings(site, "EXP-2", name), "the finding that it lies there stays open", 20)


def a_lost_handset(site):
    make_account(ACCOUNT, facts["ombud_user"], Events="View", Monitors="View", Stream="View")
    guard = Browser()
    check(guard.login(ACCOUNT, facts["ombud_password"]), "the guard cannot log in")
    check(guard.api_login(ACCOUNT, facts["ombud_password"]) == 200 and guard.token_works(), "the guard's token does not work")
    site.run("device", "add", "phone1", f"person={ACCOUNT}", "forwarder=none", "vms=zm", "--reason", "handed out")

    said = site.run("device", "lost", "phone1", "--reason", "left on a train")

    check("being disabled" in said.stderr, f"device lost says {said.stderr!r}")
    def done():
        return [row for row in site.call("GET", "/v1/actions?state=done")["actions"] if row["kind"] == "account.disable"]
    action = until(done, lambda: f"the account is not disabled: {site.call('GET', '/v1/actions')}", 10)[0]
    check(action["user"] == ACCOUNT, f"the action is {action}")
    check(ACCOUNT not in action["proof"] + action["reason"], f"the account is named in {action}")
    check(not guard.is_in(), "a running session still works")
    check(not guard.token_works(), "a running token still works")
    check(Browser().api_login(ACCOUNT, facts["ombud_password"]) == 401, "the interface still gives tokens")
    check(not Browser().login(ACCOUNT, facts["ombud_password"]), "the account can still log in")
    sql(f"DELETE FROM Users WHERE Username = '{ACCOUNT}'")


with scenario() as make:
    site = site_at(make, MODULES, OPTIONS)
    site.start()
    site.quiet()
    push5 = [one for one in site.call("GET", "/v1/coverage")["controls"] if one["control"] == "PUSH-5"][0]
    check(push5["levels"]["zm"]["level"] == "correctable", f"PUSH-5 is {push5}")
    exports_are_told(site)
    made_elsewhere(site)
    a_lost_handset(site)
    site.verify()
    no_password_is_told(site)
    site.stop()
