"""Four eyes over the real socket: what one person asks for holds once another account approved it, and only then.

A manifest of an installed module gets two registers here, so that this needs no module of its own."""
import os
import pwd
import shutil
import sys

from ombud_site import MANIFESTS, OMBUD, check, scenario, site_xml

if os.geteuid() != 0 or not shutil.which("setpriv"):
    print("needs root and setpriv, to be other users")
    sys.exit(77)

REGISTERS = """  <registers>
    <register name="recipients" key="address" personal="true" change="two-persons">
      <title>Who may get alarm mail</title>
      <field name="attachments" type="boolean" default="false"><help>pictures may be sent there</help></field>
      <field name="note" type="text" personal="true"><help>who that is</help></field>
    </register>
    <register name="rooms" key="room" personal="false" change="one-person">
      <title>Rooms</title>
      <field name="until" type="date"><help>the day on which it ends</help></field>
    </register>
  </registers>
"""
PLACE, ROOMS = "audio_metadata_gate/recipients", "audio_metadata_gate/rooms"
ADDRESS, NOTE = "secret.person@example.org", "Secret Person of the night shift"
APPROVER, ADMINISTRATOR, READER = "nobody", "daemon", "games"


def become(account, group):
    entry = pwd.getpwnam(account)
    return ["setpriv", f"--reuid={entry.pw_uid}", f"--regid={entry.pw_gid}", f"--groups={group}", "--inh-caps=-all"]


with scenario() as make:
    people = (f'  <people><person account="{APPROVER}" role="approver"/><person account="{ADMINISTRATOR}" role="administrator"/>'
              f'<person account="{READER}" role="reader"/></people>\n')
    site = make(site_xml(gate="monitor").replace("  <modules>", people + "  <modules>"))
    site.manifests = site.folder / "manifests"
    shutil.copytree(MANIFESTS, site.manifests)
    manifest = site.manifests / "audio_metadata_gate.xml"
    whole = manifest.read_text()
    check("  </options>\n" in whole, "the manifest has options, behind which registers stand")
    manifest.write_text(whole.replace("  </options>\n", "  </options>\n" + REGISTERS, 1))
    for folder in (make.folder, site.folder):
        folder.chmod(0o711)
    site.socket = site.folder / "open" / "ombud.sock"
    site.socket.parent.mkdir(mode=0o755)
    program = site.folder / "ombud"
    shutil.copyfile(OMBUD, program)
    program.chmod(0o755)

    def start():
        site.start("--socket", str(site.socket), "--group", "users")

    start()
    group = site.socket.stat().st_gid

    def run(account, *arguments, exit_code=0):
        prefix = [] if account == "root" else become(account, group)
        return site.run("--socket", site.socket, *arguments, prefix=prefix, exit_code=exit_code, program=program)

    # What the registers are, and who may see into them.
    told = run(READER, "register", "list").stdout
    check(PLACE in told and "two-persons" in told and "attachments, note" in told, told)
    check("about persons" in run(READER, "register", "show", PLACE, exit_code=3).stderr, "a reader was shown a register about persons")
    run(READER, "register", "show", ROOMS)
    for account in (READER, APPROVER):
        check("not change" in run(account, "register", "set", ROOMS, "r1", "--reason", "x", exit_code=3).stderr, f"{account} changed a register")

    # One person is enough where the manifest says so.
    check("changed" in run(ADMINISTRATOR, "register", "set", ROOMS, "r1", "until=2030-01-31", "--reason", "let").stdout, "no change")
    told = run("root", "register", "set", ROOMS, "r1", "until=2030-02-30", "--reason", "let", exit_code=3).stderr
    check("until" in told and "2030-02-30" in told, f"a day that is none: {told}")

    # Two where it says that. The administrator asks; neither they nor a reader approves; a restart in between.
    asked = run(ADMINISTRATOR, "register", "set", PLACE, ADDRESS, f"note={NOTE}", "--reason", "new on the night shift").stdout
    check("proposal 1 waits for a second person: ombud approve 1" in asked, asked)
    run("root", "register", "show", PLACE, ADDRESS, exit_code=3)
    check("second person" in run(ADMINISTRATOR, "approve", "1", exit_code=3).stderr, "the asker approved")
    check("not approve" in run(READER, "approve", "1", exit_code=3).stderr, "a reader approved")
    check("(personal)" in run(READER, "approve").stdout and ADDRESS not in run(READER, "approve").stdout, "a reader saw who it is about")
    check("1 proposal waits" in run("root", "status").stdout + run("root", "status").stderr, "status does not tell that a proposal waits")
    check(site.stop() == 0, "a stop by SIGTERM is no failure")
    start()
    check(ADDRESS in run(APPROVER, "approve").stdout, "the approver does not see what to approve")
    check("is approved" in run(APPROVER, "approve", "1", "--reason", "known to me").stdout, "not approved")
    shown = run("root", "register", "show", PLACE, ADDRESS).stdout
    check(NOTE in shown and "attachments: false" in shown, shown)
    check("already" in run("root", "approve", "1", exit_code=3).stderr, "decided twice")

    # Refused, withdrawn: nothing changes.
    run("root", "register", "remove", PLACE, ADDRESS, "--reason", "left")
    run(APPROVER, "approve", "2", "--refuse", "--reason", "still here")
    run(ADMINISTRATOR, "register", "set", PLACE, ADDRESS, "attachments=true", "--reason", "pictures")
    run(ADMINISTRATOR, "approve", "3", "--withdraw")
    check("attachments: false" in run("root", "register", "show", PLACE, ADDRESS).stdout, "changed without approval")
    check("nothing waits" in run("root", "approve").stdout, "something waits still")

    # What is recorded: who asked, who approved, no personal value; and after removal none is left in the file.
    kinds = [entry["kind"] for entry in site.ledger() if entry["kind"].startswith(("approval.", "register."))]
    check(kinds == ["register.changed", "approval.asked", "approval.granted", "register.changed", "approval.asked", "approval.refused",
                    "approval.asked", "approval.withdrawn"], f"recorded: {kinds}")
    run("root", "register", "remove", PLACE, ADDRESS, "--reason", "left")
    run(APPROVER, "approve", "4")
    site.verify()
    check(site.stop() == 0, "a stop by SIGTERM is no failure")
    database = b"".join(path.read_bytes() for path in (site.state / "ledger").glob("ledger.db*"))
    check(b"register.changed" in database, "the ledger is elsewhere")
    for word in (ADDRESS, NOTE):
        check(word.encode() not in database, f"'{word}' is left in the ledger's file")
    log = site.log()
    check(ADDRESS not in log and NOTE not in log, "the log tells of a person")
    print("asked, approved, refused, withdrawn, over a restart", flush=True)
