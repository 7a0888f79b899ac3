"""Whose plugins run: signed by openssl's form, trusted by level, withdrawn, and on record with every verdict."""
import os
import pathlib
import shutil
import subprocess

from ombud_site import MANIFESTS, PLUGINS, check, scenario, site_xml

IDS = ("connect_folder", "retention_auditor", "audio_metadata_gate")


def openssl(*arguments, exit_code=0):
    done = subprocess.run(["openssl", *map(str, arguments)], capture_output=True, text=True, timeout=60)
    check(done.returncode == exit_code, f"openssl {arguments}: {done.returncode} {done.stdout}{done.stderr}")
    return done.stdout + done.stderr


class Signed:
    """A site whose plugins lie in folders of its own, with a key that signs them and is trusted."""

    def __init__(self, site):
        self.site = site
        site.trust = ()  # not --dev: what nobody signed does not run
        site.plugins, site.manifests = site.folder / "plugins", site.folder / "manifests"
        for folder in (site.plugins, site.manifests):
            folder.mkdir()
        for name in IDS:
            shutil.copyfile(pathlib.Path(PLUGINS) / (name + ".so"), site.plugins / (name + ".so"))
            shutil.copyfile(pathlib.Path(MANIFESTS) / (name + ".xml"), self.manifest(name))
        self.key, self.folder = site.folder / "acme.key", site.folder / "trust.d"

    def manifest(self, name):
        return self.site.manifests / (name + ".xml")

    def library(self, name):
        return self.site.plugins / (name + ".so")

    def sign(self, *names, key=None):
        self.site.run("plugin", "sign", *map(self.manifest, names), "--plugins", self.site.plugins, "--key", key or self.key)

    def refused(self, *words):
        """The host does not start, and says why."""
        before = len(self.site.log())
        self.site.start(wait=False)
        check(self.site.ended() == 3, "the host starts with a plugin that it must refuse")
        said = self.site.log()[before:]
        for word in words:
            check(word in said, f"'{word}' is not in what it says: {said}")

    def ask(self):
        answer = self.site.json("ask", "stream.open", "camera=entrance", "device=entrance", "stream=s", "tracks=video/h264",
                                "--attachment", "files")
        return answer["ledger_index"]


