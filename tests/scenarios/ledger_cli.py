"""What an auditor does with the command line: a ledger that was changed in any way, or rolled back, does not verify."""
import shutil
import sqlite3

from ombud_site import check, scenario, site_xml

# what was done, the statement that does it on ledger.db
TAMPERED = [
    ("a letter of an entry", "UPDATE entry SET line = replace(line, 'door.opened', 'door.closed') WHERE idx = "
                             "(SELECT min(idx) FROM entry WHERE line LIKE '%door.opened%')"),
    ("an entry taken out", "DELETE FROM entry WHERE idx = 5"),
    ("the last entry cut off", "DELETE FROM entry WHERE idx = (SELECT max(idx) FROM entry)"),
    ("the kind of an entry", "UPDATE entry SET kind = 'event.ignored' WHERE idx = "
                             "(SELECT min(idx) FROM entry WHERE kind = 'event.judged')"),
    ("the hash of an entry", "UPDATE entry SET leaf = zeroblob(32) WHERE idx = 3"),
    ("the edge of the tree", "UPDATE tree SET size = size - 1"),
]

with scenario() as make:
    site = make(site_xml(gate="monitor"))
    site.start()
    site.quiet()
    for number in range(20):
        site.send_event(user="Erika Mustermann", number=str(number))
    site.quiet()
    site.verify()  # beside the daemon that writes it
    check(site.stop() == 0, "a stop by SIGTERM is no failure")
    report = site.verify()
    check(report["size"] > 20 and report["signed_size"] == report["size"], f"a stopped host left entries unsigned: {report}")
    check(not report["anchored"] and not report["key_was_pinned"], f"claims more than was checked: {report}")

    # What an auditor keeps elsewhere: the key and the newest checkpoint.
    key, checkpoint = site.folder / "key", site.folder / "checkpoint"
    key.write_text(report["verifier_key"] + "\n")
    checkpoint.write_text((site.state / "ledger" / "checkpoint").read_text())
    report = site.verify("--key", key, "--checkpoint", checkpoint)
    check(report["anchored"] and report["key_was_pinned"], f"does not say that it used both: {report}")

    for what, statement in TAMPERED:
        copy = site.folder / "tampered"
        shutil.copytree(site.state, copy)
        database = sqlite3.connect(copy / "ledger" / "ledger.db")
        changed = database.execute(statement).rowcount
        database.commit()
        database.close()
        check(changed == 1, f"{what}: the statement changed {changed} rows")
        told = site.run("ledger", "verify", exit_code=1, state=copy)
        check("not verified" in told.stdout, f"{what}: {told.stdout}")
        shutil.rmtree(copy)
    site.verify()

    # The whole folder back to an older state: whole in itself, and seen only against the checkpoint that was kept.
    older = site.folder / "older"
    shutil.copytree(site.state, older)
    site.start()
    site.quiet()
    site.send_event()
    site.quiet()
    check(site.stop() == 0, "a stop by SIGTERM is no failure")
    checkpoint.write_text((site.state / "ledger" / "checkpoint").read_text())
    site.verify("--checkpoint", checkpoint)
    newest = site.run("ledger", "show", "--limit", "1").stdout
    shutil.rmtree(site.state)
    shutil.copytree(older, site.state)
    check(site.run("ledger", "show", "--limit", "1").stdout != newest, "the rollback rolled nothing back")
    site.verify()
    told = site.run("ledger", "verify", "--checkpoint", checkpoint, exit_code=1)
    check("not verified" in told.stdout, f"the rollback is not seen: {told.stdout}")

    # Another ledger under the same name has another key.
    stranger = make(site_xml(gate="monitor"), "stranger")
    stranger.start()
    stranger.quiet()
    check(stranger.stop() == 0, "a stop by SIGTERM is no failure")
    stranger.verify()
    stranger.run("ledger", "verify", "--key", key, exit_code=1)

    # Personal values: in clear for who may read the folder, in no export, and gone once they are erased.
    exported = site.folder / "exported"
    site.run("ledger", "export", exported)
    leaked = [file for file in exported.rglob("*") if file.is_file() and b"Mustermann" in file.read_bytes()]
    check(not leaked, f"personal values in the export: {leaked}")
    site.start()
    site.quiet()
    with_user = next(entry["index"] for entry in site.ledger("event.judged") if "user" in entry)
    check("Mustermann" in site.run("ledger", "show", with_user).stdout, "the value cannot be read in clear")
    print(f"{len(TAMPERED)} ways of tampering, a rollback and a stranger's key are seen", flush=True)
