"""The record of what left, kept by hand where no video system helps: what was copied, shown or told; corrections by further rows; a
person's fields erased with the ledger still verifying; media and copies with their day; and a warning about unusual exports, in words."""
import csv
import datetime
import io
import os
import pathlib
import shutil
import subprocess
import sys

from ombud_site import PLUGINS, check, scenario, site_xml, until

if not (pathlib.Path(PLUGINS) / "export_watchdog.so").exists():
    print("needs the module export_watchdog")
    sys.exit(77)

DISCLOSURES, MEDIA = "export_watchdog/disclosures", "export_watchdog/media"
WHO = {"requester_name": "Ottilie Zwiebelfisch", "requester_title": "Kriminaloberkommissarin", "requester_organisation": "Police",
       "authoriser_name": "Benedikt Quastenberg", "authoriser_title": "Head of security"}
PERSONAL = [WHO[name] for name in ("requester_name", "requester_title", "authoriser_name")]
BURST = 11  # one more than usual-count lets pass within an hour


def day(offset):
    return (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=offset)).strftime("%Y-%m-%d")


def fields(**more):
    said = {"recorded_from": "2026-11-20", "recorded_to": "2026-11-21", **WHO, "description": "a theft at the gate",
            "request_reason": "file 17/2026", "grant_reason": "a theft is a crime", "how": "copied", **more}
    return [f"{name}={text}" for name, text in said.items()]


def exports_of(root):
    return f"""  <gates><exports drop="{root}/drop" destroy-by="30d">
      <destination id="evidence" kind="folder" path="{root}/evidence"/>
      <recipient id="police" name="Ada Apt" title="Inspector" organisation="Police" class="other-institution" certificate="{root}/police.pem"/>
  </exports></gates>
"""


