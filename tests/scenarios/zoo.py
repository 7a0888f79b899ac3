"""The zoo let out in a whole host, inline where a process survives it and sandboxed: what each attack comes to, and what the ledger has of it.

Compares what it saw with the table in tests/hostile/README.md; OMBUD_REWRITE=1 writes that table instead.
"""
import contextlib
import os
import signal

from hostile_site import SOURCES, hostile
from ombud_site import check, scenario, site_xml, until

# attack in words, module, what the recording's id asks for, runners, what comes of it: the decision and words of the answer or fault.
# Words that say less than they could stand where the kernel or the load decides which of several ends it takes.
INLINE, SANDBOXED = "inline", "sandboxed"
BOTH, APART = (INLINE, SANDBOXED), (SANDBOXED,)
FAULT = "fault: "
ATTACKS = [
    # Answers. ill_mannered and zoo fail closed, thrower fails open.
    ("sets no verdict (UNSET)", "ill_mannered", "nothing", BOTH, "deny", FAULT + "no verdict was set"),
    ("answers a status that nobody knows", "ill_mannered", "status", BOTH, "deny", FAULT + "judging failed: status -77"),
    ("answers a verdict that nobody knows", "ill_mannered", "action", BOTH, "deny", FAULT + "unknown verdict 4711"),
    ("gives a reason that is not UTF-8", "ill_mannered", "utf8", BOTH, "deny", "not UTF-8"),
    ("gives a reason of 100,000 bytes", "ill_mannered", "length", BOTH, "deny", "100000 bytes"),
    ("gives a text without an address", "ill_mannered", "null", BOTH, "deny", "null pointer"),
    ("gives 4,294,967,295 rules for tracks", "ill_mannered", "count", BOTH, "deny", "4294967295 track rules"),
    ("gives a rule for a kind of track that nobody knows", "ill_mannered", "kind", BOTH, "deny", "kind 9999"),
    ("gives a text at an address that is none", "zoo", "wild", APART, "deny", "killed by signal 11"),
    ("gives rows at an address that is none", "zoo", "rows", APART, "deny", "killed by signal 11"),
    ("throws an exception", "thrower", "exception", BOTH, "allow", "thrown on purpose"),
    ("throws a number", "thrower", "number", BOTH, "allow", FAULT + "judging failed"),
    ("throws for want of memory", "thrower", "memory", BOTH, "allow", FAULT + "judging failed"),
    # Requests.
    ("asks for an action that its manifest does not declare", "zoo", "demand", BOTH, "allow", "its request was refused"),
    ("raises a finding whose texts are at no address", "zoo", "nonsense", APART, "deny", "killed by signal 11"),
    # Time.
    ("answers after its deadline", "ill_mannered", "late", BOTH, "deny", "no answer within 300 ms"),
    ("computes for ever", "zoo", "loop", APART, "deny", "no answer within 1000 ms"),
    ("waits for ever", "zoo", "hang", APART, "deny", "no answer within 1000 ms"),
    ("sleeps for a day", "zoo", "sleep", APART, "deny", "no answer within 1000 ms"),
    ("ignores every signal and computes for ever", "zoo", "deaf", APART, "deny", "no answer within 1000 ms"),
    ("stops its process", "zoo", "freeze", APART, "deny", "no answer within 1000 ms"),
    # Ends.
    ("writes to an address that is none", "zoo", "crash", APART, "deny", "killed by signal 11"),
    ("calls itself without end", "zoo", "overflow", APART, "deny", "killed by signal 11"),
    ("aborts", "zoo", "abort", APART, "deny", "killed by signal 6"),
    ("calls _exit", "zoo", "leave-quietly", APART, "deny", "it ended by itself with exit status 0"),
    ("calls exit", "zoo", "leave", APART, "deny", FAULT),
    ("crashes over the first delivery", "zoo", "crash-once", APART, "allow", "asked once more, and flagged so"),
    # What it takes.
    ("takes all memory", "zoo", "eat", APART, "deny", FAULT),
    ("takes all shared memory", "zoo", "eat-shared", APART, "deny", FAULT),
    ("forks a thousand times", "zoo", "breed", APART, "allow", "tame"),
    ("begins 10,000 threads", "zoo", "threads", APART, "allow", "tame"),
    ("opens descriptors until none is left", "zoo", "leak", APART, "allow", "tame"),
    # What it touches.
    ("writes over what it was lent", "zoo", "forge", BOTH, "allow", "tame"),
    ("scribbles over the memory that it shares with the host", "zoo", "scribble", APART, "deny", FAULT),
    ("does so in a thread, and answers", "zoo", "scribble-beside", APART, None, ""),
    ("shrinks and grows that memory", "zoo", "shrink", APART, "allow", "tame"),
    ("closes every descriptor", "zoo", "close-all", APART, "allow", "tame"),
    ("unmaps everything", "zoo", "unmap-all", APART, "deny", FAULT),
    ("kills the host", "zoo", "kill-host", APART, "allow", "tame"),
    ("kills every process", "zoo", "kill-all", APART, "allow", "tame"),
    ("attaches to the host as a debugger", "zoo", "spy", APART, "deny", "killed by signal 31"),
    ("runs a program", "zoo", "run", APART, "deny", "killed by signal 31"),
    ("opens a socket of every kind", "zoo", "call-home", APART, "allow", "tame"),
]
MODULES = ('    <module id="ill_mannered" mode="enforce" runner="{0}"/>\n'
           '    <module id="thrower" mode="enforce" runner="{0}"/>\n'
           '    <module id="zoo" mode="enforce" runner="{0}"/>\n')
