"""Bodies of old entries go when the site says so, the chain stays whole, and a clock that jumps prunes nothing."""
import glob
import os
import sys

from ombud_site import DAY_S, check, scenario, site_xml, until

library = (glob.glob("/usr/lib/*/faketime/libfaketimeMT.so.1") or [None])[0]
if library is None:
    print("needs libfaketime (Debian: faketime)")
    sys.exit(77)

with scenario() as make:
    site = make(site_xml().replace("</site>", '  <ledger keep="30d"/>\n</site>'))
    offset = site.folder / "offset"

    def set_clock(days):
        fresh = site.folder / "offset.new"
        fresh.write_text(f"{days * DAY_S:+d}\n")
        os.rename(fresh, offset)

    fake = {"LD_PRELOAD": library, "FAKETIME_TIMESTAMP_FILE": str(offset), "FAKETIME_NO_CACHE": "1",
            "DONT_FAKE_MONOTONIC": "1", "FAKETIME_DONT_FAKE_MONOTONIC": "1", "NO_FAKE_STAT": "1"}

    def bodies():
        return [entry["index"] for entry in site.ledger() if entry["index"] > 0]  # the first names the key: it stays

    def add(events):
        connection = site.connection()
        for _ in range(events):
            site.send_event(connection=connection)
        site.quiet()

    # Forty days ago, enough entries for tiles of 256; today, some more.
    set_clock(-40)
    site.start(env=fake)
    add(600)
    old = len(bodies())
    check(old > 512 and not site.ledger("ledger.pruned"), f"{old} entries, pruned: {site.ledger('ledger.pruned')}")
    kept = site.folder / "kept-checkpoint"
    kept.write_bytes((site.state / "ledger" / "checkpoint").read_bytes())
    check(site.stop() == 0, "a stop by SIGTERM is no failure")
    set_clock(0)
    site.start(env=fake)
    noted = until(lambda: site.ledger("ledger.pruned"), "what is older than 30 days is pruned")
    add(5)

    left = bodies()
    gone = left[0]
    check(len(noted) == 1 and gone % 256 == 0 and 512 <= gone <= old, f"the first body left is {gone} of {old}, {noted}")
    told = site.run("ledger", "show", "7", exit_code=None)
    check(told.returncode != 0 and "pruned" in told.stderr, f"{told.returncode} {told.stderr}")
    check(left == list(range(gone, left[-1] + 1)), "a body in between is missing")
    until(lambda: site.run("ledger", "verify", "--checkpoint", kept, exit_code=None).returncode == 0, "the chain goes back to a checkpoint from before")
    site.verify()

    # A clock that runs ahead by a year makes everything old; nothing may go.
    set_clock(400)
    until(lambda: site.ledger("clock.jumped"), "the ledger notes the jump")
    add(5)
    check(bodies()[0] == gone and len(site.ledger("ledger.pruned")) == 1, "a damaged clock pruned the ledger")
    check(site.stop() == 0, "a stop by SIGTERM is no failure")
    site.verify()
    print(f"{gone} bodies pruned, {len(left)} left, the chain whole", flush=True)
