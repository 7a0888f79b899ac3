"""A clock that jumps must not delete: corrections wait, the ledger notes it, and a person lets them go on."""
import glob
import os
import sys

from ombud_site import DAY_S, Media, check, scenario, site_xml, until

library = (glob.glob("/usr/lib/*/faketime/libfaketimeMT.so.1") or [None])[0]
if library is None:
    print("needs libfaketime (Debian: faketime)")
    sys.exit(77)

with scenario() as make:
    media = Media(make.folder)
    site = make(site_xml())
    offset = site.folder / "offset"

    def set_clock(days):
        fresh = site.folder / "offset.new"
        fresh.write_text(f"{days * DAY_S:+d}\n")
        os.rename(fresh, offset)

    fake = {"LD_PRELOAD": library, "FAKETIME_TIMESTAMP_FILE": str(offset), "FAKETIME_NO_CACHE": "1",
            "DONT_FAKE_MONOTONIC": "1", "FAKETIME_DONT_FAKE_MONOTONIC": "1", "NO_FAKE_STAT": "1"}
    set_clock(0)
    recording = site.put(media.silent, age_s=3 * DAY_S)  # kept for 7 days
    site.start(env=fake)
    site.quiet()

    set_clock(30)
    until(lambda: site.ledger("clock.jumped"), "the ledger notes the jump")
    noted = site.ledger("clock.jumped")
    check(len(noted) == 1 and "forward" in noted[0]["text"], f"noted as {noted}")
    check("corrections wait" in site.log(), "the log does not say that corrections wait")

    # An audit finds it over-retained by the wrong clock; nothing may come of that.
    told = site.run("audit", "run", "retention_auditor", "--correct", exit_code=None)
    check(told.returncode == 3 and "jumped" in told.stderr, f"corrected after a jump: {told.returncode} {told.stderr}")
    site.run("audit", "run", "retention_auditor")
    site.quiet()
    check(recording.exists(), "a recording was deleted because the clock jumped")
    check(not site.ledger("action.requested"), "a correction was asked for after the jump")

    # Back again is a jump, too. Then the person who looked lets corrections go on, and only what is overdue goes.
    set_clock(0)
    until(lambda: len(site.ledger("clock.jumped")) == 2, "the jump back is noted")
    overdue = site.put(media.silent, age_s=20 * DAY_S, tag="overdue")
    site.run("module", "mode", "retention_auditor", "enforce", "--reason", "the clock was looked at")
    until(lambda: not overdue.exists(), "what is really overdue is deleted")
    site.quiet()
    check(recording.exists(), "a recording was deleted before its time")

    # A start with the clock behind the ledger holds corrections as well.
    check(site.stop() == 0, "a stop by SIGTERM is no failure")
    set_clock(-40)
    later = site.put(media.silent, age_s=60 * DAY_S, tag="later")
    site.start(env=fake)
    site.quiet()
    told = site.run("audit", "run", "retention_auditor", "--correct", exit_code=None)
    check(told.returncode == 3 and "behind the newest ledger entry" in told.stderr, f"{told.returncode} {told.stderr}")
    check(later.exists(), "deleted by a clock that is behind the ledger")
    check(site.stop() == 0, "a stop by SIGTERM is no failure")
    site.verify()
    print("two jumps and a clock behind the ledger", flush=True)
