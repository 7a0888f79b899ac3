"""Switching modes under load loses and doubles no event, and each is judged in the mode in force by the ledger's order.

usage: modes_under_load.py [EVENTS [SWITCHES]]
"""
import collections
import itertools
import sys
import threading

from ombud_site import check, scenario, site_xml

events = int(sys.argv[1]) if len(sys.argv) > 1 else 20_000
switches = int(sys.argv[2]) if len(sys.argv) > 2 else 30
clients = 8
module = "audio_metadata_gate"

with scenario() as make:
    site = make(site_xml(retention="off", gate="monitor"))
    site.start()
    numbers = itertools.count(1)
    seqs, errors = [], []
    sent = threading.Semaphore(0)

    def report():
        connection = site.connection()
        try:
            while (number := next(numbers)) <= events:
                seqs.append(site.send_event("recording.finished", connection, recording=f"r{number}", device="entrance",
                                            tracks="video/h264"))
                sent.release()
        except (OSError, AssertionError) as error:
            errors.append(error)
            sent.release(events)

    reporters = [threading.Thread(target=report) for _ in range(clients)]
    for one in reporters:
        one.start()
    modes = itertools.cycle(["enforce", "off", "monitor", "off", "enforce", "monitor"])
    for number in range(switches):
        for _ in range(events // (switches + 1)):
            sent.acquire()  # so that the switches are spread over the load, however fast the machine is
        site.call("PUT", f"/v1/modules/{module}/mode", {"mode": next(modes), "reason": f"switch {number}"})
    for one in reporters:
        one.join()
    check(not errors, f"a client failed: {errors[:1]}")
    site.quiet(120)
    check(site.stop() == 0, "a stop by SIGTERM is no failure")
    site.verify()

    entries = site.ledger()
    check(len(set(seqs)) == events, f"{events} events, {len(set(seqs))} seqs")
    judged = collections.Counter(entry["seq"] for entry in entries if entry["kind"] == "event.judged")
    check(not [seq for seq, count in judged.items() if count > 1], "an event was judged twice")
    check(not set(seqs) - set(judged), f"{len(set(seqs) - set(judged))} accepted events were never judged")

    mode, seen = "monitor", collections.Counter()
    for entry in entries:
        if entry["kind"] == "module.mode":
            check(entry["was"] == mode, f"entry {entry['index']}: was {entry['was']}, by the ledger's order {mode}")
            mode = entry["mode"]
            seen["switched"] += 1
        elif entry["kind"] == "event.judged" and entry["type"] == "recording.finished":
            answer = entry.get("answer." + module)
            used = "off" if answer is None else answer.split()[0]
            check(used == mode, f"entry {entry['index']}: judged in {used}, in force by the ledger's order is {mode}")
            seen[used] += 1
    check(seen["switched"] == switches, f"{seen['switched']} switches in the ledger, wanted {switches}")
    for one in ("off", "monitor", "enforce"):
        check(seen[one] > 0, f"no event was judged in {one}: the load did not overlap the switches")
    print(dict(seen), flush=True)
