"""The whole program on a real ZoneMinder: sound without a purpose is found and recorded in monitor; in enforce it is switched off,
finished recordings lose it, and an overdue recording is deleted, row and files, but never an archived one.

OMBUD_ZONEMINDER names the folder of the bed (tests/bed/zoneminder/up).
"""
import json
import os
import pathlib
import subprocess
import urllib.parse
import urllib.request

from ombud_site import check, scenario, until

facts = json.loads((pathlib.Path(os.environ["OMBUD_ZONEMINDER"]) / "facts.json").read_text())

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
    </attachment>
  </attachments>
  <cameras>
    <camera id="gate" attachment="zm" device="{monitor_id}" area="private">
      <purpose legal-basis="GDPR Art. 6(1)(f)">security of the gate</purpose>
      <retention period="7d"/>
    </camera>
  </cameras>
  <modules>
    <module id="retention_auditor" mode="monitor"/>
    <module id="audio_metadata_gate" mode="monitor"/>
  </modules>
</site>
"""


def sql(statement):
    """As the database's administrator."""
    return subprocess.run(["mariadb", "--no-defaults", "-S", facts["db_socket"], "-N", "-B", facts["db_name"], "-e", statement],
                          check=True, capture_output=True, text=True, timeout=60).stdout.strip()


def monitor_sound(on):
    """As an administrator of ZoneMinder would, over its REST interface."""
    def post(path, form):
        data = urllib.parse.urlencode(form).encode()
        with urllib.request.urlopen(facts["api_url"] + path, data, timeout=60) as answer:
            return json.loads(answer.read() or "{}")
    token = post("/host/login.json", {"user": facts["user"], "pass": facts["password"]})["access_token"]
    post(f"/monitors/{facts['monitor_id']}.json", {"token": token, "Monitor[RecordAudio]": int(on)})


def streams(path):
    rows = subprocess.run(["ffprobe", "-v", "error", "-show_entries", "stream=codec_type", "-of", "csv=p=0", path],
                          capture_output=True, text=True, timeout=60).stdout.split()
    return {row.strip(",") for row in rows}


def finished():
    """(id, file) of finished recordings with a file, oldest first."""
    rows = sql("SELECT Id, MonitorId, DATE(StartDateTime), DefaultVideo FROM Events WHERE EndDateTime IS NOT NULL AND "
               "DefaultVideo <> '' ORDER BY Id").splitlines()
    found = []
    for row in rows:
        event, monitor, day, video = row.split("\t")
        found.append((int(event), f"{facts['events_dir']}/{monitor}/{day}/{event}/{video}"))
    return [one for one in found if os.path.exists(one[1])]


with scenario() as make:
    site = make(SITE.format(**facts))
    for name, value in (("zm-password", facts["ombud_password"]), ("db-password", facts["ombud_db_password"])):
        (site.folder / name).write_text(value)
        (site.folder / name).chmod(0o600)
    monitor_sound(True)
    until(lambda: len([one for one in finished() if "audio" in streams(one[1])]) >= 3, "three recordings with sound", 120)
    (overdue, overdue_file), (evidence, evidence_file) = [one for one in finished() if "audio" in streams(one[1])][:2]
    # As old as they pretend to be, in the database; their folders stay where they are.
    sql(f"UPDATE Events SET StartDateTime = StartDateTime - INTERVAL 20 DAY, EndDateTime = EndDateTime - INTERVAL 20 DAY, "
        f"Archived = (Id = {evidence}) WHERE Id IN ({overdue}, {evidence})")
    # ZoneMinder keeps a recording below the day it began.
    for event, file in ((overdue, overdue_file), (evidence, evidence_file)):
        day = sql(f"SELECT DATE(StartDateTime) FROM Events WHERE Id = {event}")
        old = pathlib.Path(file).parent
        new = pathlib.Path(facts["events_dir"]) / str(facts["monitor_id"]) / day / str(event)
        new.parent.mkdir(parents=True, exist_ok=True)
        subprocess.run(["chown", "www-data:www-data", str(new.parent)], check=True)
        old.rename(new)
    files = dict(finished())

    site.start()
    until(lambda: site.call("GET", "/v1/status")["attachments"][0]["state"] == "up", "the attachment is up", 120)

    def findings(control):
        return site.json("findings", "--control", control)["findings"]

    until(lambda: findings("AMG-4"), "RecordAudio without a purpose is a finding")
    until(lambda: [one for one in findings("RET-3") if one["recording"] == str(overdue)], "the overdue recording is a finding")
    coverage = {one["control"]: one["levels"]["zm"]["level"] for one in site.json("coverage")["controls"]}
    check(coverage["AMG-4"] == "observable" and coverage["RET-8"] == "blind", f"coverage in monitor: {coverage}")
    check(os.path.exists(files[overdue]), "monitor deleted something")
    check(sql(f"SELECT RecordAudio FROM Monitors WHERE Id = {facts['monitor_id']}") == "1", "monitor changed a setting")

    site.run("module", "mode", "retention_auditor", "enforce", "--reason", "tried")
    site.run("module", "mode", "audio_metadata_gate", "enforce", "--reason", "tried")
    until(lambda: sql(f"SELECT RecordAudio FROM Monitors WHERE Id = {facts['monitor_id']}") == "0", "sound is switched off")
    until(lambda: sql(f"SELECT count(*) FROM Events WHERE Id = {overdue}") == "0" and not os.path.exists(files[overdue]),
          "the overdue recording is gone, row and files", 90)
    check(os.path.exists(files[evidence]) and "audio" in streams(files[evidence]), "evidence was touched")
    site.run("audit", "run", "audio_metadata_gate", "--correct")

    def all_clean():
        # A cleaning that meets an open recording waits; the evidence keeps its sound.
        return all(event == evidence or streams(file) == {"video"} for event, file in finished())
    until(all_clean, "no finished recording but the evidence holds sound", 120)
    monitor_sound(True)
    until(lambda: sql(f"SELECT RecordAudio FROM Monitors WHERE Id = {facts['monitor_id']}") == "0", "sound is switched off again", 30)
    done = [one for one in site.json("actions", "--show", "done")["actions"]]
    check(any(one["kind"] == "recording.delete" and one["recording"] == str(overdue) for one in done), f"no proof: {done}")
    site.verify()
    secrets = [facts["ombud_password"], facts["ombud_db_password"], facts["password"]]
    spoken = site.log() + json.dumps(site.ledger())
    check(not any(secret in spoken for secret in secrets), "a password is in the log or the ledger")
    site.stop()
