"""What was found damaged while a module was in monitor is set aside when an administrator asks, after the switch to enforce."""
from ombud_site import LOCK, Media, check, scenario, site_xml, until

GATE = "audio_metadata_gate"

with scenario() as make:
    media = Media(make.folder)
    cut = make.folder / "cut.mp4"
    cut.write_bytes(media.sound.read_bytes()[:9000])
    site = make(site_xml(gate="monitor"))
    site.start()
    site.quiet()
    damaged = site.put(cut, tag="damaged")
    evidence = site.put(cut, tag="evidence", lock=LOCK)
    with_sound = site.put(media.sound, tag="sound")
    name = str(damaged.relative_to(site.recordings))

    def aside():
        folder = site.state / "quarantine"
        return [file for file in folder.rglob("*.mp4")] if folder.exists() else []

    def audit(*options):
        site.run("--quiet", "audit", "run", GATE, *options)
        site.quiet()

    def actions(state):
        return {(one["kind"], one["recording"]) for one in site.json("actions", "--show", state)["actions"]}

    def found():
        return [one for one in site.json("findings")["findings"] if one["recording"] == name and one["module"] == GATE]

    until(lambda: ("recording.quarantine", name) in actions("would"), "monitor records what would have happened")
    site.quiet()
    audit("--correct")
    check(damaged.exists() and not aside(), "monitor moved a file")
    check(found() and found()[0]["control"] == "AMG-5", f"the audit found no damaged recording: {site.json('findings')}")

    site.run("module", "mode", GATE, "enforce", "--reason", "findings understood")
    audit()
    check(damaged.exists() and not media.is_clean(with_sound), "a switch alone touched the archive")

    audit("--correct")
    until(lambda: aside(), lambda: f"it is set aside: {site.json('actions')}")
    check(not damaged.exists() and [file.read_bytes() for file in aside()] == [cut.read_bytes()], "its bytes are not what was set aside")
    check(("recording.quarantine", name) in actions("done"), "no proof of it is kept")
    check(evidence.exists(), "evidence was moved")
    check(media.is_clean(with_sound), "the sound of the other one is there still")
    until(lambda: not found(), lambda: f"the finding is closed: {found()}")
    check(site.stop() == 0, "a stop by SIGTERM is no failure")
    site.verify()
    print("found in monitor, set aside after the switch when asked; evidence stays", flush=True)