PLACE = SOURCES / "README.md"
BEGIN, END = "<!-- the table begins -->\n", "<!-- the table ends -->\n"


def begun(make, runner, name):
    site = make(site_xml(more=MODULES.format(runner)), name)
    hostile(site)
    site.start()
    site.quiet()
    return site


def ask(site, recording):
    answer = site.call("POST", "/v1/ask/recording.finished",
                       {"attachment": "files", "fields": {"recording": recording, "device": "entrance", "tracks": "video/h264"}})
    return answer, {one["module"]: one for one in answer["answers"]}


def module(site, name):
    return {one["id"]: one for one in site.call("GET", "/v1/modules")}[name]


def look_at(site, name, *modes):
    """What an administrator does when a module died too often: looks at it, and switches its mode."""
    for mode in modes or ("enforce",):
        site.call("PUT", f"/v1/modules/{name}/mode", {"mode": mode, "reason": "was looked at"})


def is_well(site, name):
    """The next harmless question is answered, sooner or later: what was let out may still be about."""
    look_at(site, name)
    return ask(site, "sheep")[1][name]["action"] == "allow"


def let_out(site, runner, attack, name, animal, decision, words):
    """One attack; its row of the table."""
    pid, deaths = site.process.pid, module(site, name).get("deaths", 0)
    answer, answers = ask(site, animal)
    own = answers[name]
    text = own["action"] + ": " + own["reason"]
    check(words in text, f"{animal}, {runner}: not '{words}' but {own}")
    check(decision in (None, answer["applied"]), f"{animal}, {runner}: applied {answer['applied']}, wanted {decision}: {answer}")
    check(answers["audio_metadata_gate"]["action"] == "allow", f"{animal}, {runner}: the others were not heard: {answers}")
    check(site.process.poll() is None and site.process.pid == pid, f"{animal}, {runner}: the host is gone")
    is_fault = own["action"] == "fault"

    # On record: the judgement, and a fault that names it, or none.
    entry = [one for one in site.ledger("hook.judged") if one["index"] == answer["ledger_index"]]
    check(len(entry) == 1, f"{animal}, {runner}: no judgement {answer['ledger_index']}")
    entry = entry[0]
    faults = [one for one in site.ledger("fault") if one.get("judgement") == answer["ledger_index"]]
    check([one["module"] for one in faults] == ([name] if is_fault else []), f"{animal}, {runner}: recorded as {faults}")
    check(not is_fault or words.removeprefix(FAULT) in faults[0]["text"], f"{animal}, {runner}: recorded as {faults}")
    check(not site.ledger("action.requested"), f"{animal}, {runner}: an action was asked for")
    recorded = "the fault" if is_fault else "the answer"
    if decision is None:
        recorded = "what came"
    check(entry["recording"] == animal, f"{animal}, {runner}: what was judged is recorded otherwise: {entry}")

    died = module(site, name).get("deaths", 0) - deaths
    until(lambda: is_well(site, name), f"{name} answers again after {animal}, {runner}")
    check(not os.path.exists("/tmp/ombud-zoo"), f"{animal}, {runner}: it ran a program of the machine")
    if runner == SANDBOXED: # threads, descriptors and shared memory of this attack are no part of the next
        look_at(site, name, "off", "enforce")
    says = words.removeprefix(FAULT) or ("of one kind or another" if decision else "whatever comes of it")
    return (attack, runner, ("fault: " if is_fault and decision else "") + says, decision or "the fault's, or the answer's", recorded,
            "another process answers" if died and decision else "it answers on" if decision else "the next one is answered")


