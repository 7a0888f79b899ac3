#!/usr/bin/env python3
"""Writes traces of exports, ordinary and misused, for tests of what is unusual (EXP-9).

    generate.py DIR [--seed N]        # the files beside this script are those of seed 1

Each file holds four weeks from 2026-03-16: three to learn from and one more, with Good Friday (2026-04-03) and Easter Monday
(2026-04-06) as holidays and the change to summer time on 2026-03-29. Local time is Europe/Berlin. A trace of misuse is an
ordinary one with what somebody does in its fourth week. Lines: UTC time, user, bytes, cameras separated by blanks.
A head line says what is to be found: `# expect KIND USER since UTC-TIME`, or `# expect nothing`.
"""
import argparse
import pathlib
import random
from datetime import date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

BERLIN = ZoneInfo("Europe/Berlin")
BEGIN = date(2026, 3, 16)
DAYS = 28
HOLIDAYS = {date(2026, 4, 3), date(2026, 4, 6)}
MB = 1_000_000


def camera(number):
    return f"cam-{number:02}"


class Trace:
    def __init__(self, seed, name):
        self.random = random.Random(f"{seed}/{name}")
        self.lines = []

    def export(self, day, hour, minute, user, size, cameras, second=0):
        local = datetime(day.year, day.month, day.day, int(hour), int(minute), int(second), tzinfo=BERLIN)
        self.lines.append((local.astimezone(timezone.utc), user, int(size), sorted(cameras)))

    def some_size(self, median, spread=0.6):
        return median * self.random.lognormvariate(0, spread)

    def some_cameras(self, of, at_most=2):
        return self.random.sample(of, self.random.randint(1, at_most))

    def shift(self, day, user, count, first, last, median, cameras):
        """Exports in a shift, most of them in its middle; a shift may go past midnight."""
        for _ in range(count):
            hour = self.random.triangular(first, last, (first + last) / 2)
            at = day + timedelta(days=int(hour // 24))
            self.export(at, int(hour) % 24, self.random.randint(0, 59), user, self.some_size(median), self.some_cameras(cameras),
                        self.random.randint(0, 59))

    def ordinary(self):
        r = self.random
        busy = BEGIN + timedelta(days=r.choice([22, 23, 24]))  # a day of the fourth week: a request of the police
        for number in range(DAYS):
            day = BEGIN + timedelta(days=number)
            off = day.weekday() >= 5 or day in HOLIDAYS
            if not off:
                self.shift(day, "anna", r.choice([1, 2, 2, 3, 3, 4]), 8, 17, 80 * MB, [camera(n) for n in range(1, 6)])
                self.shift(day, "bert", r.choice([1, 1, 2, 2, 3]), 9, 18, 60 * MB, [camera(n) for n in range(4, 8)])
                # An evidence officer, whose every day is far above the floors of the rest.
                self.shift(day, "vera", r.choice([4, 5, 6, 6, 7]), 7, 16, 700 * MB, [camera(n) for n in range(1, 9)])
                if number >= 9:  # somebody new, in the second week
                    self.shift(day, "dirk", r.choice([0, 1, 1, 2]), 8, 17, 50 * MB, [camera(n) for n in range(1, 4)])
            if number % 6 < 4:  # nights, weekends and holidays alike
                self.shift(day, "nora", r.choice([1, 1, 2]), 22, 30, 40 * MB, [camera(n) for n in range(6, 10)])
            if number % 3 == 0:  # days of any kind
                self.shift(day, "olga", r.choice([1, 2]), 10, 19, 70 * MB, [camera(n) for n in range(2, 6)])
            if day == busy:
                for part in range(5):  # of one length each
                    self.export(day, 9 + part, r.randint(0, 59), "anna", self.some_size(180 * MB, 0.2), [camera(r.randint(1, 5))])
        return self

    def write(self, folder, name, expect):
        self.lines.sort()
        text = [f"# expect {expect}"]
        text += [f"{utc:%Y-%m-%d %H:%M:%S},{user},{size},{' '.join(cameras)}" for utc, user, size, cameras in self.lines]
        (folder / f"{name}.csv").write_text("\n".join(text) + "\n", encoding="ascii")


def night_burst(t, day):
    """Half an hour at night, one export every two minutes."""
    for number in range(14):
        t.export(day, 2, 2 * number, "anna", t.some_size(60 * MB), [camera(t.random.randint(1, 5))])
    return "burst anna", day


def odd_hour(t, day):
    """One export at three in the morning by somebody who works by day."""
    t.export(day, 3, t.random.randint(0, 59), "anna", t.some_size(60 * MB), [camera(2)])
    return "hour anna", day


def big_day(t, day):
    """One day with everything."""
    for number in range(6):
        t.export(day, 9 + number, t.random.randint(0, 59), "bert", t.some_size(900 * MB, 0.2), [camera(t.random.randint(4, 7))])
    return "volume bert", day


def below_the_limit(t, day):
    """A week in which no day stands out (it is some two and a half times a usual one), on top of the ordinary work."""
    first = BEGIN + timedelta(days=22)
    for number in range(4):
        for part in range(6):
            t.export(first + timedelta(days=number), 8 + part, t.random.randint(0, 59), "vera", t.some_size(1_100 * MB, 0.15),
                     [camera(t.random.randint(1, 8))])
    return "week vera", first


def slow_drip(t, day):
    """A small export every hour and a half of a shift, for days."""
    first = BEGIN + timedelta(days=22)
    for number in range(5):
        for part in range(7):
            t.export(first + timedelta(days=number), 9 + part * 1.25 // 1, t.random.randint(0, 59), "bert", t.some_size(4 * MB, 0.3),
                     [camera(t.random.randint(4, 7))])
    return "week bert", first


def many_small(t, day):
    """Not fast enough for a burst, not big, but all day long."""
    for number in range(24):
        t.export(day, 9 + number // 3, 20 * (number % 3), "bert", t.some_size(5 * MB, 0.3), [camera(t.random.randint(4, 7))])
    return "many bert", day


def new_cameras(t, day):
    """Three cameras that this user never exported, on two days."""
    t.export(day, 10, 5, "vera", t.some_size(300 * MB), [camera(31)])
    t.export(day, 11, 5, "vera", t.some_size(300 * MB), [camera(32)])
    t.export(day + timedelta(days=1), 10, 5, "vera", t.some_size(300 * MB), [camera(33)])
    return "cameras vera", day


def newcomer(t, day):
    """Somebody who never exported takes gigabytes on the first day."""
    for number in range(8):
        t.export(day, 9 + number // 2, 30 * (number % 2), "eve", t.some_size(500 * MB, 0.2), [camera(t.random.randint(1, 12))])
    return "newcomer eve", day


def holiday(t, day):
    """Easter Monday, at an hour that is usual on other days."""
    day = date(2026, 4, 6)
    t.export(day, 11, t.random.randint(0, 59), "bert", t.some_size(60 * MB), [camera(5)])
    return "day-off bert", day


MISUSE = [night_burst, odd_hour, big_day, below_the_limit, slow_drip, many_small, new_cameras, newcomer, holiday]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    given.folder.mkdir(parents=True, exist_ok=True)
    Trace(given.seed, "ordinary").ordinary().write(given.folder, "ordinary", "nothing")
    for act in MISUSE:
        trace = Trace(given.seed, act.__name__).ordinary()
        day = BEGIN + timedelta(days=trace.random.choice([22, 23, 24, 25]))  # Tuesday to Friday of the fourth week
        kind, since = act(trace, day)
        begins = datetime(since.year, since.month, since.day, tzinfo=BERLIN).astimezone(timezone.utc)
        trace.write(given.folder, act.__name__, f"{kind} since {begins:%Y-%m-%d %H:%M:%S}")


if __name__ == "__main__":
    main()
