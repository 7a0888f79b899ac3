"""The export desk as a site has it: real accounts hand files in, another one approves, stock openssl opens what left, and no plain
copy stays. Then a full disk, and the whole program is killed again and again while exports stream in: none is lost, none leaves twice."""
import json
import os
import pathlib
import random
import shutil
import subprocess
import sys
import time

from ombud_site import PLUGINS, check, scenario, site_xml, until

if os.geteuid() != 0 or not all(shutil.which(name) for name in ("openssl", "setpriv", "mount", "ffmpeg")):
    print("needs root, openssl, setpriv, mount and ffmpeg")
    sys.exit(77)
if not all((pathlib.Path(PLUGINS) / f"{name}.so").exists() for name in ("export_watchdog", "pixelate")):
    print("needs the modules export_watchdog and pixelate")
    sys.exit(77)

OPERATOR, APPROVER, STRANGER = "games", "nobody", "mail"
SAID = {"camera": "entrance", "from": "2026-11-20T14:00", "to": "2026-11-20T14:30", "reason": "theft 17/2026", "recipient": "police",
        "destination": "evidence"}


def options(**changes):
    """What is said of an export, as options of the command."""
    said = {**SAID, **{key.replace("_", "-"): value for key, value in changes.items()}}
    return [word for key, value in said.items() for word in ("--" + key, value)]


EXPORTS = """    <exports drop="{root}/drop" destroy-by="30d" size-max="64MiB" waiting-max="500">
      <destination id="evidence" kind="folder" path="{root}/evidence"/>
      <destination id="small" kind="folder" path="{root}/small"/>
      <recipient id="police" name="Ada Apt" title="Inspector" organisation="Police" class="other-institution"
                 legal-ground="order of the court 4/2026" certificate="{root}/police.pem"/>
      <recipient id="visitor" name="Vera Vogt" title="visitor" organisation="private" class="data-subject" certificate="{root}/police.pem"/>
      <recipient id="abroad" name="Bo Berg" title="Agent" organisation="Agency" class="third-country" certificate="{root}/police.pem"/>
      <authoriser account="nobody" name="Ben Bauer" title="Head of security"/>
    </exports>
"""


def site_of(root, mode):
    people = "".join(f'<person account="{name}" role="{role}"/>' for name, role in ((OPERATOR, "reader"), (APPROVER, "approver"), (STRANGER, "reader")))
    module = (f'    <module id="export_watchdog" mode="{mode}"><option name="desk-exporters">{OPERATOR} root</option>'
              f'<option name="mask-lifters">{OPERATOR}</option></module>\n'
              '    <module id="pixelate" mode="enforce"><option name="learning">1s</option></module>\n')
    return site_xml(gate="monitor", retention="monitor", more=module).replace(
        "</site>", f"  <people>{people}</people>\n  <gates>\n{EXPORTS.format(root=root)}  </gates>\n</site>")


def openssl(*arguments, exit_code=0):
    done = subprocess.run(["openssl", *map(str, arguments)], capture_output=True, timeout=120)
    check(done.returncode == exit_code, f"openssl {arguments}: {done.stderr.decode()}")
    return done.stdout


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def plain(key, sealed):
    """What a recipient has who knows openssl alone: the parts of the first file, opened and joined."""
    parts = sorted(sealed.glob("file-0001.part-*.cms"))
    check(parts, f"no parts in {names(sealed)}")
    return b"".join(openssl("cms", "-decrypt", "-inform", "DER", "-in", part, "-inkey", key) for part in parts)


