"""How a site has its exports sealed: stamped by a real time stamping authority, that may be away or lie, and under a key with a passphrase, or on
a token. What is wrong with any of it is told before an export needs it, or holds the export with its reason."""
import os
import pathlib
import shutil
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "bed" / "tsa"))
from ombud_site import PLUGINS, check, scenario, site_xml, until
from tsa import TimeStampingAuthority

SOFTHSM = pathlib.Path("/usr/lib/softhsm/libsofthsm2.so")
if os.geteuid() != 0 or not shutil.which("openssl") or not shutil.which("softhsm2-util") or not SOFTHSM.exists():
    print("needs root, openssl and softhsm2")
    sys.exit(77)

SAID = ["--camera", "entrance", "--from", "2026-11-20", "--to", "2026-11-20", "--reason", "theft 17/2026", "--recipient", "police",
        "--destination", "evidence"]
TOKEN = "pkcs11:token=site;object=seal;type=private"


def sh(folder, command):
    done = subprocess.run(["sh", "-ec", command], cwd=folder, capture_output=True, text=True)
    check(done.returncode == 0, f"{command}: {done.stdout}{done.stderr}")


def site_of(root, sealing):
    module = '    <module id="export_watchdog" mode="enforce"><option name="desk-exporters">root</option></module>\n'
    desk = f"""<exports destroy-by="30d">
      <destination id="evidence" kind="folder" path="{root}/evidence"/>
      <recipient id="police" name="Ada Apt" title="Inspector" organisation="Police" class="other-institution" certificate="{root}/police.pem"/>
      {sealing}
    </exports>"""
    return site_xml(gate="monitor", retention="monitor", more=module).replace("</site>", f"  <gates>\n{desk}\n  </gates>\n</site>")


