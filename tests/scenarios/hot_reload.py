"""A new release of a module takes the old one's place under load: first asked beside it, then judging. No event is lost or judged twice, and
what the old one kept goes on; a release that is wrong changes nothing.

usage: hot_reload.py [EVENTS [RATE_PER_S]]
"""
import collections
import itertools
import os
import pathlib
import shutil
import sys
import threading
import time

from ombud_site import MANIFESTS, PLUGINS, check, scenario, site_xml, until

RELEASES = pathlib.Path(os.environ["OMBUD_RELEASES"])
events = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
rate = int(sys.argv[2]) if len(sys.argv) > 2 else 5_000
clients, burst = 4, 25
RUNNERS = ("inline", "sandboxed")


class Load:
    """Sends events as fast as asked for: each client writes a burst of requests before it reads their answers."""

    def __init__(self, site, count=None):
        """@param count  how many; None: until ended()"""
        self.site, self.numbers, self.count, self.enough = site, itertools.count(), count, False
        self.sent, self.seqs, self.errors = 0, [], []
        self.counting = threading.Lock()
        self.began = time.monotonic()
        self.threads = [threading.Thread(target=self.report) for _ in range(clients)]
        for one in self.threads:
            one.start()

    def report(self):
        connection = self.site.connection()
        connection.connect()
        answers = connection.sock.makefile("rb")
        try:
            while True:
                numbers = [number for number in itertools.islice(self.numbers, burst) if self.count is None or number < self.count]
                if not numbers or self.enough:
                    return
                ahead = numbers[0] / rate - (time.monotonic() - self.began)
                if ahead > 0:
                    time.sleep(ahead)
                bodies = [b'{"type":"recording.finished","attachment":"files","fields":{"recording":"r%d"}}' % number for number in numbers]
                connection.sock.sendall(b"".join(b"POST /v1/events HTTP/1.1\r\nHost: o\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s"
                                                 % (len(body), body) for body in bodies))
                for _ in numbers:
                    self.seqs.append(self.answer(answers))
                with self.counting:
                    self.sent += len(numbers)
        except (OSError, AssertionError, ValueError) as error:
            self.errors.append(error)
        finally:
            connection.close()

    @staticmethod
    def answer(stream):
        status, length = stream.readline(), 0
        while (line := stream.readline().strip().lower()) != b"":
            if line.startswith(b"content-length:"):
                length = int(line.split(b":")[1])
        body = stream.read(length)
        check(b" 200 " in status, f"{status} {body}")
        return int(body.split(b'"seq":')[1].strip(b"} \r\n"))

    def goes_on(self, count):
        """Waits until so many more are accepted."""
        goal = self.sent + count
        until(lambda: self.sent >= goal or self.errors, lambda: f"{goal} events are sent: {self.sent}, {self.errors}", 120)

    def ended(self):
        """Events a second."""
        self.enough = self.count is None
        for one in self.threads:
            one.join()
        check(not self.errors, f"a client failed: {self.errors[:1]}")
        check(len(set(self.seqs)) == len(self.seqs) == self.sent, f"{self.sent} events, {len(set(self.seqs))} seqs")
        return self.sent / (time.monotonic() - self.began)


def install(site, release):
    for name, folder in (("counter.so", site.plugins), ("counter.xml", site.manifests)):
        # Replaced as a package manager does: the file that runs is never written to.
        shutil.copyfile(RELEASES / release / name, folder / (name + ".new"))
        (folder / (name + ".new")).rename(folder / name)


def listed(site):
    return {one["id"]: one for one in site.call("GET", "/v1/modules")}["counter"]


