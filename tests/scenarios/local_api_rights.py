"""Who may do what over the local socket: its owner everything, members of its group read, everybody else nothing."""
import os
import shutil
import sys

from ombud_site import MANIFESTS, OMBUD, check, scenario, site_xml, until

if os.geteuid() != 0 or not shutil.which("setpriv"):
    print("needs root and setpriv, to be another user")
    sys.exit(77)

NOBODY = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--inh-caps=-all"]
MEMBER = ["setpriv", "--reuid=65534", "--regid=65534", "--groups={}", "--inh-caps=-all"]

READS = [["status"], ["module", "list"], ["findings"], ["coverage"], ["verdicts"], ["actions"], ["plugin", "list"]]

with scenario() as make:
    site = make(site_xml(gate="monitor"))
    for folder in (make.folder, site.folder):
        folder.chmod(0o711)  # others may reach the socket, if it lets them
    # The socket in a folder that others may enter; the state itself is closed to them.
    site.socket = site.folder / "open" / "ombud.sock"
    site.socket.parent.mkdir(mode=0o755)
    program = site.folder / "ombud"  # the build folder may be closed to others
    shutil.copyfile(OMBUD, program)
    program.chmod(0o755)
    site.start("--socket", str(site.socket), "--group", "users")
    site.quiet()
    group = site.socket.stat().st_gid
    check(group != 0 and group != 65534, f"the socket belongs to group {group}")
    member = [word.format(group) for word in MEMBER]
    writes = [["event", "door.opened", "--attachment", "files"], ["module", "mode", "audio_metadata_gate", "off", "--reason", "x"],
              ["config", "apply", site.file, "--reason", "x"], ["audit", "run", "audio_metadata_gate"]]
    site.file.chmod(0o644)

    def run_as(prefix, arguments, exit_code):
        return site.run("--socket", site.socket, *arguments, prefix=prefix, exit_code=exit_code, program=program)

    until(lambda: len(site.ledger("audit.ended")) == 2, "the first audits end")  # they record, too
    size = len(site.ledger())
    for command in READS:
        run_as(member, command, 0)
        told = run_as(NOBODY, command, 3)
        check("permission" in told.stderr.lower() or "may" in told.stderr, f"{command}: unclear: {told.stderr}")
    for command in writes:
        for prefix in (member, NOBODY):
            told = run_as(prefix, command, None)
            check(told.returncode in (1, 3), f"{command} was done for {prefix[1:4]}: {told.stdout}{told.stderr}")
            check("permission" in told.stderr.lower() or "may" in told.stderr, f"{command}: unclear: {told.stderr}")
    check(len(site.ledger()) == size, "something was recorded for somebody who may not write")
    for prefix in (member, NOBODY):
        told = run_as(prefix, ["ledger", "show"], None)
        check(told.returncode == 3 and not told.stdout, f"the ledger's files are open to others: {told.stdout}")
    mode = {one["id"]: one["mode"] for one in site.call("GET", "/v1/modules")}["audio_metadata_gate"]
    check(mode == "monitor", "somebody who may not write changed a mode")
    site.run("--socket", site.socket, *writes[0])
    check(site.stop() == 0, "a stop by SIGTERM is no failure")
    print(f"{len(READS)} reads, {len(writes)} writes, by a member and a stranger", flush=True)