with scenario() as make:
    site = make()
    root = site.folder
    (root / "evidence").mkdir()
    sh(root, "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=Police -keyout police.key -out police.pem; chmod 600 police.key; umask 077; "
             "printf 'a phrase for the seal' > phrase; printf 'another phrase' > other; printf 567890 > pin; mkdir tokens; "
             f"printf 'directories.tokendir = {root}/tokens\\n' > softhsm.conf")
    tsa = TimeStampingAuthority(make.folder / "tsa")
    os.environ["SOFTHSM2_CONF"], os.environ["PKCS11_MODULE_PATH"] = str(root / "softhsm.conf"), str(SOFTHSM)
    phrase = '<seal-key secret-file="phrase"/>'
    stamped = f'<time-stamp url="{tsa.url}" ca-file="{tsa.ca}"/>'
    optional = stamped.replace("/>", ' required="false"/>')
    submitted = 0

    def submit():
        """Hands the next export in; its number."""
        global submitted
        submitted += 1
        (root / f"{submitted}.mp4").write_bytes(b"plain video %d" % submitted)
        site.run("export", "submit", root / f"{submitted}.mp4", *SAID, exit_code=None)
        return submitted

    def becomes(number, state):
        until(lambda: site.json("export", "show", number)["state"] == state, lambda: f"export {number} becomes {state}: {site.json('export', 'show', number)}")
        return site.json("export", "show", number)

    def verify(number, *options, exit_code=0):
        (root / "site.pem").write_text(site.run("seal", "certificate", "--all").stdout)
        return site.run("seal", "verify", root / "evidence" / f"ombud-export-scenario-{number}", "--key", root / "police.key", "--cert", root / "police.pem",
                        "--trust", root / "site.pem", *options, exit_code=exit_code)

    def apply(sealing, exit_code=0):
        (root / "new.xml").write_text(site_of(root, sealing))
        return site.run("config", "apply", root / "new.xml", "--reason", "scenario", exit_code=exit_code)

    # Under a passphrase, stamped.
    site.file.write_text(site_of(root, phrase + stamped))
    site.start()
    check("ENCRYPTED PRIVATE KEY" in (site.state / "seal" / "0001.key.pem").read_text(), "the key is under no passphrase")
    first = submit()
    shown = becomes(first, "released")
    check(shown["time_stamped_utc_ns"] > 0, shown)
    told = verify(first, "--tsa-ca", tsa.ca).stdout
    check("time stamp: 20" in told, told)
    check("not looked at" in verify(first).stdout, "a stamp of nobody known counts")
    told = verify(first, "--tsa-ca", tsa.folder / "other-ca.pem", exit_code=1).stderr
    check("an authority that is not trusted" in told, told)
    released = site.ledger("export.released")[0]
    check(released["time_stamped_utc_ns"] == shown["time_stamped_utc_ns"], released)
    print("sealed under a passphrase, stamped, verified", flush=True)

    # An authority that is away, that stamps something else, or that is another's: the export waits with the reason, and leaves afterwards.
    for mode, says in (("down", "answers HTTP 503"), ("other", "is not to what was asked"), ("stranger", "is not trusted")):
        tsa.behave(mode)
        number = submit()
        why = becomes(number, "blocked")["why"]
        check("time stamp" in why and says in why, why)
        check(not any(name.endswith(f"-{number}") for name in os.listdir(root / "evidence")), "it left without a stamp")
        tsa.behave("")
        site.run("export", "retry", number)
        becomes(number, "released")
        check("time stamp: 20" in verify(number, "--tsa-ca", tsa.ca).stdout, "it has no stamp")
    print("an authority that is away, or lies, holds exports back", flush=True)

    # Not required: it leaves without, and that is recorded.
    apply(phrase + optional)
    tsa.behave("down")
    number = submit()
    shown = becomes(number, "released")
    check("answers HTTP 503" in shown["time_stamp_missing"] and shown["time_stamped_utc_ns"] == 0, shown)
    check("answers HTTP 503" in site.ledger("export.released")[-1]["time_stamp_missing"], "it is not recorded")
    check("time stamp" not in verify(number, "--tsa-ca", tsa.ca).stdout, "a stamp is told that there is not")
    tsa.behave("")
    print("not required: sealed without, recorded", flush=True)

    # A site that could not seal is refused whole, and the one before goes on.
    for sealing, says in (('<seal-key secret-file="other"/>', "the passphrase does not open this private key"), ("", "is under a passphrase"),
                          (f'<seal-key token="{TOKEN}" secret-file="pin"/>', "there is no such key"),
                          (phrase + stamped.replace("http://", "ftp://"), "is neither http nor https"),
                          (phrase + f'<time-stamp url="{tsa.url}" ca-file="{root}/none.pem"/>', "none.pem")):
        told = apply(sealing, exit_code=None)
        check(told.returncode != 0 and says in told.stderr, f"{sealing}: {told.stderr}")
    becomes(submit(), "released")
    print("what could not seal is refused", flush=True)

    # From systemd, then on a token.
    check(site.stop() == 0, "a stop is no failure")
    (root / "credentials").mkdir(mode=0o700)
    shutil.copy(root / "phrase", root / "credentials" / "seal")
    site.file.write_text(site_of(root, '<seal-key secret-credential="seal"/>'))
    site.start(env={"CREDENTIALS_DIRECTORY": str(root / "credentials")})
    becomes(submit(), "released")
    check(site.stop() == 0, "a stop is no failure")
    sh(root, "softhsm2-util --init-token --free --label site --so-pin 1234 --pin 567890; "
             "openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out token.pem; softhsm2-util --import token.pem --token site --label seal --id 01 --pin 567890; rm token.pem")
    site.run("seal", "rotate-key", "--reason", "a token was bought", "--site-passphrase-file", root / "phrase", "--new-token", TOKEN, "--new-pin-file", root / "pin")
    site.file.write_text(site_of(root, f'<seal-key token="{TOKEN}" secret-file="pin"/>' + stamped))
    site.start()
    number = submit()
    becomes(number, "released")
    told = verify(number, "--tsa-ca", tsa.ca).stdout
    check("time stamp: 20" in told, told)
    check(sorted(path.name for path in (site.state / "seal").glob("*.key.pem")) == ["0001.key.pem"], "the token's key is in a file")
    check(len(site.ledger("seal.key")) >= 2, "the new certificate is not in the ledger")
    print("by a credential of systemd, and on a token", flush=True)

    # The command stamps as well.
    (root / "own.mp4").write_bytes(b"plain")
    facts = ["--export", "E-1", "--reason", "r", "--recipient", "Ada", "--camera", "entrance", "--begin", "2026-01-31T08:00:00Z", "--end", "2026-01-31T09:00:00Z",
             "--token", TOKEN, "--pin-file", root / "pin", "--to", root / "police.pem"]
    told = site.run("seal", "make", root / "own.mp4", "--out", root / "own", "--timestamp-url", tsa.url, "--timestamp-ca", tsa.ca, *facts).stdout
    check("time stamp 20" in told, told)
    told = site.run("seal", "make", root / "own.mp4", "--out", root / "no", "--timestamp-url", tsa.url, "--timestamp-ca", tsa.folder / "other-ca.pem", *facts, exit_code=3).stderr
    check("is not trusted" in told and not (root / "no").exists(), told)
    told = site.run("seal", "make", root / "own.mp4", "--out", root / "no", "--timestamp-ca", tsa.ca, *facts, exit_code=3).stderr
    check("--timestamp-url asks for none" in told, told)
    site.verify()
    tsa.end()
    print("the command stamps", flush=True)
