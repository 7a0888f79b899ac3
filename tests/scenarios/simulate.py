"""What a changed site would have decided: told as a difference, with what cannot be told, and without a trace."""
from ombud_site import Media, check, scenario, site_xml, until


PUSH = '    <module id="push_consent_guard" mode="enforce"><option name="text-version">{}</option></module>\n'
WATCH = '    <module id="export_watchdog" mode="enforce"><option name="exporters">{}</option></module>\n'


with scenario() as make:
    site = make(site_xml(more=PUSH.format("3") + WATCH.format("ada bob")))
    media = Media(make.folder)
    for days in (3, 10):
        site.put(media.silent, age_s=days * 86400, tag=str(days))
    site.start()
    until(lambda: len(site.ledger("audit.ended")) == 4, "the first audits end") # they record, and the retention audit deletes
    site.quiet()
    site.run("consent", "give", "guard01", "text_version=3", "language=de", "given=2026-01-10", "how=on paper", "--reason", "HR-12")
    site.run("device", "add", "handset-1", "person=guard01", "forwarder=hook", "--reason", "HR-12")

    def ask(hook, attachment="", **fields):
        return site.call("POST", "/v1/ask/" + hook, {"attachment": attachment, "fields": fields})["action"]

    check(ask("push.send", person="guard01", device="handset-1") == "transform", "a push with consent")
    check(ask("access.request", "files", act="download", user="bob") == "allow", "bob may download")
    check(ask("access.request", "files", act="download", user="eve") == "deny", "eve may not")
    left = sorted(path.name for path in (site.recordings / "entrance").glob("*.mp4"))
    site.quiet()
    before = len(site.ledger())

    # Nothing changes: nothing differs.
    same = site.json("simulate", "--site", site.file)
    check(same["verdicts"] == [] and same["matters"] == [] and same["problems"] == [] and same["compared"] >= 3, f"the same site: {same}")

    # A new version of the consent's text, bob no longer an exporter, and two days of retention instead of seven.
    new = site.folder / "new-site.xml"
    new.write_text(site_xml(more=PUSH.format("4") + WATCH.format("ada"), period="2d"))
    told = site.json("simulate", "--site", new, "--since", "1d")
    others = sorted((one["module"], one["was"], one["becomes"]) for one in told["verdicts"])
    check(others == [("export_watchdog", "allow EXP-1", "deny EXP-1"), ("push_consent_guard", "transform PUSH-2", "deny PUSH-1")], f"{told}")
    check(any(one["what"] == "recording.delete" and one["is_new"] and one["control"] == "RET-3" for one in told["matters"]),
          f"no further deletion is told: {told['matters']}")
    shown = site.run("simulate", "--site", new).stdout
    check("deny PUSH-1" in shown and "would be another" in shown, shown)

    # A module that is no longer there, and a site that is none.
    new.write_text(site_xml(more=PUSH.format("3")))
    told = site.json("simulate", "--site", new)
    check({one["becomes"] for one in told["verdicts"]} == {"not asked"} and len(told["verdicts"]) == 2, f"{told['verdicts']}")
    new.write_text("<site/>")
    site.run("simulate", "--site", new, exit_code=3)
    site.run("simulate", "--site", site.file, "--since", "yesterday", exit_code=2)

    # What registers hold is another now: nothing is said of what they decided.
    site.run("consent", "withdraw", "guard01", "--reason", "asked by guard01")
    told = site.json("simulate", "--site", site.file)
    check(told["unknown"].get("push_consent_guard") == 1 and told["verdicts"] == [], f"{told}")

    # None of it left a trace, but for the withdrawal.
    check(len(site.ledger()) == before + 1, f"the ledger grew by {len(site.ledger()) - before} entries")
    check(sorted(path.name for path in (site.recordings / "entrance").glob("*.mp4")) == left, "a recording went")
    site.verify()
