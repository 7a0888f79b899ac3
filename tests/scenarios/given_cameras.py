"""A module that the site gives one camera of three sees, judges, reads and asks for nothing of the others, inline and sandboxed; what nobody sees
there is said; and another site changes that at once."""
from hostile_site import hostile
from ombud_site import DAY_S, Media, check, scenario, site_xml, until

YARD = '    <camera id="yard" attachment="files" device="yard" area="private"/>\n'
LIMITED = "retention_auditor", "trespasser"


def limited_xml(runner, cameras):
    """Entrance and yard are cameras of the site, the garage is none; two of three modules are given `cameras`."""
    more = f'    <module id="trespasser" mode="monitor" runner="{runner}"/>\n'
    xml = site_xml(more=more).replace("  </cameras>", YARD + "  </cameras>").replace('mode="enforce"/>', f'mode="enforce" runner="{runner}"/>')
    for module in LIMITED:
        xml = xml.replace(f'<module id="{module}"', f'<module id="{module}" cameras="{cameras}"' if cameras else f'<module id="{module}"')
    return xml


def keep_to_its_cameras(make, runner, media):
    site = make(limited_xml(runner, "entrance"), runner)
    hostile(site)
    old = {camera: site.put(media.silent, camera, age_s=21 * DAY_S) for camera in ("entrance", "yard", "garage")}
    new = {camera: site.put(media.silent, camera, age_s=600, tag="b") for camera in ("entrance", "yard", "garage")}
    site.start()
    site.quiet()

    def audited(module="retention_auditor"):
        audit = site.call("POST", "/v1/audits", {"module": module, "correct": True})["id"]
        until(lambda: site.call("GET", f"/v1/audits/{audit}")["state"] == "done", "the audit ends")
        site.quiet()

    def ask(target="yard", **fields):
        fields = {"device": "entrance", "recording": "told", "tracks": "video/h264",
                  "detail": str(new[target].relative_to(site.recordings)), "note": str(new[target]), **fields}
        answer = site.call("POST", "/v1/ask/recording.finished", {"attachment": "files", "fields": {k: v for k, v in fields.items() if v}})
        return answer, {one["module"]: one for one in answer["answers"]}

    def apply(cameras):
        site.file.write_text(limited_xml(runner, cameras))
        site.run("config", "apply", site.file, "--reason", "a scenario")
        site.quiet()

    # The audit sees the entrance alone: what is overdue elsewhere is neither found nor deleted.
    until(lambda: not old["entrance"].exists(), "the overdue recording of the entrance is deleted")
    audited()
    check(old["yard"].exists() and old["garage"].exists(), "a recording of another camera was deleted")
    elsewhere = [one for one in site.call("GET", "/v1/findings")["findings"] if one["module"] in LIMITED and one["device"] != "entrance" and one["device"]]
    check(not elsewhere, f"found at another camera: {elsewhere}")

    # It sees one device and one recording, reads no other file, and gets no action, under whatever name; each refusal is on record.
    before = len(site.ledger("fault"))  # three for each question: the file, the recording, the device; said twice, one is recorded once
    for target in ("yard", "garage"):
        answer, answers = ask(target)
        said = answers["trespasser"]["reason"]
        check(said == "sees 1 devices and 1 recordings, 0 of them beyond; file refused; as its own refused, as what it is refused, nameless refused",
              f"{target}: {said}")
    faults = [one["text"] for one in site.ledger("fault")[before:]]
    check(len(faults) == 6 and all("is of no camera that the site gives it; refused" in one for one in faults), f"recorded as {faults}")
    check(not [one for one in site.call("GET", "/v1/actions?state=all")["actions"] if one["module"] == "trespasser"], "an action was taken")
    check(site.call("GET", "/v1/modules") and all(path.exists() for path in new.values()), "a recording is gone")

    # What is about another camera is not its question; what is about both is its fault, since it cannot be asked; what is about none is its.
    for device in ("yard", "garage"):
        _, answers = ask(device=device)
        check("trespasser" not in answers and "audio_metadata_gate" in answers, f"{device}: asked were {list(answers)}")
        seq = site.send_event("recording.finished", recording="told", device=device, tracks="video/h264")
        site.quiet()
        judged = next(one for one in site.ledger("event.judged") if one.get("seq") == seq)
        check("answer.trespasser" not in judged and "answer.audio_metadata_gate" in judged, f"{device}: {judged}")
    _, answers = ask(device="", devices="entrance\nyard")
    check(answers["trespasser"]["action"] == "fault" and "not only about cameras" in answers["trespasser"]["reason"], f"both: {answers}")
    _, answers = ask(device="", recording="")
    check(answers["trespasser"]["action"] == "allow", f"about no camera: {answers}")

    # What nobody sees is said wherever somebody would look for it.
    kept = "cameras yard, and devices that are no camera of the site; nobody watches RET-"
    for command in ("status", "coverage"):
        check("not given to retention_auditor" in (told := site.run(command).stdout) and kept in told, f"{command}: {told}")
    coverage = site.call("GET", "/v1/coverage")
    cell = next(one for one in coverage["controls"] if one["control"] == "RET-3")["levels"]["files"]
    check(cell["not_given"] == ["yard"] and "not given to retention_auditor: cameras yard" in cell["note"], f"RET-3: {cell}")
    check("(part)" in site.run("coverage").stdout, "the table shows a control as if it held for all cameras")
    modules = {one["id"]: one for one in site.call("GET", "/v1/modules")}
    check(modules["trespasser"]["cameras"] == ["entrance"] and modules["audio_metadata_gate"]["cameras"] is None, f"modules: {modules}")

    # Another site gives it the yard, at once.
    apply("yard entrance")
    changed = site.ledger("config.applied")[-1]["changes"]
    for module in LIMITED:
        check(f"module[{module}]/cameras: 'entrance' -> 'entrance yard'" in changed, f"the entry: {changed}")
    _, answers = ask("yard", device="yard")
    check(answers["trespasser"]["reason"].startswith("sees 2 devices and ") and "as what it is taken, nameless taken" in answers["trespasser"]["reason"],
          f"it is given the yard: {answers['trespasser']}")
    _, answers = ask("garage")
    check("as its own refused, as what it is refused, nameless refused" in answers["trespasser"]["reason"], f"the garage is no camera: {answers}")

    def findings_at(device):
        return {one["key"] for one in site.call("GET", "/v1/findings")["findings"] if one["module"] == "retention_auditor" and one["device"] == device}
    audited()
    at_yard = findings_at("yard")
    check(at_yard, "nothing is found at the yard, of which nothing is documented")

    # And takes it away: what was found there stays open, since nobody looked and saw that it is gone.
    apply("entrance")
    _, answers = ask(device="yard")
    check("trespasser" not in answers, f"it is still asked: {answers}")
    audited()
    check(findings_at("yard") == at_yard, f"closed though nobody looks: {at_yard - findings_at('yard')}")

    # Everything again.
    apply(None)
    check(not any("not given" in one for one in site.call("GET", "/v1/status")["warnings"]), "a warning that is not so any more")
    _, answers = ask("garage")
    check(answers["trespasser"]["reason"].startswith("sees 3 devices") and "refused" not in answers["trespasser"]["reason"], f"it is given all: {answers}")

    check(site.stop() == 0, "a stop by SIGTERM is no failure")
    site.verify()


