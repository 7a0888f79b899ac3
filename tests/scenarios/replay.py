"""A capture of a running host, played again: the same answers, byte for byte, at each run, inline and sandboxed, as the host gave them; and
nobody's name in it."""
import json
import os
import subprocess

from ombud_site import MANIFESTS, OMBUD, PLUGINS, check, scenario, site_xml, until

MODULES = ("push_consent_guard", "export_watchdog", "email_whitelist", "audio_metadata_gate", "retention_auditor")
MORE = """    <module id="push_consent_guard" mode="enforce"><option name="text-version">3</option></module>
    <module id="export_watchdog" mode="monitor"><option name="exporters">adalovelace bobtail</option></module>
    <module id="email_whitelist" mode="enforce"/>
"""
# What must not stand in a capture.
PERSONS = ("guard01", "guard02", "adalovelace", "bobtail", "evelynn", "Alarm at the gate", "stranger", "10.1.2.3")


def replay(file, module, *options, exit_code=0):
    done = subprocess.run([OMBUD, "replay", str(file), "--module", module, "--plugins", PLUGINS, "--manifests", MANIFESTS, *map(str, options)],
                          stdin=subprocess.DEVNULL, capture_output=True, timeout=120)
    check(done.returncode == exit_code, f"replay of {module} {options}: exit {done.returncode}, not {exit_code}\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    return done


with scenario() as make:
    site = make(site_xml(more=MORE))
    site.start()
    site.run("capture", "stop", exit_code=3)
    site.run("consent", "give", "guard01", "text_version=3", "language=de", "given=2026-01-10", "how=on paper", "--reason", "HR-12")
    site.run("device", "add", "handset-1", "person=guard01", "forwarder=hook", "--reason", "HR-12")

    def ask(hook, attachment="", **fields):
        return site.call("POST", "/v1/ask/" + hook, {"attachment": attachment, "fields": fields})["action"]

    def day():
        """What happens while it is captured; the answers that a person would expect."""
        got = [ask("push.send", person="guard01", device="handset-1", title="Alarm at the gate", text="…"),
               ask("push.send", person="guard02", device="handset-1"),
               ask("access.request", "files", act="download", user="adalovelace", peer="10.1.2.3"),
               ask("access.request", "files", act="download", user="evelynn", peer="10.1.2.3"),
               ask("mail.send", stage="recipient", recipient="stranger@example.org", sender="vms@example.org", tls_in=1, tls_out=1),
               ask("mail.send", stage="message", recipients="stranger@example.org\nadalovelace@example.org", parts="1:text/plain 2:picture/jpeg"),
               ask("recording.delete", "files", recording="entrance/1", device="entrance", begin_utc_ns=1, end_utc_ns=2)]
        for number in range(20):
            site.send_event("recording.finished", recording=f"entrance/{number}", device="entrance", begin_utc_ns=10**18, end_utc_ns=10**18 + 10**9,
                            tracks="video/h264 audio/aac" if number % 2 else "video/h264", size_bytes=1000)
        site.run("consent", "withdraw", "guard01", "--reason", "asked by guard01")
        got.append(ask("push.send", person="guard01", device="handset-1"))
        return got

    site.run("capture", "start")
    site.run("capture", "start", exit_code=3)
    answers = day()
    check(answers == ["transform", "deny", "allow", "deny", "deny", "transform", "allow", "deny"], f"the day went otherwise: {answers}")
    site.quiet()
    taken = site.json("capture", "stop")
    check(taken["calls"] >= 28 and taken["ended_because"] == "stopped", f"{taken}")
    file = taken["file"]
    check(os.stat(file).st_mode & 0o777 == 0o600, "others can read the capture")
    text = open(file).read()
    for person in PERSONS:
        check(person not in text, f"'{person}' stands in the capture")
    check("@example.org" in text and "handset-1" in text, "more was taken out than persons")
    kinds = [entry["kind"] for entry in site.ledger() if entry["kind"].startswith("capture.")]
    check(kinds == ["capture.started", "capture.ended"], f"{kinds}")

    # The same at each run, inline and sandboxed, and what the host's own modules answered.
    for module in MODULES:
        once = replay(file, module).stdout
        check(once == replay(file, module).stdout, f"{module} answers otherwise at a second run")
        check(once == replay(file, module, "--sandboxed").stdout, f"{module} answers otherwise in a process of its own")
        recorded = replay(file, module, "--recorded").stdout
        check(recorded == once, f"{module}: the host had\n{recorded.decode()}and the replay\n{once.decode()}")
        print(f"{module}: {len(once.splitlines())} answers, the same")
    lines = [json.loads(line) for line in replay(file, "push_consent_guard").stdout.splitlines()]
    check([line["action"] for line in lines] == ["transform", "deny", "deny"] and "withdrawn" in lines[2]["reason"],
          f"a register's change in the middle: {lines}")

    # Compared with a file: the same, and one line that differs.
    verdicts = site.folder / "verdicts"
    verdicts.write_bytes(replay(file, "push_consent_guard", "--recorded").stdout)
    replay(file, "push_consent_guard", "--expect", verdicts)
    verdicts.write_text(verdicts.read_text().replace("PUSH-1", "PUSH-9", 1))
    differs = replay(file, "push_consent_guard", "--expect", verdicts, exit_code=1)
    check(differs.stdout.count(b"expected") == 1 and b"PUSH-9" in differs.stdout, f"{differs}")

    # What is no whole capture is told as such.
    for change, says in ((lambda t: t[:len(t) // 2], b"line "), (lambda t: t[:t.rindex('{"end"')], b"it has no end"),
                         (lambda t: t.replace('"ombud-capture":1', '"ombud-capture":2', 1), b"version 2"), (lambda t: "", b"no capture")):
        broken = site.folder / "broken.jsonl"
        broken.write_text(change(text))
        told = replay(broken, "push_consent_guard", exit_code=3).stderr
        check(says in told, f"a broken capture: {told}")
    check(b"it has audio_metadata_gate" in replay(file, "connect_folder", exit_code=3).stderr, "a module that is not in it")

    # It ends by itself at its bound, and when what it captures becomes another.
    site.run("capture", "start", "--calls", "2")
    for number in range(4):
        ask("push.send", person="guard02", device="handset-1")
    status = site.json("capture", "status")
    check(status["calls"] == 2 and "as many as were asked for" in status["ended_because"], f"{status}")
    replay(status["file"], "push_consent_guard", "--expect", "/dev/null", exit_code=1)
    site.run("capture", "stop")
    site.run("capture", "start")
    site.run("module", "mode", "export_watchdog", "off", "--reason", "a test")
    check("the mode of export_watchdog was switched" in site.json("capture", "status")["ended_because"], "a switched mode does not end it")
    site.run("capture", "start")
    begun = site.json("capture", "status")["file"]
    check(site.stop() == 0, "it does not stop")
    check('"why":"the host stopped"' in open(begun).read(), "a capture that the host's end cuts off")
    site.start()
    site.verify()