with scenario() as make:
    site = make(site_xml(gate="enforce"))
    signed = Signed(site)

    # Nobody signed: nothing starts, and the way out is named.
    signed.refused("retention_auditor.xml: is not signed", "ombud plugin sign", "unsigned=")

    # Our signature is openssl's; the key is for its owner alone.
    site.run("plugin", "keygen", signed.key)
    check(signed.key.stat().st_mode & 0o777 == 0o600, "the private key is not for its owner alone")
    signed.sign(*IDS)
    pinned = signed.manifest("retention_auditor")
    check(b"<library sha256=" in pinned.read_bytes(), "the manifest does not name its library")
    openssl("pkeyutl", "-verify", "-rawin", "-pubin", "-inkey", f"{signed.key}.pub", "-in", pinned, "-sigfile", f"{pinned}.sig")
    openssl("pkeyutl", "-verify", "-rawin", "-pubin", "-inkey", f"{signed.key}.pub", "-in", signed.manifest("connect_folder"),
            "-sigfile", f"{pinned}.sig", exit_code=1)
    once = pinned.read_bytes()
    signed.sign("retention_auditor")
    check(pinned.read_bytes() == once, "signing again changes a manifest that says it all")

    # A key under a passphrase is openssl's, too, and useless without it.
    guarded, passphrase = site.folder / "guarded.key", site.folder / "passphrase"
    passphrase.write_text("correct horse battery\n")
    passphrase.chmod(0o600)
    site.run("plugin", "keygen", guarded, "--passphrase-file", passphrase)
    check("ENCRYPTED PRIVATE KEY" in guarded.read_text(), "the key lies open")
    openssl("pkey", "-in", guarded, "-passin", f"file:{passphrase}", "-noout")
    own = site.folder / "openssl.key"
    openssl("genpkey", "-algorithm", "ed25519", "-aes-256-cbc", "-pass", f"file:{passphrase}", "-out", own)
    own.chmod(0o600)
    openssl("pkey", "-in", own, "-passin", f"file:{passphrase}", "-pubout", "-out", f"{own}.pub")
    for key in (guarded, own):
        site.run("plugin", "sign", pinned, "--plugins", site.plugins, "--key", key, "--passphrase-file", passphrase)
        openssl("pkeyutl", "-verify", "-rawin", "-pubin", "-inkey", f"{key}.pub", "-in", pinned, "-sigfile", f"{pinned}.sig")
    said = site.run("plugin", "sign", pinned, "--plugins", site.plugins, "--key", guarded, exit_code=None)
    check(said.returncode != 0 and "--passphrase-file" in said.stderr, f"signed without the passphrase: {said}")
    passphrase.write_text("too short\n")
    said = site.run("plugin", "keygen", site.folder / "weak.key", "--passphrase-file", passphrase, exit_code=None)
    check(said.returncode != 0 and "9 bytes; it takes 12" in said.stderr and not (site.folder / "weak.key").exists(), f"a weak one: {said}")
    passphrase.write_text("another one of them\n")
    said = site.run("plugin", "sign", pinned, "--plugins", site.plugins, "--key", guarded, "--passphrase-file", passphrase, exit_code=None)
    check(said.returncode != 0 and "does not open" in said.stderr, f"signed with another passphrase: {said}")
    signed.sign("retention_auditor")

    # `plugin check` looks at the signature, too.
    for key, wanted in ((signed.key, "pass"), (guarded, "fail")):
        told = site.json("plugin", "check", signed.library("retention_auditor"), "--manifest", pinned, "--only", "manifest.signature",
                         "--key", f"{key}.pub", exit_code=None)["checks"][0]
        check(told["outcome"] == wanted, f"with {key} checked as {told}")

    # Signed by a stranger is not signed. Then the stranger is trusted.
    signed.refused("somebody else signed it")
    site.run("plugin", "verify", pinned, "--plugins", site.plugins, "--trust", signed.folder, exit_code=1)
    told = site.run("plugin", "trust", "add", "acme", f"{signed.key}.pub", "--level", "organisation", "--trust", signed.folder,
                    "--reason", "our own build server")
    check("records the change when it starts" in told.stderr, f"nobody says that no host runs: {told.stderr}")
    verified = site.json("plugin", "verify", pinned, "--plugins", site.plugins, "--trust", signed.folder)
    check(verified["signer"] == "acme" and verified["level"] == "organisation", f"verified as {verified}")
    site.start()
    site.quiet()
    check([entry["signer"] for entry in site.ledger("trust.key")] == ["acme"], "the key is not on record")
    check(site.ledger("trust.key")[0]["reason"] == "our own build server", "its reason is not on record")
    modules = {row["id"]: row for row in site.json("module", "list")}
    check(modules["retention_auditor"]["signer"] == "acme", f"module list: {modules}")
    loaded = {entry["module"]: entry for entry in site.ledger("module.loaded")}
    check(set(loaded) == set(IDS), f"loaded: {set(loaded)}")
    check(all(entry["level"] == "organisation" and entry["signer"] == "acme" for entry in loaded.values()), f"{loaded}")
    check(loaded["connect_folder"]["attachment"] == "files", "the connector's entry does not name its attachment")

    # A signature that openssl made, with a key that openssl made, is as good.
    other = site.folder / "other.key"
    openssl("genpkey", "-algorithm", "ed25519", "-out", other)
    other.chmod(0o600)
    openssl("pkey", "-in", other, "-pubout", "-out", f"{other}.pub")
    openssl("pkeyutl", "-sign", "-rawin", "-inkey", other, "-in", pinned, "-out", f"{pinned}.sig")
    told = site.run("plugin", "trust", "add", "other", f"{other}.pub", "--level", "organisation", "--trust", signed.folder,
                    "--reason", "a second builder")
    check("key other: organisation, was none" in told.stdout, f"the running host does not take it up: {told.stdout}{told.stderr}")
    first = signed.ask()
    site.stop()
    site.start()
    site.quiet()
    check({row["id"]: row for row in site.json("plugin", "list")}["retention_auditor"]["signer"] == "other", "openssl's does not count")
    site.stop()
    signed.sign("retention_auditor")

    # Another binary, another verdict, and the ledger tells which is which.
    library = signed.library("audio_metadata_gate")
    library.write_bytes(library.read_bytes() + b"\n")
    signed.refused("audio_metadata_gate.so: its SHA-256 is")
    signed.sign("audio_metadata_gate")
    site.start()
    site.quiet()
    second = signed.ask()
    whys = [site.json("ledger", "show", index, "--why") for index in (first, second)]
    binaries = [[one for one in why["modules"] if one["module"] == "audio_metadata_gate"][0] for why in whys]
    check(binaries[0]["library"] != binaries[1]["library"], "two binaries are told as one")
    for one, why in zip(binaries, whys):
        check(one["runner"] and one["signer"] == "acme" and one["answer"] and one["config"] and "config_entry" in one, f"why: {one}")
        check(one["loaded"] < why["index"], "a binary was loaded after it judged")
    check(binaries[1]["library"] == site.json("plugin", "verify", signed.manifest("audio_metadata_gate"), "--plugins", site.plugins,
                                              "--trust", signed.folder)["sha256"], "it is not the binary that lies there")
    text = site.run("ledger", "show", second, "--why").stdout
    check("signed by      acme (organisation)" in text and binaries[1]["library"] in text, f"the text says less: {text}")
    check("names no module" in site.run("ledger", "show", 0, "--why", exit_code=1).stderr, "any entry has a why")

    # What is withdrawn while it runs is a finding, and is refused at the next start; an index is never set back.
    index = site.folder / "acme.xml"
    site.run("plugin", "index", "make", index, "--key", signed.key, "--add", signed.manifest("audio_metadata_gate"))
    shutil.copyfile(index, site.folder / "old.xml")
    shutil.copyfile(f"{index}.sig", site.folder / "old.xml.sig")
    site.run("plugin", "index", "make", index, "--key", signed.key, "--withdraw", binaries[1]["library"], "--reason", "forgets hours")
    site.run("plugin", "index", "verify", index, "--trust", signed.folder)
    told = site.run("plugin", "index", "apply", index, "--trust", signed.folder, "--reason", "vendor's notice 7")
    check("1 withdrawn" in told.stdout, f"applied: {told.stdout}")
    rows = [row for row in site.json("findings")["findings"] if row["module"] == "ombud.trust"]
    check(len(rows) == 1 and "forgets hours" in rows[0]["text"], f"findings: {rows}")
    state = {row["id"]: row for row in site.json("plugin", "list")}["audio_metadata_gate"]
    check(state["state"] == "withdrawn" and "forgets hours" in state["problem"], f"plugin list: {state}")
    old = site.run("plugin", "index", "apply", site.folder / "old.xml", "--trust", signed.folder, "--reason", "x", exit_code=3)
    check("never set back" in old.stderr, f"set back: {old.stderr}")
    site.stop()
    # Not even by whoever sets the folder back.
    for name in ("acme.index.xml", "acme.index.xml.sig"):
        shutil.copyfile(site.folder / name.replace("acme.index", "old"), signed.folder / name)
    signed.refused("is withdrawn by 'acme' (index 2): forgets hours")
    library.write_bytes(library.read_bytes() + b"\n")
    signed.sign("audio_metadata_gate")
    site.start()
    site.quiet()
    check(not [row for row in site.json("findings")["findings"] if row["module"] == "ombud.trust"], "the finding stays open")
    check(any("never set back" in one for one in site.json("status")["warnings"]), "the old index in the folder is no warning")
    site.stop()

    # Older than what ran here: refused, unless the site says why.
    manifest = signed.manifest("audio_metadata_gate")
    manifest.write_text(manifest.read_text().replace('version="0.1.0"', 'version="0.0.9"'))
    signed.sign("audio_metadata_gate")
    signed.refused("is version 0.0.9, and 0.1.0 ran here")
    newer = site.file.read_text()
    site.file.write_text(newer.replace('<module id="audio_metadata_gate"', '<module id="audio_metadata_gate" older="0.1.0 misses a camera"'))
    site.start()
    site.quiet()
    site.stop()

    # Changed after it was signed; and the signature of another manifest.
    whole = manifest.read_bytes()
    manifest.write_bytes(whole.replace(b'fail="closed"', b'fail="open"'))
    signed.refused("audio_metadata_gate.xml: its signature is of none of the keys")
    manifest.write_bytes(whole)
    shutil.copyfile(f"{manifest}.sig", site.folder / "kept.sig")
    shutil.copyfile(f"{pinned}.sig", f"{manifest}.sig")
    signed.refused("audio_metadata_gate.xml: its signature is of none of the keys")

    # Unsigned for a reason: everybody sees it.
    os.remove(f"{manifest}.sig")
    signed.refused("audio_metadata_gate.xml: is not signed")
    site.file.write_text(site.file.read_text().replace('<module id="audio_metadata_gate"', '<module id="audio_metadata_gate" unsigned="trial until May"'))
    site.start()
    site.quiet()
    check("no: trial until May" in site.run("module", "list").stdout, "module list does not say why it is unsigned")
    why = site.json("ledger", "show", signed.ask(), "--why")["modules"]
    one = [row for row in why if row["module"] == "audio_metadata_gate"][0]
    check(one["level"] == "unsigned" and one["unsigned"] == "trial until May" and "signer" not in one, f"why: {one}")
    check(one["runner"] == "sandboxed" and "seccomp" in one["sandbox"], f"what nobody signed runs inline: {one}")

    # A key that is trusted no longer, nor in a folder that others may write.
    told = site.run("plugin", "trust", "remove", "acme", "--trust", signed.folder, "--reason", "the build server was broken into")
    check("key acme: withdrawn, was organisation" in told.stdout, f"removed: {told.stdout}")
    site.stop()
    signed.refused("whose key is withdrawn: the build server was broken into")
    signed.folder.chmod(0o777)
    signed.refused("writable by group or others (mode 0777)")
    signed.folder.chmod(0o755)
    site.verify()

# What is installed is signed by the installation itself, and runs without another word.
with scenario() as make:
    site = make(site_xml())
    root = site.folder / "installed"
    done = subprocess.run(["cmake", "--install", str(pathlib.Path(PLUGINS).parent), "--component", "plugins", "--prefix", str(root)],
                          capture_output=True, text=True, timeout=120)
    check(done.returncode == 0, f"cmake --install: {done.stdout[-2000:]}{done.stderr[-2000:]}")
    site.plugins, site.manifests = root / "lib/ombud/plugins", root / "share/ombud/manifests"
    site.trust = ("--trust", str(root / "share/ombud/trust.d"))
    site.start()
    site.quiet()
    check({row["id"]: row["level"] for row in site.json("module", "list")}["retention_auditor"] == "ours", "it is not `ours`")
    check(not list(root.rglob("*.key")) and not list(root.rglob("key")), "a private key was installed")
    site.stop()
