"""Recordings that are damaged, odd or hostile: none is lost, each is accounted for, and the host lives."""
import os
import time

from ombud_site import Media, check, scenario, site_xml, until

with scenario() as make:
    media = Media(make.folder)
    whole = media.sound.read_bytes()
    bad = make.folder / "bad.mp4"

    def put_bytes(site, content, tag):
        bad.write_bytes(content)
        return site.put(bad, tag=tag), content

    site = make(site_xml())
    site.start()
    site.quiet()
    kept = dict([
        put_bytes(site, whole[:len(whole) // 2], "cut-in-half"),
        put_bytes(site, whole[:-7], "last-bytes-missing"),
        put_bytes(site, whole[:20], "header-only"),
        put_bytes(site, b"", "empty"),
        put_bytes(site, b"this is a text file\n" * 500, "text"),
        put_bytes(site, b"\x00\x00\x00\x01moov" + b"\xff" * 4000, "box-of-wild-size"),
        put_bytes(site, os.urandom(100_000), "noise"),
    ])
    sparse = site.put(bad, tag="sparse", lock=None)
    os.truncate(sparse, 2 << 30)
    os.utime(sparse, (time.time() - 60,) * 2)
    clean = [site.put(media.sound, tag="new\nline"), site.put(media.sound, tag="quote'\"<&>;$(x)"),
             site.put(media.sound, tag="umlaut-\u00e4\u00f6\u00fc")]

    outside = make.folder / "outside.mp4"
    outside.write_bytes(whole)
    link = site.recordings / "entrance" / "20260101T000000Z-link.mp4"
    link.symlink_to(outside)
    os.mkfifo(site.recordings / "entrance" / "20260101T000001Z-fifo.mp4")
    (site.recordings / "entrance" / "20260101T000002Z-folder.mp4").mkdir()

    growing = site.recordings / "entrance" / time.strftime("%Y%m%dT%H%M%SZ-growing.mp4", time.gmtime())
    with open(growing, "wb") as file:  # written while it is looked at; closed when it is whole
        for at in range(0, len(whole), 8000):
            file.write(whole[at:at + 8000])
            file.flush()
            site.answers()
    clean.append(growing)

    for path in clean:
        until(lambda: media.is_clean(path), f"{path.name!r} is cleaned")
        check(media.is_whole(path), f"{path.name!r}: video was lost")

    def told(path):
        """Whether anything names the recording: a judgement, a finding, or where it was put aside."""
        name = str(path.relative_to(site.recordings))
        return [entry for entry in site.ledger() if entry.get("recording") == name and entry["kind"] != "event.judged"]

    for path, content in kept.items():
        entries = until(lambda: told(path), lambda: f"{path.name} is told of: " + str(
            [entry for entry in site.ledger() if path.name in str(entry)]))
        check(any(entry["kind"].startswith("finding.") or "cannot be read" in entry.get("reason", "") for entry in entries),
              f"{path.name}: nothing says what is wrong with it: {entries}")
    site.quiet()
    for path, content in kept.items():
        aside = [file for file in (site.state / "quarantine").rglob("*") if file.is_file() and
                 file.stat().st_size == len(content) and file.read_bytes() == content]
        still = path.exists() and path.read_bytes() == content
        check(still or aside, f"{path.name}: its bytes are neither in place nor in quarantine")
    aside = [file for file in (site.state / "quarantine").rglob("*") if file.is_file() and file.stat().st_size == 2 << 30]
    check(sparse.exists() or aside, "the sparse file is gone")
    check(outside.read_bytes() == whole and link.is_symlink(), "a file outside the tree was touched through a link")
    check(site.stop() == 0, "a stop by SIGTERM is no failure")
    site.verify()
    print(f"{len(kept) + 1} bad recordings kept, {len(clean)} oddly named or slowly written ones cleaned", flush=True)
