"""The stream gate as a site has it: monitor changes nothing, enforce takes sound out of the stream that runs, and a documented
purpose brings it back; all of it is in the ledger."""
import pathlib
import socket
import sys

from ombud_site import check, scenario, site_xml, until

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "host" / "stream_gate"))
from rtsp_peer import FakeCamera, Viewer, frame  # noqa: E402

PURPOSE = """<track kind="audio" legal-basis="GDPR Art. 6(1)(f)" assessment="DPIA-1"><purpose>intercom</purpose></track>"""
VIDEO, AUDIO = 0, 2


class Gate:
    def __init__(self, port):
        self.port = port


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


def channels(viewer, since=0):
    return {channel for _, channel, _ in viewer.frames[since:]}


def site_with(port, camera):
    gates = (f'<gates><streams listen="127.0.0.1:{port}"><viewer name="vms" secret-file="vms-password"/>'
             f'<stream name="door" camera="entrance" url="rtsp://127.0.0.1:{camera.port}/s"/></streams></gates>')
    return site_xml(gate="monitor").replace("  <modules>", gates + "  <modules>")


def streaming(connection, head):
    """After PLAY a picture and a sound for each request that comes, so that the viewer sets the pace."""
    if head.startswith(("PLAY", "SET_PARAMETER")):
        connection.send(frame(VIDEO, 96) + frame(AUDIO, 8))
    return False


def next_frames(viewer):
    """What passes of one picture and one sound."""
    since = len(viewer.frames)
    check(viewer.ask("SET_PARAMETER", body="x: y\r\n").status == 200, "SET_PARAMETER")
    return channels(viewer, since)


with scenario() as make:
    with FakeCamera(streaming) as camera:
        port = free_port()
        site = make(site_with(port, camera))
        password = site.folder / "vms-password"
        password.write_text("secret\n")
        password.chmod(0o600)
        site.start()

        with Viewer(Gate(port), "door") as viewer:
            check("m=audio" in viewer.play().body, "in monitor the description is whole")
            check(next_frames(viewer) == {VIDEO, AUDIO}, "in monitor everything passes")
            site.run("module", "mode", "audio_metadata_gate", "enforce", "--reason", "the findings are understood")
            until(lambda: next_frames(viewer) == {VIDEO}, "sound stops in the stream that runs")

        with Viewer(Gate(port), "door") as viewer:
            described = viewer.play()
            check("m=audio" not in described.body and "m=video" in described.body, described.body)
            check(viewer.set_up(1).status == 403, "sound cannot be set up")

            document = site.file.read_text().replace("</camera>", PURPOSE + "</camera>").replace('"monitor"', '"enforce"')
            site.file.write_text(document)
            site.run("config", "apply", site.file, "--reason", "an intercom")
            viewer.wait_for_end()  # renewed, as it does not know the sound yet
        with Viewer(Gate(port), "door") as viewer:
            check("m=audio" in viewer.play().body, "with a purpose the sound is there")
            check(next_frames(viewer) == {VIDEO, AUDIO}, "and passes")

        check(site.stop() == 0, "the daemon ends well while a stream runs")
        site.verify()
        kinds = [entry["kind"] for entry in site.ledger()]
        for kind, least in (("stream.begun", 3), ("stream.changed", 1), ("stream.ended", 3)):
            check(kinds.count(kind) >= least, f"{kind}: {kinds.count(kind)} times in the ledger")
        ended = [entry for entry in site.ledger() if entry["kind"] == "stream.ended"]
        check(ended[0].get("dropped_audio", 0) > 0, f"what was dropped is told: {ended[0]}")
