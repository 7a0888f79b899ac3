"""What is removed or erased is in no file of the state folder soon afterwards, while the host runs: not in the tables, and not in their
write-ahead logs. Whoever reads meanwhile only delays it, which status tells."""
import sqlite3

from ombud_site import check, scenario, site_xml, until

GUARD = "push_consent_guard"
PERSON, ENDPOINT = "ottilie.zwiebelfisch", "https://push.example/of-zwiebelfisch/4711"
SECRETS = [PERSON, ENDPOINT]

with scenario() as make:
    site = make(site_xml(gate="monitor", more=f'    <module id="{GUARD}" mode="monitor"><option name="text-version">2</option></module>\n'))
    site.start()
    site.quiet()

    def holding(text):
        """Files of the state folder with these bytes, as they lie there."""
        return [path for path in sorted(site.state.rglob("*")) if path.is_file() and not path.is_symlink() and text.encode() in path.read_bytes()]

    def is_pending():
        return site.json("status")["ledger"]["log_holds_removed"]

    def enter():
        site.call("POST", f"/v1/registers/{GUARD}/devices", {"key": "phone-1", "reason": "a test", "fields": {
            "person": PERSON, "forwarder": "hook", "endpoint": ENDPOINT, "vms": "files"}})
        site.call("POST", f"/v1/registers/{GUARD}/consents", {"key": PERSON, "reason": "a test", "fields": {
            "text_version": "2", "language": "de", "given": "2026-11-20", "how": "on paper"}})

    def remove():
        for register, key in (("devices", "phone-1"), ("consents", PERSON)):
            site.run("register", "remove", f"{GUARD}/{register}", key, "--reason", "left")

    def erase():
        for number, secret in enumerate(SECRETS):
            file = make.folder / f"value-{number}"
            file.write_text(secret)
            site.run("ledger", "erase", "--value-from", file, "--reason", "asked for by letter")

    enter()
    for secret in SECRETS:
        check(holding(secret), f"the test looks where '{secret}' is not")
    remove()
    erase()
    until(lambda: not is_pending(), "the logs are emptied")
    for secret in SECRETS:
        check(not holding(secret), f"'{secret}' is still in {holding(secret)}")
    check(site.answers(), "the host runs on")
    site.verify()
    print("removed and erased while the host ran", flush=True)

    # Somebody reads: an audit, a backup. The host judges on, says that bytes are left, and does what it said once they have gone.
    enter()
    database = sqlite3.connect(f"file:{site.state}/ledger/ledger.db?mode=ro", uri=True, isolation_level=None)
    database.execute("BEGIN")
    database.execute("SELECT count(*) FROM entry").fetchone()
    remove()
    erase()
    told = until(lambda: [line for line in site.json("status")["warnings"] if "write-ahead log" in line], "status tells what is in the way")
    check(is_pending() and any(holding(secret) for secret in SECRETS), f"told of nothing: {told}")
    for _ in range(20):
        site.send_event()
    site.quiet()
    database.execute("COMMIT")
    until(lambda: not is_pending(), "the logs are emptied when the reader has gone")
    for secret in SECRETS:
        check(not holding(secret), f"'{secret}' is still in {holding(secret)}")
    check(not [line for line in site.json("status")["warnings"] if "write-ahead log" in line], "told for longer than it was so")

    # Killed before it could: the next start does it.
    enter()
    remove()
    erase()
    site.kill()
    site.start()
    until(lambda: not is_pending(), "what a kill left is emptied")
    for secret in SECRETS:
        check(not holding(secret), f"after a kill '{secret}' is still in {holding(secret)}")
    check(site.stop() == 0, "the daemon ends well")
    site.verify()