with scenario() as make:
    site = make()
    root = site.folder
    for name, mode in (("drop", 0o1777), ("evidence", 0o755), ("small", 0o755), ("mine", 0o777)):
        (root / name).mkdir()
        (root / name).chmod(mode)
    openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=Police", "-keyout", root / "police.key", "-out", root / "police.pem")
    site.file.write_text(site_of(root, "monitor"))
    share = site.share()
    site.start(*share)

    def run(*arguments):
        return site.run_as("root", *arguments)

    def answer(*arguments):
        return json.loads(run("--json", *arguments).stdout)

    def mine(name, content=b"plain video of somebody", owner=OPERATOR):
        path = root / "mine" / name
        path.write_bytes(content)
        shutil.chown(path, owner)
        return path

    def released(number):
        return root / "evidence" / f"ombud-export-scenario-{number}"

    def shown(number):
        return answer("export", "show", number)

    def becomes(number, state, seconds=60):
        until(lambda: shown(number)["state"] == state, lambda: f"export {number} becomes {state}: {shown(number)}", seconds)
        return shown(number)

    def no_plain_copy(text):
        """Searched in every file below the site's folder, the ledger's included."""
        found = [path for path in root.rglob("*") if path.is_file() and not path.is_symlink() and text in path.read_bytes()]
        check(not found, f"a plain copy is left in {found}")

    # In monitor it leaves, sealed, with what would have been.
    site.run_as(OPERATOR, "export", "submit", mine("a.mp4"), *options())
    becomes(1, "released")
    check(plain(root / "police.key", released(1)) == b"plain video of somebody", "openssl opens something else")
    no_plain_copy(b"plain video of somebody")
    check(released(1).owner() == OPERATOR, f"{released(1)} belongs to {released(1).owner()}")
    rows = answer("register", "show", "export_watchdog/disclosures")["records"]
    check(len(rows) == 1 and rows[0]["fields"]["requester_name"] == "Ada Apt" and rows[0]["fields"]["export"] == "1" and
          rows[0]["fields"]["recorded_from"] == "2026-11-20", rows)
    print("monitor: sealed, opened by openssl, registered, nothing plain left", flush=True)

    # In enforce: who may not is refused; another person's file is no one's to give; a third country waits for a second person.
    run("module", "mode", "export_watchdog", "enforce", "--reason", "scenario")
    coverage = {one["control"]: one["levels"]["at gates"] for one in answer("coverage")["controls"]}
    check(coverage["EXP-2"]["level"] == "preventable" and "export desk" in coverage["EXP-2"]["note"], coverage["EXP-2"])
    strange = mine("b.mp4", owner=STRANGER)
    told = site.run_as(OPERATOR, "export", "submit", strange, *options(), exit_code=3).stderr
    absent = site.run_as(OPERATOR, "export", "submit", strange.with_name("z.mp4"), *options(), exit_code=3).stderr
    check("there is no file of this account" in told and told == absent.replace("z.mp4", "b.mp4") and strange.exists(), told + absent)
    told = site.run_as(STRANGER, "export", "submit", strange, *options(), exit_code=1).stdout
    check("refused" in told and "EXP-1" in told, told)
    check(not strange.exists(), "it is not held")
    site.run_as(STRANGER, "export", "withdraw", 2)
    becomes(2, "withdrawn")

    told = site.run_as(OPERATOR, "export", "submit", mine("c.mp4", b"plain video for abroad"),
                       *options(recipient="abroad", legal_ground="treaty 7"))
    check("export 3: asked" in told.stdout and "ombud approve 1" in told.stderr, told)
    check(names(root / "evidence") == ["ombud-export-scenario-1"], "it left unapproved")
    shows = answer("approve")["approvals"][0]
    check(shows["details"]["files"][0]["name"] == "c.mp4" and "treaty 7" in shows["details"]["legal_ground"], shows)
    site.run_as(OPERATOR, "approve", 1, exit_code=3)
    check(site.stop() == 0, "a stop is no failure")
    site.start(*share)
    site.run_as(APPROVER, "approve", 1, "--reason", "the treaty covers it")
    becomes(3, "released")
    row = answer("register", "show", "export_watchdog/disclosures")["records"][-1]["fields"]
    check(row["authoriser_name"] == "Ben Bauer" and row["authoriser_title"] == "Head of security" and row["grant_reason"] == "the treaty covers it", row)
    check(plain(root / "police.key", released(3)) == b"plain video for abroad", "openssl opens something else")
    no_plain_copy(b"plain video for abroad")
    print("enforce: refused, approved by another account over a restart", flush=True)

    # The drop folder: written slowly, described later, links left alone.
    def drop(name, content, described=True, owner=OPERATOR):
        if described:
            (root / "text").write_text("".join(f"{key} = {value}\n" for key, value in SAID.items()))
            shutil.chown(root / "text", owner)
            os.rename(root / "text", root / "drop" / f"{name}.export")
        (root / "new").write_bytes(content)
        shutil.chown(root / "new", owner)
        os.rename(root / "new", root / "drop" / name)

    drop("d.mp4", b"dropped video")
    until(lambda: any(one["id"] == 4 for one in answer("export", "list", "--all")["exports"]), "the drop folder is looked into")
    becomes(4, "released")
    check(released(4).owner() == OPERATOR, f"{released(4)} belongs to {released(4).owner()}")
    os.symlink("/etc/shadow", root / "drop" / "link.mp4")
    until(lambda: "link.mp4" in run("export", "list").stderr, "the link is told")
    (root / "drop" / "link.mp4").unlink()
    print("drop folder", flush=True)

    # Somebody who is in a recording gets a copy that shows nobody else, once another person has looked through it.
    subprocess.run(["ffmpeg", "-v", "error", "-nostdin", "-f", "lavfi", "-i", "testsrc2=size=320x240:rate=10:duration=3", "-c:v", "libx264", "-preset",
                    "ultrafast", "-pix_fmt", "yuv420p", str(root / "film.mp4")], check=True)
    film = (root / "film.mp4").read_bytes()
    (root / "film.mp4").unlink()
    told = site.run_as(OPERATOR, "export", "submit", mine("visit.mp4", film), *options(recipient="visitor"), "--keep", "0.25,0.25,0.5,0.5@1-2")
    check(becomes(5, "unreviewed")["rule"] == "EXP-13", shown(5))
    look = root / "look"
    look.mkdir()
    look.chmod(0o777)
    told = site.run_as(OPERATOR, "export", "sheets", 5, "--out", look / "own", exit_code=3).stderr
    check("approve" in told or "may not" in told or "right" in told, told)
    told = site.run_as(APPROVER, "export", "review", 5, "--accept", exit_code=3).stderr
    check("look through them first" in told and "ombud export sheets 5" in told, told)
    site.run_as(APPROVER, "export", "sheets", 5, "--out", look / "sheets", "--copy")
    check(names(look / "sheets") == ["file-0001-01.jpg", "file-0001.mp4", "file-0001.txt"], names(look / "sheets"))
    check((look / "sheets").stat().st_mode & 0o777 == 0o700 and all(one.stat().st_mode & 0o777 == 0o600 for one in (look / "sheets").iterdir()),
          "the sheets are open to others")
    copy = (look / "sheets" / "file-0001.mp4").read_bytes()
    site.run_as(APPROVER, "export", "review", 5, "--reject", "--reason", "a child in the corner")
    told = site.run_as(OPERATOR, "export", "retry", 5, exit_code=1).stdout
    check("a child in the corner" in told and names(root / "evidence")[-1:] != ["ombud-export-scenario-5"], told)
    site.run_as(OPERATOR, "export", "describe", 5, "--keep", "0.25,0.25,0.5,0.5@1-1.5")
    becomes(5, "unreviewed")
    site.run_as(APPROVER, "export", "review", 5, "--accept", exit_code=3) # of another copy
    site.run_as(APPROVER, "export", "sheets", 5, "--out", look / "again", "--copy")
    site.run_as(APPROVER, "export", "review", 5, "--accept", "--reason", "the visitor alone")
    becomes(5, "released")
    again = (look / "again" / "file-0001.mp4").read_bytes()
    check(plain(root / "police.key", released(5)) == again != copy, "what left is not what was looked through")
    row = answer("register", "show", "export_watchdog/disclosures")["records"][-1]["fields"]
    check("pixelated, but for 1 kept region; looked through by another person" in row["covered"], row)
    (root / "site.pem").write_text(run("seal", "certificate").stdout)
    told = run("seal", "verify", released(5), "--key", root / "police.key", "--cert", root / "police.pem", "--trust", root / "site.pem").stdout
    check(f"looked through by {APPROVER}" in told, told)
    shutil.rmtree(look)
    no_plain_copy(film[-4096:])
    print("data subject: pixelated, rejected, pixelated anew, looked through, left", flush=True)

    # A destination that is full: nothing half released; it leaves once there is room.
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=17m", "ombud-scenario", str(root / "small")], check=True)
    try:
        big = os.urandom(1 << 20) * 8
        told = site.run_as(OPERATOR, "export", "submit", mine("e.mp4", big), *options(destination="small"))
        check("blocked" in told.stdout and "MiB are needed" in told.stdout, told)
        check(names(root / "small") == [], f"half released: {names(root / 'small')}")
        subprocess.run(["mount", "-o", "remount,size=64m", str(root / "small")], check=True)
        site.run_as(OPERATOR, "export", "retry", 6)
        becomes(6, "released")
        check(plain(root / "police.key", root / "small" / "ombud-export-scenario-6") == big, "openssl opens something else")
    finally:
        subprocess.run(["umount", str(root / "small")], check=True)
    print("a full destination", flush=True)

    # Killed at random while exports come in.
    seed = int(os.environ.get("OMBUD_SEED", time.time_ns() % 1_000_000))
    print(f"seed {seed}", flush=True)
    chance = random.Random(seed)
    before = len(names(root / "evidence"))
    wanted, rounds = 0, 12
    for turn in range(rounds):
        for _ in range(3):
            drop(f"k{wanted}.mp4", b"killed video %d." % wanted + os.urandom(chance.choice([10, 200_000])))
            wanted += 1
        time.sleep(chance.random() * 0.6)
        site.kill()
        site.start(*share)
    until(lambda: not answer("export", "list")["exports"] and not names(root / "drop"),
          lambda: f"everything has left: {run('export', 'list').stdout} {names(root / 'drop')}", 120)
    left = names(root / "evidence")
    check(len(left) - before == wanted, f"{wanted} were dropped, {len(left) - before} left: {left}")
    check(not any(name.startswith(".") for name in left), f"something hidden is left: {left}")
    opened = [plain(root / "police.key", root / "evidence" / name).split(b".")[0] for name in left if int(name.split("-")[-1]) > 6]
    check(sorted(opened) == sorted(b"killed video %d" % n for n in range(wanted)), f"not each once: {opened}")
    rows = [one["fields"]["export"] for one in answer("register", "show", "export_watchdog/disclosures")["records"]]
    check(len(rows) == len(set(rows)) == before + 1 + wanted, f"{len(rows)} rows for {before + 1 + wanted} exports")
    keys = site.ledger("seal.key")
    check(keys and keys[0]["index"] < site.ledger("export.released")[0]["index"], f"the key is not told before what it sealed: {keys}")
    entries = [entry for entry in site.ledger("export.released")]
    check(len(entries) == len(rows), f"{len(entries)} entries for {len(rows)} rows")
    no_plain_copy(b"killed video")
    check(names(site.state / "exports") == [], f"left in the host's folder: {names(site.state / 'exports')}")
    site.verify()
    lines = "\n".join(str(entry) for entry in site.ledger())
    for personal in ("Ada Apt", "Bo Berg", "c.mp4", "k1.mp4"):
        check(personal not in lines, f"'{personal}' is in the ledger")
    print(f"{rounds} kills, {wanted} exports: each left once", flush=True)
