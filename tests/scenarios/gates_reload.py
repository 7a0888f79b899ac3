"""A site that one of its gates refuses is refused whole: the gates before it are put back where they were, and go on. And a gate
whose questions no module judges is told in status."""
import socket

from ombud_site import check, scenario, site_xml

WHITELIST = '    <module id="email_whitelist" mode="{}"/>\n'


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


def gates(streams, mail, whitelist=""):
    text = (f'<gates><streams listen="127.0.0.1:{streams}"><viewer name="vms" secret-file="vms-password"/>'
            f'<stream name="door" camera="entrance" url="rtsp://127.0.0.1:9/s"/></streams><mail listen="inet:127.0.0.1:{mail}"/></gates>')
    return site_xml(gate="monitor", more=WHITELIST.format(whitelist) if whitelist else "").replace("  <modules>", text + "  <modules>")


def serves_streams(port):
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=10) as peer:
            peer.sendall(b"OPTIONS * RTSP/1.0\r\nCSeq: 1\r\n\r\n")
            return peer.recv(100).startswith(b"RTSP/1.0 ")
    except ConnectionRefusedError:
        return False


def takes_mail(port):
    with socket.create_connection(("127.0.0.1", port), timeout=10) as peer:
        peer.sendall(b"\0\0\0\x0dO\0\0\0\6\0\0\1\xff\0\x1f\xff\xff")  # a milter's SMFIC_OPTNEG
        return peer.recv(5)[4:] == b"O"


def unjudged(site):
    return [line for line in site.json("status")["warnings"] if line.startswith("no module judges")]


with scenario() as make, socket.create_server(("127.0.0.1", 0)) as occupied:
    streams, elsewhere, mail, other = (free_port() for _ in range(4))
    site = make(gates(streams, mail))
    password = site.folder / "vms-password"
    password.write_text("secret\n")
    password.chmod(0o600)
    site.start()
    check(serves_streams(streams) and takes_mail(mail), "both gates serve")
    check([line.split(":")[0] for line in unjudged(site)] == ["no module judges mail.send"], f"the gate that nobody judges is told: {unjudged(site)}")

    good = site.file.read_text()
    new = site.folder / "new.xml"
    for what, text, says in [
            ("a mail gate that cannot move while the host runs", gates(elsewhere, other), ["mail gate", str(other), "restart"]),
            ("a stream gate where somebody else listens", gates(occupied.getsockname()[1], mail), ["stream gate", str(occupied.getsockname()[1])])]:
        new.write_text(text)
        told = site.run("config", "apply", new, "--reason", "a try", exit_code=None)
        check(told.returncode in (1, 3), f"{what}: applied with {told.returncode}")
        for word in says:
            check(word in told.stderr, f"{what}: does not say '{word}': {told.stderr}")
        check(site.file.read_text() == good, f"{what}: the site file was changed")
        check(serves_streams(streams), f"{what}: the stream gate is not back")
        check(not serves_streams(elsewhere), f"{what}: the stream gate serves where the refused site has it")
        check(takes_mail(mail), f"{what}: the mail gate is not back")

    for mode, silent in (("off", False), ("monitor", True)):
        new.write_text(gates(streams, mail, mode))
        site.run("config", "apply", new, "--reason", "somebody judges")
        check((not unjudged(site)) == silent, f"email_whitelist {mode}: {unjudged(site)}")

    check(site.stop() == 0, "a stop by SIGTERM is no failure")
    site.verify()
    check(len(site.ledger("config.applied")) == 2, "what was refused is not recorded as applied")