def twice_deadly_event(site):
    """An event that kills two processes is set aside: a fault, a finding, and the next event is judged."""
    seq = site.send_event("recording.finished", recording="crash", device="entrance", tracks="video/h264")
    site.quiet()
    judged = [one for one in site.ledger("event.judged") if one["seq"] == seq]
    check(len(judged) == 1 and "fault (fails closed)" in judged[0]["answer.zoo"] and "killed by signal 11" in judged[0]["answer.zoo"], f"judged: {judged}")
    faults = [one for one in site.ledger("fault") if one.get("judgement") == judged[0]["index"]]
    check(len(faults) == 1 and "killed by signal 11" in faults[0]["text"], f"the fault: {faults}")
    findings = [one for one in site.json("findings")["findings"] if one["key"] == f"set-aside/recording.finished/{seq}"]
    check(len(findings) == 1 and findings[0]["severity"] == "violation" and "it was set aside" in findings[0]["text"], f"no finding tells of it: {findings}")
    check([one for one in site.ledger() if one["index"] == findings[0]["ledger_index"]], "the finding is not on record")
    look_at(site, "zoo")
    return ("kills two processes over one event", SANDBOXED, "fault: killed by signal 11", "deny", "the fault, and a finding: the event is set aside",
            "another process answers")


def flagged_redelivery(site):
    """An event whose process dies is delivered once more, flagged; nothing is lost, nothing is judged twice, and no fault is left."""
    seq = site.send_event("recording.finished", recording="crash-once", device="entrance", tracks="video/h264")
    site.quiet()
    judged = [one for one in site.ledger("event.judged") if one["seq"] == seq]
    check(len(judged) == 1 and "asked once more, and flagged so" in judged[0]["answer.zoo"], f"judged: {judged}")
    check(not [one for one in site.ledger("fault") if one.get("judgement") == judged[0]["index"]], "a fault though it answered")
    look_at(site, "zoo")
    return ("crashes over the first delivery of an event", SANDBOXED, "asked once more, and flagged so", "allow", "the answer, once",
            "another process answers")


def rests(site):
    """Who dies five times within a minute rests, is told, and starts again once somebody has looked."""
    until(lambda: ask(site, "crash") and module(site, "zoo")["state"] == "resting", lambda: f"it rests: {module(site, 'zoo')}")
    answer, answers = ask(site, "sheep")
    words = "it rests after 5 deaths within a minute"
    check(words in answers["zoo"]["reason"] and answer["applied"] == "deny", f"resting: {answer}")
    faults = [one for one in site.ledger("fault") if one.get("judgement") == answer["ledger_index"]]
    check(len(faults) == 1 and words in faults[0]["text"], f"resting, recorded as {faults}")
    check(is_well(site, "zoo"), "it does not start again")
    return ("dies five times within a minute", SANDBOXED, "fault: " + words, "deny", "the fault",
            "rests until an administrator switches its mode")


def ends_the_host(make):
    """Inline, a crash is the host's: what it had accepted is judged when it starts again, flagged, once."""
    site = begun(make, INLINE, "crash")
    before = site.send_event("recording.finished", recording="sheep", device="entrance", tracks="video/h264")
    site.quiet()
    try:
        seq = site.send_event("recording.finished", recording="crash-once", device="entrance", tracks="video/h264")
    except OSError:
        seq = before + 1 # durable, and the answer did not come back
    check(site.ended() == -signal.SIGSEGV, f"the host ended with {site.process.returncode}")
    site.start()
    site.quiet()
    judged = [one for one in site.ledger("event.judged") if one["seq"] == seq]
    check(len(judged) == 1 and judged[0].get("redelivery") == 1 and "asked once more, and flagged so" in judged[0]["answer.zoo"], f"judged: {judged}")
    check(site.stop() == 0, "a stop by SIGTERM is no failure")
    site.verify()
    return ("crashes over the first delivery of an event", INLINE, "asked once more, and flagged so", "allow", "the answer, once, and that it was delivered again",
            "the host ended, and was started again")


