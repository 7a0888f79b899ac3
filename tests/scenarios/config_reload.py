"""A new site.xml is applied whole or refused whole, with file, line, value and what is allowed; events flow meanwhile."""
import re
import shutil
import threading

from ombud_site import MANIFESTS, PLUGINS, check, scenario, site_xml, until

# each: what is wrong; (old, new) in the good file; what the message says
REFUSED = [
    ("a wrong unit", ('period="7d"', 'period="7 weeks"'), ["7 weeks", "d"]),
    ("an unknown key", ("<cameras>", '<cameras colour="red">'), ["colour"]),
    ("an unknown element", ("<cameras>", "<kameras/><cameras>"), ["kameras"]),
    ("an unknown option", ('name="settle"', 'name="setle"'), ["setle", "settle"]),
    ("an option out of range", (">1s<", ">2d<"), ["2d", "1d"]),
    ("a mode that is none", ('mode="enforce"', 'mode="inforce"'), ["inforce", "enforce"]),
    ("a module that nobody has", ('module id="retention_auditor"', 'module id="retention_editor"'), ["retention_editor"]),
    ("a file that ends early", ("</site>", ""), []),
]
BOMB = ('<?xml version="1.0"?>\n<!DOCTYPE site [<!ENTITY a "aaaaaaaaaa">' +
        "".join(f'<!ENTITY {chr(98 + i)} "{("&" + chr(97 + i) + ";") * 10}">' for i in range(12)) +
        ']>\n<site xmlns="urn:ombud:site:1" id="scenario" name="&m;" timezone="UTC"/>\n')

with scenario() as make:
    good = site_xml(gate="monitor")
    site = make(good)
    # A connector that admits its manifest and then cannot be made: its library is another plugin's.
    site.plugins, site.manifests = site.folder / "plugins", site.folder / "manifests"
    shutil.copytree(PLUGINS, site.plugins, ignore=lambda _, names: [name for name in names if not name.endswith(".so")])
    shutil.copytree(MANIFESTS, site.manifests)
    other = (site.manifests / "connect_folder.xml").read_text().replace('id="connect_folder"', 'id="connect_other"')
    (site.manifests / "connect_other.xml").write_text(other)
    shutil.copyfile(site.plugins / "connect_folder.so", site.plugins / "connect_other.so")
    site.start()
    site.quiet()

    seqs, errors, over = [], [], threading.Event()

    def report():
        connection = site.connection()
        try:
            while not over.is_set():
                seqs.append(site.send_event(connection=connection))
        except (OSError, AssertionError) as error:
            errors.append(error)

    reporter = threading.Thread(target=report)
    reporter.start()
    config_before = site.call("POST", "/v1/config/diff", {"site_xml": good, "name": "x"})["changes"]
    check(config_before == [], f"the running site differs from its own file: {config_before}")

    def refuse(what, text, says, line=None):
        new = site.folder / "new.xml"
        new.write_text(text)
        before = len(seqs)
        for command in (["config", "diff", new], ["config", "apply", new, "--reason", "a try"]):
            message = site.run(*command, exit_code=None)
            told = message.stdout + message.stderr
            check(message.returncode in (1, 3), f"{what}: {command[1]} ends with {message.returncode}: {told}")
            if line is not None:
                check(re.search(rf"new\.xml:{line}\b", told), f"{what}: does not name new.xml:{line}: {told}")
            for word in says:
                check(word in told, f"{what}: does not say '{word}': {told}")
        check(site.file.read_text() == good, f"{what}: the site file was changed")
        check(site.call("POST", "/v1/config/diff", {"site_xml": good, "name": "x"})["changes"] == [],
              f"{what}: the running site was changed")
        check(not list(site.folder.glob("site.xml?*")), f"{what}: something was left beside the site file")
        until(lambda: len(seqs) > before or errors, f"{what}: events go on")

    for what, (old, new), says in REFUSED:
        check(old in good, f"'{old}' is not in the site file")
        at = None if not says else good[:good.index(old)].count("\n") + 1
        refuse(what, good.replace(old, new, 1), says, at)
    refuse("an entity bomb", BOMB, [])

    # What only shows when it is tried is refused whole, too.
    new = site.folder / "new.xml"
    for what, text, says in [
            ("another site", good.replace('id="scenario"', 'id="elsewhere"'), ["elsewhere", "scenario"]),
            ("a plugin that cannot be made", good.replace('connector="connect_folder"', 'connector="connect_other"')
                                                 .replace('period="7d"', 'period="9d"'), ["connect_other", "connect_folder"])]:
        new.write_text(text)
        told = site.run("config", "apply", new, "--reason", "a try", exit_code=None)
        check(told.returncode in (1, 3), f"{what}: applied with {told.returncode}")
        for word in says:
            check(word in told.stderr, f"{what}: does not say '{word}': {told.stderr}")
        check(site.file.read_text() == good, f"{what}: the site file was changed")
        check(site.call("POST", "/v1/config/diff", {"site_xml": good, "name": "x"})["changes"] == [],
              f"{what}: half of it was applied")

    # The same way, what is right is shown as a difference, applied, and recorded.
    better = site_xml(gate="enforce", period="9d")
    new.write_text(better)
    changes = site.json("config", "diff", new)["changes"]
    check(any("9d" in one["becomes"] and "7d" in one["was"] for one in changes), f"the period is not shown: {changes}")
    check(any(one["was"] == "monitor" and one["becomes"] == "enforce" for one in changes), f"the mode is not shown: {changes}")
    check(site.file.read_text() == good, "a difference was applied")
    applied = site.json("config", "apply", new, "--reason", "longer by two days")
    check(applied["changes"] == changes, f"other changes than shown: {applied}")
    check(site.file.read_text() == better, "the site file is not what was applied")
    modes = {one["id"]: one["mode"] for one in site.call("GET", "/v1/modules")}
    check(modes["audio_metadata_gate"] == "enforce", f"the mode did not change: {modes}")

    over.set()
    reporter.join()
    check(not errors, f"an event was not taken: {errors[:1]}")
    site.quiet()
    check(site.stop() == 0, "a stop by SIGTERM is no failure")
    site.verify()
    entries = site.ledger("config.applied")
    check(len(entries) == 1 and entries[0]["reason"] == "longer by two days", f"not one application recorded: {entries}")
    judged = [entry["seq"] for entry in site.ledger("event.judged")]
    check(len(judged) == len(set(judged)) and not set(seqs) - set(judged), "an event was lost or judged twice")
    print(f"{len(REFUSED) + 3} refused, 1 applied, {len(seqs)} events meanwhile", flush=True)