def replay_and_simulate(make):
    """A capture, played again, and a simulation ask a limited module no more than the host did."""
    gate = '<module id="audio_metadata_gate" '
    xml = site_xml(gate="monitor").replace("  </cameras>", YARD + "  </cameras>")
    limited = xml.replace(gate, gate + 'cameras="entrance" ')
    site = make(limited, "replay")
    site.start()
    site.quiet()
    site.run("capture", "start")
    devices = [("device", "entrance"), ("device", "yard"), ("devices", "entrance\nyard"), ("device", "garage")]
    for name, value in devices:
        site.call("POST", "/v1/ask/recording.finished", {"attachment": "files", "fields": {"recording": "told", name: value, "tracks": "video/h264 audio/aac"}})
        site.send_event("recording.finished", recording="told", tracks="video/h264 audio/aac", **{name: value})
    site.quiet()
    file = site.json("capture", "stop")["file"]
    arguments = "replay", file, "--module", "audio_metadata_gate", "--plugins", site.plugins, "--manifests", site.manifests
    again, recorded = site.run(*arguments).stdout, site.run(*arguments, "--recorded").stdout
    check(len(again.splitlines()) == 4, f"two are about the entrance, two are its faults, four are kept from it: {again}")
    check(again == recorded, f"the host had\n{recorded}and the replay\n{again}")

    def simulated(becomes):
        other = site.folder / "other.xml"
        other.write_text(becomes)
        return site.json("simulate", "--site", other, "--since", "1h")["verdicts"]
    check(simulated(limited.replace('"monitor"', '"enforce"')) == [], "a simulation of the same cameras differs")
    more = simulated(xml)
    check(sorted(one["was"] for one in more) == ["fault"] * 2 + ["not asked"] * 4 and all(one["becomes"] == "abstain AMG-2" for one in more),
          f"given everything: {more}")

    check(site.stop() == 0, "a stop by SIGTERM is no failure")


def end_an_audit(make):
    """An audit under way goes on with what it was given, so another site ends it: even one that listens to nothing."""
    xml = site_xml(more='    <module id="ill_mannered" mode="monitor" cameras="entrance"><option name="audit">hangs</option></module>\n')
    site = make(xml, "audit")
    hostile(site)
    site.start()
    first = until(lambda: next((one["audit"] for one in site.ledger("audit.started") if one["module"] == "ill_mannered"), 0), "its audit begins")
    site.file.write_text(xml.replace(' cameras="entrance"', ""))
    site.run("config", "apply", site.file, "--reason", "a scenario")
    check(site.call("GET", f"/v1/audits/{first}")["state"] == "cancelled", "the audit goes on under the site that was")
    check(site.stop() == 0, "a stop by SIGTERM is no failure")


with scenario() as make:
    made = Media(make.folder)
    for runner in ("inline", "sandboxed"):
        keep_to_its_cameras(make, runner, made)
    replay_and_simulate(make)
    end_an_audit(make)

    site = make(limited_xml("inline", "entrance gates"), "wrong")
    hostile(site)
    told = site.run("config", "check", site.file, "--manifests", site.manifests, exit_code=None)
    text = told.stdout + told.stderr
    check(told.returncode != 0 and "cameras 'entrance gates': 'gates' is not one of <cameras>; known: entrance, yard" in text and "site.xml:" in text, text)
    site.file.write_text(limited_xml("inline", " "))
    told = site.run("config", "check", site.file, "--manifests", site.manifests, exit_code=None)
    text = told.stdout + told.stderr
    check(told.returncode != 0 and "leave it out to give all cameras" in text and "site.xml:" in text, text)
