"""An export is sealed for a person who has no Ombud, and opened by openssl; what was altered, or is not theirs, does not open."""
import hashlib
import json
import pathlib
import re
import shutil
import signal
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "bed" / "tsa"))
from ombud_site import OMBUD, check, scenario, site_xml, until
from tsa import TimeStampingAuthority


def sh(folder, command):
    done = subprocess.run(["sh", "-ec", command], cwd=folder, capture_output=True, text=True)
    return done.returncode, done.stdout + done.stderr


with scenario() as make:
    site = make(site_xml(gate="monitor"))
    site.start()
    site.quiet()
    site.send_event(user="Erika Mustermann")
    site.quiet()
    check(site.stop() == 0, "a stop by SIGTERM is no failure")
    folder = site.folder
    check(sh(folder, "openssl req -x509 -newkey rsa:2048 -nodes -keyout anna.key -out anna.pem -subj /CN=Anna -days 30; "
                     "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout ben.key -out ben.pem "
                     "-subj /CN=Ben -days 30; openssl req -x509 -newkey rsa:2048 -nodes -keyout eve.key -out eve.pem "
                     "-subj /CN=Eve -days 30; chmod 600 *.key; printf 'correct horse battery' > phrase; chmod 600 phrase")[0] == 0,
          "openssl makes no certificates")
    video = folder / "Einfahrt Süd 1.mp4"
    video.write_bytes(bytes(range(256)) * 40_000)
    facts = ["--export", "E-17", "--reason", "theft in the yard", "--recipient", "Inspector Ede", "--class", "other-institution",
             "--camera", "gate=Einfahrt Süd", "--camera", "yard", "--begin", "2026-01-31T08:00:00Z", "--end", "2026-01-31T09:00:00Z",
             "--destroy-by", "2026-12-31"]

    # Without a key of the site there is no seal; the daemon makes one, or --site does.
    told = site.run("seal", "make", video, "--to", folder / "anna.pem", "--out", folder / "sealed", *facts, exit_code=3)
    check("there are no sealing keys" in told.stderr and "--site ID" in told.stderr, told.stderr)
    site.run("seal", "make", video, "--to", folder / "anna.pem", "--to", folder / "ben.pem", "--passphrase-file", folder / "phrase",
             "--out", folder / "sealed", "--site", "depot", "--ledger-entry", "1", *facts)
    (folder / "site.pem").write_text(site.run("seal", "certificate").stdout)
    keys = json.loads(site.run("seal", "keys", "--json").stdout)
    check([key["subject"] for key in keys] == ["CN=depot"], keys)
    check(oct((site.state / "seal" / "0001.key.pem").stat().st_mode & 0o777) == "0o600", "others may read the site's key")

    # Each recipient opens it by Ombud, and sees what it is of.
    verifier = site.state / "ledger" / "verifier"
    openers = [["--key", folder / "anna.key", "--cert", folder / "anna.pem"], ["--key", folder / "ben.key", "--cert", folder / "ben.pem"],
               ["--passphrase-file", folder / "phrase"]]
    for number, opener in enumerate(openers):
        out = folder / f"opened-{number}"
        told = site.run("seal", "open", folder / "sealed", *opener, "--trust", folder / "site.pem", "--ledger-key", verifier, "--out", out)
        check((out / video.name).read_bytes() == video.read_bytes(), "another file came out")
        check("camera: gate (Einfahrt Süd)" in told.stdout and "ledger: entry 1 of" in told.stdout and "proven" in told.stdout, told.stdout)
    told = json.loads(site.run("seal", "verify", folder / "sealed", *openers[0], "--trust", folder / "site.pem", "--json").stdout)
    check(told["files"][0]["sha256"] == hashlib.sha256(video.read_bytes()).hexdigest(), told)
    check(told["ledger"]["signature_verified"] is False, "claims more than was checked")

    # And by the commands in README.txt, with openssl alone.
    copy = folder / "copy"
    shutil.copytree(folder / "sealed", copy)
    for source, name in [("anna.pem", "CERT.pem"), ("anna.key", "KEY.pem"), ("site.pem", "SITE.pem")]:
        shutil.copy(folder / source, copy / name)
    lines = re.findall(r"^    (.*)", (copy / "README.txt").read_text(), re.M)
    code, said = sh(copy, "\n".join(line for line in lines if "ombud" not in line and "-pwri" not in line))
    check(code == 0 and "CMS Verification successful" in said and "BAD" not in said, said)
    check((copy / "file-0001").read_bytes() == video.read_bytes(), "openssl made another file of it")

    # Whatever is wrong is named, ends with 1, and leaves nothing.
    part, manifest = "file-0001.part-00001.cms", "manifest.cms"
    anna = openers[0]
    for what, change, opener, trust, says in [
            ("another recipient's key", "true", ["--key", folder / "eve.key", "--cert", folder / "eve.pem"], "site.pem", "not sealed for"),
            ("another passphrase", "printf 'incorrect horses' > ../wrong; chmod 600 ../wrong", ["--passphrase-file", folder / "wrong"],
             "site.pem", "the passphrase does not open it"),
            ("an unknown signer", "true", anna, "eve.pem", "whom nobody vouches for"),
            ("a changed bit", f"printf x | dd of={part} bs=1 seek=5000000 conv=notrunc", anna, "site.pem", "its content was altered"),
            ("a part cut off", f"truncate -s -100 {part}", anna, "site.pem", "it is cut off"),
            ("a part gone", f"rm {part}", anna, "site.pem", "is missing"),
            ("no seal", f"rm {manifest}", anna, "site.pem", "is no seal")]:
        shutil.rmtree(folder / "bad", ignore_errors=True)
        shutil.copytree(folder / "sealed", folder / "bad")
        check(sh(folder / "bad", change)[0] == 0, f"{what}: cannot be done")
        for command in (["verify"], ["open", "--out", folder / "never"]):
            told = site.run("seal", command[0], folder / "bad", *opener, "--trust", folder / trust, *command[1:], exit_code=1)
            check(says in told.stderr, f"{what}: {told.stderr}")
        left = [path.name for path in folder.iterdir() if path.name.startswith(".ombud-seal-") or path.name == "never"]
        check(not left, f"{what}: left {left}")
    site.run("seal", "open", folder / "sealed", "--trust", folder / "site.pem", "--out", folder / "never", exit_code=2)

    # A kill while sealing leaves no sealed folder.
    big = folder / "big.avi"
    with big.open("wb") as file:
        file.truncate(2_000_000_000)
    sealing = subprocess.Popen([OMBUD, "--state", site.state, "seal", "make", big, "--to", folder / "anna.pem", "--out",
                                folder / "killed", *facts])
    until(lambda: any(path.name.startswith(".ombud-seal-") for path in folder.iterdir()), "sealing does not begin")
    sealing.send_signal(signal.SIGKILL)
    sealing.wait()
    check(not (folder / "killed").exists(), "a killed sealing left a sealed folder")

    # A new key seals from now on; old seals stay whole.
    site.run("seal", "rotate-key", "--reason", "yearly")
    check(len(json.loads(site.run("seal", "keys", "--json").stdout)) == 2, "the old certificate is gone")
    site.run("seal", "make", video, "--to", folder / "anna.pem", "--out", folder / "second", *facts)
    site.run("seal", "verify", folder / "second", *anna, "--trust", folder / "site.pem", exit_code=1)
    (folder / "all.pem").write_text(site.run("seal", "certificate", "--all").stdout)
    for sealed in ("sealed", "second"):
        site.run("seal", "verify", folder / sealed, *anna, "--trust", folder / "all.pem")

    # Stamped by a real authority; one that is away, that stamps something else, or that nobody trusts ends it, and nothing is left.
    tsa = TimeStampingAuthority(make.folder / "tsa")
    stamping = ["seal", "make", video, "--passphrase-file", folder / "phrase", "--timestamp-url", tsa.url, *facts]
    told = site.run(*stamping, "--out", folder / "stamped", "--timestamp-ca", tsa.ca).stdout
    check("time stamp 20" in told, told)
    (folder / "site.pem").write_text(site.run("seal", "certificate", "--all").stdout)
    looking = ["seal", "verify", folder / "stamped", "--passphrase-file", folder / "phrase", "--trust", folder / "site.pem"]
    check("time stamp: 20" in site.run(*looking, "--tsa-ca", tsa.ca).stdout, "the time is not shown")
    told = site.run(*looking, "--tsa-ca", tsa.folder / "other-ca.pem", exit_code=1).stderr
    check("an authority that is not trusted" in told, told)
    for mode, says in (("down", "answers HTTP 503"), ("other", "is not to what was asked"), ("stranger", "is not trusted")):
        tsa.behave(mode)
        told = site.run(*stamping, "--out", folder / "no", "--timestamp-ca", tsa.ca, exit_code=None)
        check(told.returncode != 0 and "time stamp: " in told.stderr and says in told.stderr and not (folder / "no").exists(), f"{mode}: {told.stderr}")
    told = site.run("seal", "make", video, "--passphrase-file", folder / "phrase", "--out", folder / "no", "--timestamp-ca", tsa.ca, *facts, exit_code=None).stderr
    check("--timestamp-url asks for none" in told, told)
    tsa.end()