def ends_the_host_twice(make):
    """Inline, a module that ends two hosts over one event runs in a process of its own from then on, and the event is set aside there."""
    site = begun(make, INLINE, "twice")
    with contextlib.suppress(OSError): # durable, though the answer may not come back
        site.send_event("recording.finished", recording="crash", device="entrance", tracks="video/h264")
    check(site.ended() == -signal.SIGSEGV, f"the first host ended with {site.process.returncode}")
    site.start(wait=False) # the event is delivered at once
    check(site.ended() == -signal.SIGSEGV, f"the second host ended with {site.process.returncode}")
    site.start()
    site.quiet()
    crashes = [one for one in site.ledger("module.crashed")]
    check([(one["module"], one["signal"]) for one in crashes] == [("zoo", signal.SIGSEGV)] * 2, f"on record: {crashes}")
    loaded = [one for one in site.ledger("module.loaded") if one["module"] == "zoo"]
    check([one["runner"] for one in loaded] == [INLINE, INLINE, SANDBOXED], f"it ran: {loaded}")
    check(all(one["library"] == loaded[0]["library"] for one in crashes), f"another library is blamed: {crashes}")
    judged = [one for one in site.ledger("event.judged") if one["type"] == "recording.finished" and one["recording"] == "crash"]
    check(len(judged) == 1 and "killed by signal 11" in judged[0]["answer.zoo"], f"judged: {judged}")
    findings = {one["key"]: one["text"] for one in site.json("findings")["findings"]}
    check(f"set-aside/recording.finished/{judged[0]['seq']}" in findings and "it runs in a process of its own" in findings.get("crashed:zoo", ""), f"findings: {findings}")
    check(module(site, "zoo")["runner"] == SANDBOXED and is_well(site, "zoo"), "it does not go on")
    check("crashed:zoo" not in {one["key"] for one in site.json("findings")["findings"]}, "somebody has looked, and it is open still")
    check(site.stop() == 0, "a stop by SIGTERM is no failure")
    site.start()
    check(module(site, "zoo")["runner"] == INLINE, "after somebody has looked it runs where the site says")
    check(site.stop() == 0, "a stop by SIGTERM is no failure")
    site.verify()
    return ("ends two hosts over one event", INLINE, "fault: killed by signal 11", "deny", "both crashes, the fault, and findings: the event is set aside",
            "sandboxed until somebody has looked")


def hangs_inline(make):
    """Inline, a thread that never comes back is given up, and with it the module until the host is started again."""
    site = begun(make, INLINE, "hang")
    answer, answers = ask(site, "hang")
    words = "no answer within 1000 ms"
    check(words in answers["zoo"]["reason"] and answer["applied"] == "deny", f"hanging: {answer}")
    again, answers = ask(site, "sheep")
    check(answers["zoo"]["action"] == "fault" and answers["ill_mannered"]["action"] == "allow" and again["applied"] == "deny", f"after it hung: {again}")
    faults = [one.get("judgement") for one in site.ledger("fault")]
    check(faults == [answer["ledger_index"], again["ledger_index"]], f"recorded as {faults}")
    site.kill() # a stop would wait for it as long as it waits for any module
    site.verify()
    return ("waits for ever", INLINE, "fault: " + words, "deny", "the fault", "each further question is a fault, until the host is started again")


def text_of(rows):
    head = ("attack", "runner", "the module's answer", "applied", "the ledger has", "afterwards")
    return "".join("| " + " | ".join(row) + " |\n" for row in (head, ("---",) * len(head), *rows))


with scenario() as make:
    rows = []
    for runner in BOTH:
        site = begun(make, runner, runner)
        for attack, name, animal, runners, decision, words in ATTACKS:
            if runner in runners:
                rows.append(let_out(site, runner, attack, name, animal, decision, words))
        if runner == SANDBOXED:
            rows += [flagged_redelivery(site), twice_deadly_event(site), rests(site)]
        check(site.stop() == 0, "a stop by SIGTERM is no failure")
        site.verify()
    rows += [hangs_inline(make), ends_the_host(make), ends_the_host_twice(make)]
    # Each attack's two runners beside each other, in the order of the list.
    order = {row[0]: place for place, row in reversed(list(enumerate([(one[0],) for one in ATTACKS] + rows)))}
    rows.sort(key=lambda row: (order[row[0]], row[1]))
    page = PLACE.read_text()
    begin, end = page.index(BEGIN) + len(BEGIN), page.index(END)
    table = text_of(rows)
    if os.environ.get("OMBUD_REWRITE"):
        PLACE.write_text(page[:begin] + table + page[end:])
    else:
        check(page[begin:end] == table, f"the table of {PLACE} is not what was seen; OMBUD_REWRITE=1 writes it:\n{table}")
    print(f"{len(rows)} rows: {sum(row[1] == INLINE for row in rows)} inline, {sum(row[1] == SANDBOXED for row in rows)} sandboxed", flush=True)
