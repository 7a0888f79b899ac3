"""The whole program on a real ZoneMinder: sound without a purpose is found and recorded in monitor; in enforce it is switched off,
finished recordings lose it, and an overdue recording is deleted, row and files, but never an archived one.

OMBUD_ZONEMINDER names the folder of the bed (tests/bed/zoneminder/up).
"""
import os
import pathlib
import shutil

from ombud_site import check, scenario, until
from zoneminder_bed import facts, finished, folder_of, no_password_is_told, set_monitor, site_at, sql, streams

MODULES = """    <module id="retention_auditor" mode="monitor"/>
    <module id="audio_metadata_gate" mode="monitor"/>
"""

with scenario() as make:
    site = site_at(make, MODULES)
    set_monitor(RecordAudio=1)
    until(lambda: len([one for one in finished() if "audio" in streams(one[1])]) >= 3, "three recordings with sound", 120)
    (overdue, overdue_file), (evidence, evidence_file) = [one for one in finished() if "audio" in streams(one[1])][:2]
    # As old as they pretend to be, in the database and on disk: ZoneMinder keeps a recording below the day it began.
    sql(f"UPDATE Events SET StartDateTime = StartDateTime - INTERVAL 20 DAY, EndDateTime = EndDateTime - INTERVAL 20 DAY, "
        f"Archived = (Id = {evidence}) WHERE Id IN ({overdue}, {evidence})")
    for event, file in ((overdue, overdue_file), (evidence, evidence_file)):
        old, new = pathlib.Path(file).parent, folder_of(event)
        new.parent.mkdir(parents=True, exist_ok=True)
        shutil.chown(new.parent, "www-data", "www-data")
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
    set_monitor(RecordAudio=1)
    until(lambda: sql(f"SELECT RecordAudio FROM Monitors WHERE Id = {facts['monitor_id']}") == "0", "sound is switched off again", 30)
    done = [one for one in site.json("actions", "--show", "done")["actions"]]
    check(any(one["kind"] == "recording.delete" and one["recording"] == str(overdue) for one in done), f"no proof: {done}")
    site.verify()
    no_password_is_told(site)
    site.stop()
