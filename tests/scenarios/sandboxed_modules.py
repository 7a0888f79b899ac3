"""The real modules in processes of their own: they judge as inline, whoever kills them changes no judgement, and the ledger says where they ran."""
import os
import signal

from ombud_site import check, scenario, site_xml, until

events = 400

with scenario() as make:
    site = make(site_xml().replace('mode="enforce"/>', 'mode="enforce" runner="sandboxed"/>'))
    site.start()
    site.quiet()

    def places():
        return {one["id"]: one for one in site.call("GET", "/v1/modules")}

    began = places()
    for module, place in began.items():
        check(place["runner"] == "sandboxed" and place["state"] == "running" and "seccomp" in place["sandbox"], f"{module}: {place}")
        status = open(f"/proc/{place['pid']}/status", encoding="ascii").read()
        check("Seccomp:\t2\n" in status and "NoNewPrivs:\t1\n" in status, f"{module}: the kernel says otherwise: {status}")
        check(os.readlink(f"/proc/{place['pid']}/exe").endswith("/ombud-runner"), f"{module} runs in another program")
    loaded = {entry["module"]: entry for entry in site.ledger("module.loaded")}
    for module in began:
        check(loaded[module]["runner"] == "sandboxed" and loaded[module]["sandbox"] == began[module]["sandbox"],
              f"the entry does not say where {module} runs: {loaded[module]}")
    warned = site.call("GET", "/v1/status")["warnings"]
    check(not any("inside the host process" in one for one in warned), f"a warning that is not so: {warned}")

    # Sound without a purpose: judged as inline is, wherever the process was killed meanwhile.
    seqs = []
    for number in range(events):
        if number in (100, 250):
            os.kill(places()["audio_metadata_gate"]["pid"], signal.SIGKILL)
        seqs.append(site.send_event("recording.finished", recording=f"r{number}", device="entrance", tracks="video/h264 audio/aac"))
    site.quiet()
    judged = {entry["seq"]: entry for entry in site.ledger("event.judged")}
    check(not set(seqs) - set(judged), f"{len(set(seqs) - set(judged))} accepted events were never judged")
    wrong = [judged[seq] for seq in seqs if "transform" not in judged[seq].get("answer.audio_metadata_gate", "")]
    check(not wrong, f"{len(wrong)} events were judged otherwise, such as {wrong[:1]}")
    gate = places()["audio_metadata_gate"]
    check(gate["deaths"] == 2 and gate["state"] == "running" and "signal 9" in gate["last_death"], f"after two kills: {gate}")

    # An audit walks the inventory in a process of its own, too.
    audit = site.call("POST", "/v1/audits", {"module": "retention_auditor"})["id"]
    ended = until(lambda: (one := site.call("GET", f"/v1/audits/{audit}"))["state"] != "running" and one, "the audit ends")
    check(ended["state"] == "done", f"the audit: {ended}")

    # Where a module runs can be changed while the host does; nothing of it is left behind.
    pids = [one["pid"] for one in places().values()]
    site.file.write_text(site.file.read_text().replace('runner="sandboxed"', 'runner="inline"'))
    site.run("config", "apply", site.file, "--reason", "a scenario")
    check(all(one["runner"] == "inline" and one["pid"] == 0 for one in places().values()), f"still elsewhere: {places()}")
    until(lambda: not any(os.path.exists(f"/proc/{pid}") for pid in pids), "the old processes end")
    check("inside the host process" in " ".join(site.call("GET", "/v1/status")["warnings"]), "no warning that modules run inline")

    check(site.stop() == 0, "a stop by SIGTERM is no failure")
    site.verify()
    print(f"{events} events through confined processes", flush=True)