with scenario() as make:
    site = make()
    root = site.folder
    for name in ("drop", "evidence"):
        (root / name).mkdir(mode=0o755)
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", "/CN=Police",
                    "-keyout", str(root / "police.key"), "-out", str(root / "police.pem")], check=True, capture_output=True, timeout=60)
    site.file.write_text(site_xml(gate="monitor", retention="monitor", more='    <module id="export_watchdog" mode="enforce">'
                                  '<option name="desk-exporters">root</option></module>\n')
                         .replace("</site>", exports_of(root) + "</site>"))
    site.start()
    site.quiet()

    def rows(noun, *options):
        """By number."""
        return {row["key"]: row for row in site.json(noun, "list", *options)["records"]}

    def audited():
        """What is open of the registers after they were looked through: requirement and text."""
        site.run("audit", "run", "export_watchdog")
        return [(one["control"], one["severity"], one["text"]) for one in site.json("findings", "--module", "export_watchdog", exit_code=None)["findings"]]

    def told(findings, control, severity, *words):
        return any(one[0] == control and one[1] == severity and all(word in one[2] for word in words) for one in findings)

    # Copied, and also where nothing was copied: shown, told. What is missing is said, and nothing is kept of it.
    check("disclosures 1: added" in site.run("disclosure", "add", *fields(how="shown", description="=1+1 looked at")).stdout, "no row 1")
    site.run("disclosure", "add", *fields(how="told", requester_organisation="private"))
    site.run("disclosure", "add", *fields(destroy_by=day(-3)))
    lacking = site.run("disclosure", "add", *[one for one in fields() if not one.startswith("grant_reason")], exit_code=3).stderr
    check("grant_reason" in lacking, f"a row without a reason of the grant: {lacking}")
    wrong = site.run("disclosure", "add", *fields(how="shouted"), exit_code=3).stderr
    check("how" in wrong and "told" in wrong, f"a way that is none: {wrong}")
    check(sorted(rows("disclosure")) == ["1", "2", "3"], f"rows: {rows('disclosure')}")

    # A correction is a further row; both stay, each names the other, and what is corrected cannot be corrected again.
    no_reason = site.run("disclosure", "add", "--corrects", 2, "recorded_to=2026-11-22", exit_code=None)
    check(no_reason.returncode != 0 and "reason" in no_reason.stderr, f"corrected without a reason: {no_reason}")
    site.run("disclosure", "add", "--corrects", 2, "recorded_to=2026-11-22", "--reason", "it was a day longer")
    now, ever = rows("disclosure"), rows("disclosure", "--all")
    check(sorted(now) == ["1", "3", "4"] and sorted(ever) == ["1", "2", "3", "4"], f"rows now {sorted(now)}, ever {sorted(ever)}")
    check(ever["2"]["fields"]["recorded_to"] == "2026-11-21" and ever["2"]["corrected_by"] == "4" and ever["4"]["corrects"] == "2", f"{ever}")
    check(ever["4"]["fields"]["recorded_to"] == "2026-11-22" and ever["4"]["fields"]["how"] == "told", f"row 4: {ever['4']}")
    again = site.run("disclosure", "add", "--corrects", 2, "recorded_to=2026-11-23", "--reason", "once more", exit_code=3).stderr
    check("4" in again, f"a row that was corrected is corrected again: {again}")
    check("only grows" in site.run("register", "set", DISCLOSURES, "1", "how=told", "--reason", "x", exit_code=3).stderr, "a row was changed")
    check("only grows" in site.run("register", "remove", DISCLOSURES, "1", "--reason", "x", exit_code=3).stderr, "a row was removed")

    # Media: known to the recipient or not, due within two weeks, back.
    medium = {"kind": "usb-stick", "label": "S/N 4711", "contents": "gate, 20 November", "exported_by": "Anna Ahorn", "sent_to": WHO["requester_name"],
              "why": "file 17/2026"}
    site.run("medium", "add", *[f"{name}={text}" for name, text in medium.items()], f"destroy_by={day(10)}")
    site.run("medium", "add", *[f"{name}={text}" for name, text in medium.items()], f"destroy_by={day(200)}", "recipient_knows=true")
    found = audited()
    check(told(found, "EXP-5", "warning", "medium 1", "recipient knows"), f"nobody is told that medium 1's recipient was not: {found}")
    check(told(found, "EXP-11", "warning", "medium 1", "must be destroyed or back by " + day(10), "ombud destruction add medium 1"), f"no reminder: {found}")
    check(told(found, "EXP-11", "violation", "disclosure 3", "had to be destroyed or back by " + day(-3)), f"the overdue copy: {found}")
    check(not any("medium 2" in one[2] or "disclosure 1" in one[2] or "disclosure 4" in one[2] for one in found), f"told of what is in order: {found}")

    site.run("medium", "add", "--corrects", 1, "recipient_knows=true", "--reason", "told by telephone")
    site.run("medium", "return", 3, "--by", "Anna Ahorn")
    site.run("destruction", "add", "disclosure", 3, "--by", WHO["requester_name"], "--how", "overwritten", "--day", day(-1), "--detail", "certificate 9")
    nothing = site.run("destruction", "add", "disclosure", 99, "--by", "nobody", exit_code=3).stderr
    check("no record '99'" in nothing, f"an end of what is not there: {nothing}")
    check(not [one for one in audited() if one[0] in ("EXP-5", "EXP-11")], f"told of what has ended: {audited()}")
    ended = rows("destruction")
    astray = site.run("register", "add", "export_watchdog/destructions", "of=medium", "number=77", f"day={day(0)}", "how=destroyed", "by_whom=somebody").stdout
    found = audited()
    check(told(found, "EXP-11", "warning", "destruction 3", "medium 77", "ended nothing"), f"an end of what is not there: {found} {astray}")
    site.run("register", "add", "export_watchdog/destructions", "--corrects", 3, "number=3", "--reason", "a slip of the pen")
    check(not [one for one in audited() if one[0] == "EXP-11"], f"told of what was corrected: {audited()}")
    check(ended["1"]["fields"]["of"] == "medium" and ended["1"]["fields"]["how"] == "returned" and ended["2"]["fields"]["detail"] == "certificate 9", f"{ended}")
    print("shown, told, copied; corrected; reminded, overdue, ended", flush=True)

    # Handed on: CSV for a spreadsheet, JSON for a program; both hold what was entered.
    lines = list(csv.DictReader(io.StringIO(site.run("disclosure", "list", "--all", "--csv").stdout, newline="")))
    check([one["key"] for one in lines] == ["1", "2", "3", "4"], f"CSV: {lines}")
    check(lines[0]["description"] == "'=1+1 looked at", f"a formula in a cell: {lines[0]}")
    for line in lines[1:]:
        record = ever[line["key"]]
        check(all(line[name] == text for name, text in record["fields"].items()), f"CSV {line} is not {record}")
        check(line["corrected_by"] == (record["corrected_by"] or "") and int(line["ledger_index"]) == record["ledger_index"], f"CSV {line}")

    # A person's fields are erased: in every row that a correction made of it, in the files, and the ledger verifies; the rest stays.
    def in_files(text):
        return [path for path in root.rglob("*") if path.is_file() and not path.is_symlink() and text.encode() in path.read_bytes()]

    check(in_files(PERSONAL[0]), "the test looks where the register is not")
    check("erased in 2 rows" in site.run("register", "erase", DISCLOSURES, 4, "--reason", "asked for by letter").stdout, "row 4 corrects row 2")
    for number in ("2", "4"):
        record = rows("disclosure", "--all")[number]["fields"]
        check(all(record[name] == "(erased)" for name in ("requester_name", "requester_title", "authoriser_name")), f"row {number}: {record}")
        check(record["request_reason"] == "file 17/2026" and record["how"] == "told", f"more than the person was erased: {record}")
    check(rows("disclosure")["1"]["fields"]["requester_name"] == WHO["requester_name"], "another row was erased")
    check("nothing personal" in site.run("register", "erase", DISCLOSURES, 4, "--reason", "again").stdout, "erased twice")
    site.verify()
    for number in (1, 3):
        site.run("register", "erase", DISCLOSURES, number, "--reason", "asked for by letter")
    for number in (1, 2, 3):
        site.run("register", "erase", MEDIA, number, "--reason", "asked for by letter")
    for number in (1, 2):
        site.run("register", "erase", "export_watchdog/destructions", number, "--reason", "asked for by letter")
    site.verify()
    entries = "\n".join(str(entry) for entry in site.ledger())
    check(not any(text in entries for text in (*PERSONAL, "Anna Ahorn")), "a name is in the ledger's lines")
    check(site.stop() == 0, "a stop by SIGTERM is no failure")
    for text in (*PERSONAL, "Anna Ahorn"):
        check(not in_files(text), f"'{text}' is still in {in_files(text)}")
    site.start()
    site.quiet()
    site.verify()
    record = rows("disclosure", "--all")
    check(sorted(record) == ["1", "2", "3", "4"] and record["1"]["fields"]["requester_name"] == "(erased)", f"after a restart: {record}")
    print("erased in rows and files; the ledger verifies", flush=True)

    # Exports at the desk write their row themselves; more of them within an hour than usual are told, with the numbers and what to do.
    def submit(number):
        path = root / f"{number}.mp4"
        path.write_bytes(b"plain video %d" % number)
        site.run("export", "submit", path, "--camera", "entrance", "--from", "2026-11-20T14:00", "--to", "2026-11-20T14:30", "--reason", f"file {number}",
                 "--recipient", "police", "--destination", "evidence")

    def unusual():
        return [one for one in site.json("findings", "--control", "EXP-9", exit_code=None)["findings"]]

    for number in range(BURST - 1):
        submit(number)
    until(lambda: len(rows("disclosure")) == 3 + BURST - 1, lambda: f"the rows of the exports: {rows('disclosure')}")
    check(not unusual(), f"told of what is usual: {unusual()}")
    submit(BURST)
    burst = until(unusual, "nobody is told of a burst", 10)
    check(len(burst) == 1 and burst[0]["severity"] == "warning", f"{burst}")
    for words in ("11 exports were made within an hour", "on the first day with exports", "limit 10", "ask the user what it was for"):
        check(words in burst[0]["text"], f"'{words}' is not in: {burst[0]['text']}")
    shown = site.run("findings", "--control", "EXP-9", exit_code=None).stdout
    check("warning" in shown and "within an hour" in shown, f"the command shows: {shown}")
    check("root" not in burst[0]["text"], "the finding names the user in its text")
    print("EXP-9:", burst[0]["text"], flush=True)
    check(site.stop() == 0, "a stop by SIGTERM is no failure")
    site.verify()
    shutil.rmtree(root / "evidence")
