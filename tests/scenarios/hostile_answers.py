"""Modules that answer late, wrongly or not at all: a fault is recorded, the fail mode applies, and all others go on."""
from hostile_site import hostile
from ombud_site import check, scenario, site_xml, until

# module, what the recording's id asks for, what the fault says
FAULTS = [
    ("ill_mannered", "nothing", "no verdict was set"),
    ("ill_mannered", "status", "status -77"),
    ("ill_mannered", "action", "unknown verdict 4711"),
    ("ill_mannered", "utf8", "not UTF-8"),
    ("ill_mannered", "length", "100000 bytes"),
    ("ill_mannered", "null", "null pointer"),
    ("ill_mannered", "count", "4294967295 track rules"),
    ("ill_mannered", "kind", "kind 9999"),
    ("thrower", "exception", "thrown on purpose"),
    ("thrower", "number", ""),
    ("thrower", "memory", ""),
    ("ill_mannered", "late", "no answer within 300 ms"),
]
MODULES = ('    <module id="ill_mannered" mode="enforce" runner="{0}"><option name="audit">hangs</option></module>\n'
           '    <module id="thrower" mode="enforce" runner="{0}"/>\n')


def ask(site, recording):
    answer = site.call("POST", "/v1/ask/recording.finished",
                       {"attachment": "files", "fields": {"recording": recording, "device": "entrance", "tracks": "video/h264"}})
    return answer, {one["module"]: one for one in answer["answers"]}


def answer_wrongly(make, runner):
    site = make(site_xml(more=MODULES.format(runner)), runner)
    hostile(site)
    site.start()
    site.quiet()

    answer, answers = ask(site, "well")
    check(answer["action"] == "allow" and len(answers) == 3, f"well-behaved modules are not heard: {answer}")

    for module, manner, says in FAULTS:
        faults_before = len(site.ledger("fault"))
        answer, answers = ask(site, manner)
        own = answers[module]
        check(own["action"] == "fault" and says in own["reason"], f"{manner}: no clear fault: {own}")
        check(answers["audio_metadata_gate"]["action"] == "allow", f"{manner}: the others were not heard: {answers}")
        # ill_mannered fails closed, thrower fails open.
        wanted = "deny" if module == "ill_mannered" else "allow"
        check(answer["action"] == wanted and answer["applied"] == wanted,
              f"{manner}: {answer['action']}, wanted {wanted}: {answer}")
        if wanted == "deny":
            check(module in answer["reason"] and "fails closed" in answer["reason"], f"{manner}: unclear reason: {answer}")
        faults = site.ledger("fault")[faults_before:]
        check([fault["module"] for fault in faults] == [module] and says in faults[0]["text"], f"{manner}: recorded as {faults}")
        check(faults[0]["judgement"] == answer["ledger_index"], f"{manner}: the fault names another judgement")

    # The late one is heard again once it has come back, and its late answer changed nothing.
    def is_back():
        return ask(site, "well")[0]["action"] == "allow"
    until(is_back, "the module that was late answers again")
    now = {one["id"]: one for one in site.call("GET", "/v1/modules")}["ill_mannered"]
    check(now["runner"] == runner, f"it runs elsewhere: {now}")
    if runner == "inline":
        check(now["late_answers"] == 1, f"the late answer is not counted: {now}")
    else: # its process did not live to give it
        check(now["deaths"] == 1 and "no answer within" in now["last_death"], f"the late process was not ended: {now}")

    # In monitor the fault is recorded, and nothing is refused for it.
    site.call("PUT", "/v1/modules/ill_mannered/mode", {"mode": "monitor", "reason": "a scenario"})
    answer, _ = ask(site, "nothing")
    check(answer["action"] == "deny" and answer["applied"] == "allow", f"a module in monitor decided: {answer}")

    # As events, too: a recording that nobody could judge is recorded as such, and is left as it is.
    seq = site.send_event("recording.finished", recording="utf8", device="entrance", tracks="video/h264 audio/aac")
    site.quiet()
    judged = [entry for entry in site.ledger("event.judged") if entry["seq"] == seq]
    check(len(judged) == 1 and "fault (fails closed)" in judged[0]["answer.ill_mannered"], f"the event: {judged}")

    # An audit that hears nothing is given up when it is cancelled; its module judges on, and the host stops in time.
    hanging = until(lambda: next((entry["audit"] for entry in site.ledger("audit.started") if entry["module"] == "ill_mannered"), 0),
                    "the audit that follows the first listing")
    site.call("DELETE", f"/v1/audits/{hanging}")
    ended = until(lambda: (one := site.call("GET", f"/v1/audits/{hanging}"))["state"] != "running" and one, "the audit is given up")
    check(ended["state"] == "cancelled", f"the hanging audit: {ended}")
    check(any("given up" in entry.get("why", "") for entry in site.ledger("audit.ended")), "no entry says that it was given up")
    check(ask(site, "well")[0]["answers"] != [], "the module judges no more")

    check(site.stop() == 0, "a stop by SIGTERM is no failure")
    site.verify()
    print(f"{len(FAULTS)} ways of answering wrongly, {runner}", flush=True)


with scenario() as make:
    for runner in ("sandboxed", "inline"):
        answer_wrongly(make, runner)
