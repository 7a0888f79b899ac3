"""kill -9 at random moments loses nothing, doubles nothing, and leaves a ledger that verifies each time.

usage: kill_points.py [ROUNDS [SEED]]. While recordings with sound arrive, others are overdue or under evidence lock, and
events are reported, the daemon is killed and started again.
"""
import collections
import random
import sys
import threading
import time

from ombud_site import DAY_S, LOCK, Media, check, scenario, until

rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 50
seed = int(sys.argv[2]) if len(sys.argv) > 2 else random.SystemRandom().randrange(1 << 32)
print(f"{rounds} rounds, seed {seed}", flush=True)
chance = random.Random(seed)

with scenario() as make:
    media = Media(make.folder)
    site = make()
    fresh, overdue, locked = [], [], []  # files
    accepted = []                        # seqs that the API answered

    def one_round(number):
        site.start(wait=False)
        over = threading.Event()

        def report():
            connection = None
            while not over.is_set():
                try:
                    connection = connection or site.connection()
                    accepted.append(site.send_event(connection=connection, round=str(number)))
                except OSError:
                    connection = None
                    over.wait(0.01)

        reporters = [threading.Thread(target=report) for _ in range(2)]
        for one in reporters:
            one.start()
        fresh.append(site.put(media.sound, age_s=60, tag=f"{number}a"))
        # Counted from an answer: a slower machine must not turn every kill into one during start-up.
        if chance.random() < 0.8:
            until(site.answers, "the daemon answers")
            fresh.append(site.put(media.sound, age_s=120, tag=f"{number}b"))
            (overdue if number % 2 else locked).append(
                site.put(media.sound, age_s=20 * DAY_S, tag=f"{number}c", lock=None if number % 2 else LOCK))
        time.sleep(chance.random() * 0.5)  # the moment of the kill is what this scenario varies
        check(site.process.poll() is None, "the daemon ended by itself: " + site.log()[-2000:])
        site.kill()
        over.set()
        for one in reporters:
            one.join()
        site.verify()

    # What lies there before the first listing is no news, but the audits' part; all that follows is news.
    site.start()
    site.quiet()
    site.kill()
    for number in range(rounds):
        one_round(number)

    site.start()
    waiting = list(fresh)

    def all_are_clean():
        waiting[:] = [path for path in waiting if not media.is_clean(path)]
        return not waiting

    until(all_are_clean, lambda: f"recordings cleaned: still with sound are {[path.name for path in waiting]}", 120)
    until(lambda: not any(path.exists() for path in overdue), lambda: "overdue recordings gone: still there are " +
          str([path.name for path in overdue if path.exists()]), 120)
    site.quiet(120)
    check(site.stop() == 0, "a stop by SIGTERM is no failure")
    site.verify()

    entries = site.ledger()
    judged = collections.Counter(entry["seq"] for entry in entries if entry["kind"] == "event.judged")
    twice = [seq for seq, count in judged.items() if count > 1]
    check(not twice, f"judged twice: seq {twice}")
    check(len(accepted) == len(set(accepted)), "one seq was answered to two events")
    lost = sorted(set(accepted) - set(judged))
    check(accepted and not lost, f"accepted and never judged: {len(lost)} of {len(accepted)}, seq {lost[:20]}")

    finished = collections.Counter(entry["recording"] for entry in entries
                                   if entry["kind"] == "event.judged" and entry["type"] == "recording.finished")
    # At least once, not exactly: a file that was touched just before a kill may be told as finished again after it.
    for path in fresh + overdue + locked:
        name = str(path.relative_to(site.recordings))
        check(finished[name] >= 1, f"{name}: no judgement of recording.finished")

    for path in fresh:
        check(media.is_whole(path), f"{path}: video was lost")
    for path in locked:
        check(path.read_bytes() == media.sound.read_bytes(), f"{path}: evidence was changed")

    requested = {entry["index"]: entry for entry in entries if entry["kind"] == "action.requested"}
    endings = collections.Counter(entry["request"] for entry in entries
                                  if entry["kind"] in ("action.done", "action.refused", "action.failed"))
    for index, request in requested.items():
        check(endings[index] == 1, f"{request}: ended {endings[index]} times, wanted 1")
    check(set(endings) <= set(requested), "an action ended that nobody had requested")
    failed = [entry for entry in entries if entry["kind"] == "action.failed"]
    check(not failed, f"failed: {failed[:3]}")
    done = {requested[entry["request"]]["recording"] for entry in entries if entry["kind"] == "action.done"}
    for path in fresh + overdue:
        check(str(path.relative_to(site.recordings)) in done, f"{path}: corrected without an entry of it")
    print(f"{len(accepted)} events, {len(fresh)} cleaned, {len(overdue)} deleted, {len(locked)} locked, "
          f"{len(entries)} entries", flush=True)
