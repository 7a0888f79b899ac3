"""Plugins that must not be loaded or cannot be made: each is refused with a reason, and everything else goes on."""
import pathlib
import shutil

from hostile_site import hostile
from ombud_site import check, scenario, site_xml


def patched(old, new):
    def change(file):
        whole = file.read_bytes()
        check(old in whole and len(old) == len(new), f"{file}: nothing to patch")
        file.write_bytes(whole.replace(old, new))
    return change


# name, type and "Ombud\0" of the ABI note, then its major
NOTE = b"Ombud\0\0\0" + (1).to_bytes(4, "little")
MANIFEST_HASH = '<library sha256="' + "ab" * 32 + '"/>\n  '


def wrong_hash(file):
    manifest = file.parent.parent / "manifests" / "ill_mannered.xml"
    text = manifest.read_text()
    at = text.index("<hooks>")
    manifest.write_text(text[:at] + MANIFEST_HASH + text[at:])


def to_link(file):
    file.rename(file.parent / "elsewhere.so")
    file.symlink_to("elsewhere.so")


# what is wrong, how it is made so, what the message says
REFUSED = [
    ("another major", patched(NOTE, NOTE[:-4] + (7).to_bytes(4, "little")), "built for ABI 7, this host speaks 1"),
    ("no note", patched(b"Ombud\0\0\0", b"Nobud\0\0\0"), "no ABI note"),
    ("no entry", patched(b"ombud_module_entry_v1", b"ombud_module_entry_v0"), "exports no ombud_module_entry_v1"),
    ("world-writable", lambda file: file.chmod(0o666), "chmod go-w"),
    ("a wrong hash", wrong_hash, "the manifest demands " + "ab" * 32),
    ("a text file", lambda file: file.write_text("#!/bin/sh\necho plugin\n"), "not an ELF file"),
    ("a truncated file", lambda file: file.write_bytes(file.read_bytes()[:100]), "damaged ELF file"),
    ("an empty file", lambda file: file.write_bytes(b""), "0 bytes"),
    ("another's library", lambda file: shutil.copyfile(file.parent / "thrower.so", file), "says it is 'thrower'"),
    ("a symbolic link", to_link, "symbolic link"),
    ("no file", lambda file: file.unlink(), "no such file"),
    ("a folder", lambda file: (file.unlink(), file.mkdir()), "not a regular file"),
]
MADE = [
    ("ill_mannered", "fails", "the option asked for a failure"),
    ("thrower", "fails", "thrown while it was made"),
    ("ill_mannered", "hangs", "gave no answer within 10000 ms"),
]

with scenario() as make:
    for number, (what, spoil, says) in enumerate(REFUSED):
        site = make(site_xml(gate="monitor", more='    <module id="ill_mannered" mode="off"/>\n'), f"site{number}")
        hostile(site)
        file = pathlib.Path(site.plugins) / "ill_mannered.so"
        spoil(file)
        site.start()

        told = site.run("module", "mode", "ill_mannered", "enforce", "--reason", "a try", exit_code=None)

        check(told.returncode in (1, 3), f"{what}: switched on with {told.returncode}")
        check(says in told.stderr, f"{what}: does not say '{says}': {told.stderr}")
        row = {one["id"]: one for one in site.json("plugin", "list")}["ill_mannered"]
        check(row["state"] == "refused" and says in row["problem"] and str(file) in row["problem"],
              f"{what}: the plugin list does not say why: {row}")
        modes = {one["id"]: one for one in site.call("GET", "/v1/modules")}
        check(modes["ill_mannered"]["mode"] == "off", f"{what}: it is on: {modes}")
        check(modes["audio_metadata_gate"]["state"] == "running", f"{what}: the others do not run: {modes}")
        site.send_event()
        check(site.stop() == 0, f"{what}: a stop by SIGTERM is no failure")
        site.verify()
        check(not [entry for entry in site.ledger("module.mode")], f"{what}: a switch is recorded that did not happen")

        # From the start on in enforce: nobody shall believe that it is enforced. The daemon says so and does not start.
        if number == 0:
            site.file.write_text(site.file.read_text().replace('id="ill_mannered" mode="off"', 'id="ill_mannered" mode="enforce"'))
            site.start(wait=False)
            check(site.ended() == 3, "it started without a module that the site demands")
            check(says in site.log() and str(file) in site.log(), f"{what}: the log does not say why: {site.log()[-500:]}")

    for number, (module, manner, says) in enumerate(MADE):
        more = f'    <module id="{module}" mode="off"><option name="create">{manner}</option></module>\n'
        site = make(site_xml(gate="monitor", more=more), f"made{number}")
        hostile(site)
        site.start()
        told = site.run("module", "mode", module, "monitor", "--reason", "a try", exit_code=None)
        check(told.returncode in (1, 3) and says in told.stderr, f"{module} {manner}: {told.returncode} {told.stderr}")
        site.send_event()
        site.quiet()
        check(site.stop() == 0, f"{module} {manner}: a stop by SIGTERM is no failure")
        site.verify()
    print(f"{len(REFUSED)} files refused, {len(MADE)} could not be made", flush=True)