def run(make, runner):
    module = f'    <module id="counter" mode="enforce" runner="{runner}"/>\n'
    site = make(site_xml(retention="off", gate="off", more=module), name=runner)
    site.plugins, site.manifests, site.trust = site.folder / "plugins", site.folder / "manifests", ("--dev",)
    site.plugins.mkdir()
    shutil.copytree(MANIFESTS, site.manifests)
    for name in ("connect_folder", "retention_auditor", "audio_metadata_gate"):
        shutil.copyfile(pathlib.Path(PLUGINS) / (name + ".so"), site.plugins / (name + ".so"))
    install(site, "first")
    site.start()
    site.quiet()
    seqs, reloads = [], 0

    # Nothing new, nothing that is there, and what does not start: the old one judges on.
    told = site.run("module", "reload", "counter", "--reason", "scenario", exit_code=None)
    check(told.returncode != 0 and "is what runs" in told.stderr, told.stderr)
    told = site.run("module", "reload", "nobody", "--reason", "scenario", exit_code=None)
    check(told.returncode != 0 and "no module 'nobody'" in told.stderr, told.stderr)
    install(site, "broken")
    told = site.run("module", "reload", "counter", "--reason", "scenario", exit_code=None)
    check(told.returncode != 0 and "this release does not start" in told.stderr, told.stderr)
    (site.manifests / "counter.xml").write_text("<plugin/>")
    told = site.run("module", "reload", "counter", "--reason", "scenario", exit_code=None)
    check(told.returncode != 0 and "counter.xml" in told.stderr, told.stderr)
    check(listed(site)["version"] == "1.0.0" and listed(site)["state"] == "running", f"not as it was: {listed(site)}")

    # Beside it: the same answers from a release that does the same, and each other answer of one that does not.
    for release, differs in (("same", 0), ("stricter", events // 10)):
        install(site, release)
        site.run("module", "shadow", "counter", "--reason", "before it judges")
        check(site.run("module", "shadow", "counter", "--reason", "again", exit_code=None).returncode != 0, "two shadows of one module")
        load = Load(site, events)
        load.ended()
        seqs += load.seqs
        site.quiet(120)
        shadow = until(lambda: (one := listed(site)["shadow"]) and one["asked"] == one["same"] + one["different"] and one,
                       lambda: f"all is compared: {listed(site)}")
        check(shadow["asked"] + shadow["missed"] == events, f"{events} events, the shadow: {shadow}")
        check(shadow["different"] == differs if shadow["missed"] == 0 else shadow["different"] <= differs, f"{differs} differ: {shadow}")
        check("shadow 1." in site.run("module", "list").stdout, "the list shows no shadow")
        if release == "same":
            told = site.run("module", "shadow", "counter", "--end", "--reason", "seen enough").stdout
            check("is not asked any more" in told, told)
            check(listed(site)["shadow"] is None, "the shadow stays")

    # It takes over under load, while it is shadowed still; then back and forth.
    load = Load(site)
    releases = itertools.cycle(["stricter", "same", "first", "stricter", "same"])
    pauses = []
    for number in range(5):
        load.goes_on(events // 6)
        install(site, next(releases))
        told = site.json("module", "reload", "counter", "--reason", f"reload {number}")
        pauses.append(told["paused_ns"] / 1e6)
        reloads += 1
    load.goes_on(events // 6)
    reached = load.ended()
    seqs += load.seqs
    site.quiet(120)
    site.send_event("recording.finished", recording="report")
    site.quiet()
    check(site.stop() == 0, "a stop by SIGTERM is no failure")
    site.verify()

    entries = site.ledger()
    judged = collections.Counter(entry["seq"] for entry in entries if entry["kind"] == "event.judged")
    check(not [seq for seq, count in judged.items() if count > 1], "an event was judged twice")
    check(not set(seqs) - set(judged), f"{len(set(seqs) - set(judged))} accepted events were never judged")
    report = [entry for entry in entries if "counted" in entry.get("answer.counter", "")][-1]["answer.counter"]
    check(report.endswith(f"counted {len(seqs)}"), f"{len(seqs)} events, and what was kept says: {report}")
    check(not [entry for entry in entries if entry["kind"] == "fault"], "a fault while a release took over")
    version, strict, seen = None, None, collections.Counter()
    for entry in entries:
        if entry["kind"] == "module.loaded" and entry["module"] == "counter":
            version = entry["version"]
            check(entry["runner"] == runner, f"it runs elsewhere: {entry}")
        elif entry["kind"] == "event.judged" and entry.get("recording", "").endswith("7"):
            strict = "deny" in entry["answer.counter"]
            check(strict == (version == "1.1.0"), f"entry {entry['index']}: judged by another release than {version}, which the ledger names")
            seen[version] += 1
    check(len(seen) == 3, f"releases that judged: {seen}")
    taken = [entry for entry in entries if entry["kind"] == "module.reloaded"]
    check(len(taken) == reloads and taken[0]["was_version"] == "1.0.0" and taken[0]["version"] == "1.1.0", f"{taken}")
    differing = [entry for entry in entries if entry["kind"] == "module.shadow_differs"]
    check(differing and all("does not like sevens" in entry["shadow"] and entry["judged"].startswith("allow") for entry in differing), f"{differing[:2]}")
    ended = [entry for entry in entries if entry["kind"] == "module.shadow_ended"]
    check([entry["reason"] for entry in ended] == ["seen enough", "a release took over"], f"{ended}")
    print(f"{runner}: {reached:.0f} events/s, {reloads} releases taken, questions waited {min(pauses):.1f} to {max(pauses):.1f} ms", flush=True)


with scenario() as make:
    for runner in RUNNERS:
        run(make, runner)
