"""A real ZoneMinder behind the gates, as any VMS would be: what it records through the stream gate has no sound until a purpose is
documented, and its own alarm mail arrives without the picture. No connector has a part in it.

OMBUD_ZONEMINDER names the folder of the bed (tests/bed/zoneminder/up).
"""
import json
import pathlib
import socket
import subprocess
import sys

from ombud_site import check, scenario, site_xml, until
from zoneminder_bed import facts, finished, set_monitor, sql, streams

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "bed" / "postfix"))
from postfix import Postfix, Sink  # noqa: E402

PURPOSE = '<track kind="audio" legal-basis="GDPR Art. 6(1)(f)" assessment="DPIA-1"><purpose>intercom</purpose></track>'
RECIPIENT = "guard@site.example"
APPROVER = "nobody"


def newest_event():
    return int(sql("SELECT COALESCE(MAX(Id), 0) FROM Events"))


def recorded_after(event):
    """What whole recordings behind that event hold: a set of tracks each."""
    return [tracks for tracks in (streams(file) for _, file in finished(event)) if tracks]


def zmdc(*arguments):
    subprocess.run(["runuser", "-u", "www-data", "--", "zmdc.pl", *arguments], check=True, capture_output=True, timeout=60)


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


def gates(rtsp, milter):
    return (f'<people><person account="{APPROVER}" role="approver"/></people><gates><streams listen="127.0.0.1:{rtsp}"><viewer name="zoneminder" secret-file="viewer-password"/>'
            f'<stream name="door" camera="entrance" url="{facts["camera_url"]}"/></streams>'
            f'<mail listen="inet:127.0.0.1:{milter}"/></gates>')


MODULES = '    <module id="email_whitelist" mode="enforce"><option name="require-tls-out">false</option></module>\n'


def through_the_stream_gate(site, rtsp):
    before = newest_event()
    set_monitor(Path=f"rtsp://zoneminder:secret@127.0.0.1:{rtsp}/door", RecordAudio=1)
    until(lambda: recorded_after(before)[1:3] == [{"video"}, {"video"}], lambda: f"recordings without sound: {recorded_after(before)}", 120)
    site.file.write_text(site.file.read_text().replace("</camera>", PURPOSE + "</camera>"))
    site.run_as("root", "config", "apply", site.file, "--reason", "an intercom")
    documented = newest_event()
    until(lambda: {"video", "audio"} in recorded_after(documented), lambda: f"recordings with sound: {recorded_after(documented)}", 120)
    opened = [entry for entry in site.ledger("hook.judged") if entry["type"] == "stream.open"]
    check({entry["decision"] for entry in opened} == {"transform", "allow"}, f"judgements of the stream: {opened}")


def through_the_mail_gate(site, bed, sink):
    """A filter of ZoneMinder's mails each alarmed event with the image of its first alarmed frame."""
    site.run_as("root", "whitelist", "add", RECIPIENT, "--reason", "night shift")
    settings = {"ZM_OPT_EMAIL": "1", "ZM_NEW_MAIL_MODULES": "1", "ZM_EMAIL_HOST": f"127.0.0.1:{bed.port}",
                "ZM_FROM_EMAIL": "zoneminder@vms.bed.example", "ZM_FILTER_EXECUTE_INTERVAL": "2", "ZM_FILTER_RELOAD_DELAY": "2"}
    for name, value in settings.items():
        sql(f"UPDATE Config SET Value = '{value}' WHERE Name = '{name}'")
    event = sql("SELECT Id FROM Events WHERE EndDateTime IS NOT NULL AND DefaultVideo <> '' ORDER BY Id DESC LIMIT 1")
    # As after a motion: one alarmed frame, of which ZoneMinder makes the picture itself.
    sql(f"INSERT INTO Frames (EventId, FrameId, Type, TimeStamp, Delta, Score) SELECT Id, 10, 'Alarm', StartDateTime, 1, 50 FROM Events "
        f"WHERE Id = {event} ON DUPLICATE KEY UPDATE Type = 'Alarm', Score = 50;"
        f"UPDATE Events SET AlarmFrames = 1, MaxScore = 50, TotScore = 50 WHERE Id = {event}")
    terms = json.dumps({"terms": [{"attr": "Id", "op": "=", "val": event}, {"cnj": "and", "attr": "Emailed", "op": "=", "val": "0"}],
                        "sort_field": "Id", "sort_asc": "1", "limit": "1"})
    number = sql("INSERT INTO Filters (Name, UserId, Query_json, AutoEmail, EmailTo, EmailSubject, EmailBody, Background) VALUES ("
                 f"'Alarm mail', 1, '{terms}', 1, '{RECIPIENT}', 'Alarm %MN% event %EI%', 'Event %EI% at %ET%\\n%EI1%', 1); "
                 "SELECT LAST_INSERT_ID()")
    zmdc("start", "zmfilter.pl", f"--filter_id={number}", "--daemon")
    try:
        refused = [entry for entry in until(lambda: [entry for entry in site.ledger("hook.judged") if entry["type"] == "mail.send"],
                                            "ZoneMinder's mail is judged", 90)]
        check(refused[0]["decision"] == "deny" and refused[0]["rule"] == "MAIL-1" and not sink.mails(), f"an unlisted recipient: {refused[0]}")
        check(sql(f"SELECT Emailed FROM Events WHERE Id = {event}") == "0", "ZoneMinder takes a refused mail for sent")
        site.run_as(APPROVER, "approve", "1")
        mail = until(sink.mails, lambda: f"ZoneMinder's mail arrives: {bed.log()[-1500:]}", 90)[0]
        check(mail.sent_to == [RECIPIENT] and f"event {event}" in mail["Subject"], f"the mail: {mail.raw[:600]}")
        types = [part.get_content_type() for part in mail.walk() if not part.is_multipart()]
        check(set(types) == {"text/plain"} and b"Removed by Ombud" in mail.raw and b"\xff\xd8\xff" not in mail.raw, f"its parts: {types}")
        until(lambda: sql(f"SELECT Emailed FROM Events WHERE Id = {event}") == "1", "ZoneMinder knows that it was sent")
    finally:
        zmdc("stop", "zmfilter.pl", f"--filter_id={number}", "--daemon")
        sql(f"DELETE FROM Filters WHERE Id = {number}; UPDATE Config SET Value = '0' WHERE Name = 'ZM_OPT_EMAIL'")


with scenario() as make:
    rtsp, milter = free_port(), free_port()
    site = make(site_xml(gate="enforce", more=MODULES).replace("  <modules>", gates(rtsp, milter) + "  <modules>"))
    (site.folder / "viewer-password").write_text("secret\n")
    (site.folder / "viewer-password").chmod(0o600)
    site.start(*site.share())
    before = sql(f"SELECT Path, RecordAudio FROM Monitors WHERE Id = {facts['monitor_id']}").split("\t")
    post = site.folder / "mail"
    post.mkdir(mode=0o755)
    sink = Sink(post)
    bed = Postfix(post / "postfix", sink.port, f"inet:127.0.0.1:{milter}").start()
    try:
        through_the_stream_gate(site, rtsp)
        through_the_mail_gate(site, bed, sink)
    finally:
        set_monitor(Path=before[0], RecordAudio=before[1])
        bed.stop()
        sink.stop()
    check(site.stop() == 0, "a stop by SIGTERM is no failure")
    site.verify()
    print("ZoneMinder recorded and mailed through the gates", flush=True)
