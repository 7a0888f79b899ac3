"""A full disk ends the daemon with exit code 3 and a clear message; what was accepted is judged once there is room again."""
import os
import shutil
import subprocess
import sys

from ombud_site import check, scenario, site_xml, until

# The small disk is a tmpfs in a mount namespace of this script's own.
if "OMBUD_IN_NAMESPACE" not in os.environ:
    if os.geteuid() != 0 or subprocess.run(["unshare", "-m", "true"], capture_output=True).returncode != 0:
        print("needs root and mount namespaces")
        sys.exit(77)
    os.execvpe("unshare", ["unshare", "-m", sys.executable, *sys.argv], {**os.environ, "OMBUD_IN_NAMESPACE": "1"})

left_bytes = 512 * 1024

with scenario() as make:
    site = make(site_xml(gate="monitor"))
    site.state.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=128m,mode=700", "tmpfs", str(site.state)], check=True)
    try:
        site.start()
        site.quiet()
        filler = site.state / "filler"
        with open(filler, "wb") as file:
            room = shutil.disk_usage(site.state).free - left_bytes
            while room > 0:
                room -= file.write(b"\0" * min(room, 1 << 20))

        accepted, refusal, connection = [], None, site.connection()
        while refusal is None:
            try:
                accepted.append(site.send_event(connection=connection, words="x" * 2000))
            except (OSError, AssertionError) as error:
                refusal = str(error)
            check(len(accepted) < 100_000, "the disk does not fill")
        check(accepted, "not one event was taken")

        code = site.ended()
        check(code == 3, f"exit code {code}, wanted 3")
        check("nothing can be recorded any more" in site.log() and "free space" in site.log(),
              "the log gives no clear message and next step: " + site.log()[-1000:])

        # Without room it says so, and does not pretend to run.
        if shutil.disk_usage(site.state).free < 64 * 1024:
            site.start(wait=False)
            code = site.ended()
            check(code == 3, f"started on a full disk, exit code {code}")

        filler.unlink()
        site.verify()
        site.start()
        site.quiet()
        more = site.send_event()
        until(lambda: [entry for entry in site.ledger("event.judged") if entry["seq"] == more], "new events are judged")
        check(site.stop() == 0, "a stop by SIGTERM is no failure")
        site.verify()
        judged = [entry["seq"] for entry in site.ledger("event.judged")]
        check(len(judged) == len(set(judged)), "an event was judged twice")
        lost = sorted(set(accepted) - set(judged))
        check(not lost, f"{len(lost)} of {len(accepted)} accepted events were lost: {lost[:10]}")
        print(f"{len(accepted)} events until the disk was full; then: {refusal}", flush=True)
    finally:
        if site.process.poll() is None:
            site.kill()
        subprocess.run(["umount", str(site.state)], check=False)
