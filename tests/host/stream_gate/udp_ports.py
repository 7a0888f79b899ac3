#!/usr/bin/python3
"""UDP through the ports that a firewall lets through: which are taken, that none is left, and that they come free again."""
import contextlib
import os
import re
import socket
import subprocess
import tempfile
import time
import unittest

from rtsp_peer import FakeCamera, Viewer
from stage import PATIENCE_S, Camera, Gate, record


def free_range(count):
    """So many ports in a row that nobody has, below those that the system gives out."""
    for first in range(20000 + 2 * (os.getpid() % 2000), 32000, 2 * count):
        with contextlib.ExitStack() as held:
            try:
                for port in range(first, first + count):
                    held.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)).bind(("127.0.0.1", port))
            except OSError:
                continue
            return [first, first + count - 1]
    raise AssertionError("no range of UDP ports is free")


def set_up(viewer, track, transport="RTP/AVP;unicast;client_port={}-{}"):
    port = 10000 + 2 * track  # nothing is sent in these tests
    answer = viewer.ask("SETUP", f"{viewer.url}/track-{track}", "Transport: " + transport.format(port, port + 1))
    if answer.status == 200:
        viewer.session = answer["Session"].split(";")[0]
    return answer


def pair(name, transport):
    found = re.search(rf"{name}=(\d+)-(\d+)", transport)
    return int(found[1]), int(found[2])


class Ports(unittest.TestCase):
    def gate(self, count, **more):
        self.camera = self.enterContext(FakeCamera(**more))
        self.ports = free_range(count)
        return self.enterContext(Gate({"door": {"url": f"rtsp://127.0.0.1:{self.camera.port}/s"}}, policy={"action": "allow"}, udp_ports=self.ports))

    def viewer(self, gate):
        viewer = self.enterContext(Viewer(gate, "door"))
        self.assertEqual(viewer.ask("DESCRIBE").status, 200)
        return viewer

    def test_both_sides_take_pairs_of_the_range_and_no_others(self):
        gate = self.gate(8)
        viewer = self.viewer(gate)

        taken = []
        for track in (0, 1):
            answer = set_up(viewer, track)
            self.assertEqual(answer.status, 200, answer.reason)
            taken.append(pair("server_port", answer["Transport"]))
        taken += [pair("client_port", head) for head in self.camera.requests if head.startswith("SETUP")]

        self.assertEqual(sorted(taken), [(port, port + 1) for port in range(self.ports[0], self.ports[1], 2)])
        self.assertEqual(gate.udp(), {"ports": f"{self.ports[0]}-{self.ports[1]}", "pairs": 4, "open": 4, "refused": 0})

    def test_a_track_that_finds_none_left_is_refused_with_the_range_and_told(self):
        gate = self.gate(4)
        viewer = self.viewer(gate)
        self.assertEqual(set_up(viewer, 0).status, 200)

        answer = set_up(viewer, 1)

        self.assertEqual(answer.status, 461)
        self.assertIn(f"all UDP ports of {self.ports[0]}-{self.ports[1]} are in use", answer.reason)
        self.assertIn("are in use", gate.note("stream.no_udp_ports")["reason"])
        self.assertEqual(gate.udp()["refused"], 1)
        self.assertIn("are in use", gate.status("door")["last_reason"])
        self.assertEqual(viewer.ask("PLAY").status, 200)  # what was set up goes on

    def test_ports_come_free_with_a_teardown_and_with_the_end_of_a_connection(self):
        gate = self.gate(4)

        for end in (lambda viewer: viewer.ask("TEARDOWN"), lambda viewer: viewer.close()):
            viewer = self.viewer(gate)
            self.assertEqual(set_up(viewer, 0).status, 200)
            self.assertEqual(gate.udp()["open"], 2)
            end(viewer)
            self.wait_until(lambda: gate.udp()["open"] == 0)

    def test_a_pair_is_not_given_out_again_before_the_others(self):
        gate = self.gate(16)
        taken = []

        for _ in range(4):
            viewer = self.viewer(gate)
            taken.append(pair("server_port", set_up(viewer, 0)["Transport"]))
            viewer.ask("TEARDOWN")

        self.assertEqual(len(set(taken)), 4)

    def test_a_port_that_somebody_else_has_is_passed_over(self):
        gate = self.gate(8)
        other = self.enterContext(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
        other.bind(("127.0.0.1", self.ports[0] + 3))
        viewer = self.viewer(gate)

        self.assertEqual(set_up(viewer, 0).status, 200)
        refused = set_up(viewer, 1)

        self.assertEqual(refused.status, 461)
        self.assertEqual(gate.udp()["open"], 2)  # the half that was had is given back

    def test_who_offers_interleaved_too_gets_that_when_no_port_is_left(self):
        gate = self.gate(4)
        viewer = self.viewer(gate)
        both = "RTP/AVP;unicast;client_port={}-{},RTP/AVP/TCP;unicast;interleaved=4-5"

        first, second = set_up(viewer, 0, both), set_up(viewer, 1, both)

        self.assertIn("server_port", first["Transport"])
        self.assertIn("interleaved=4-5", second["Transport"])

    def wait_until(self, condition):
        end = time.monotonic() + PATIENCE_S
        while not condition():
            self.assertLess(time.monotonic(), end)


class RealParts(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = cls.enterClassContext(tempfile.TemporaryDirectory())
        cls.camera = cls.enterClassContext(Camera("--login", "admin:pw"))

    def gate(self, ports):
        source = {"url": f"rtsp://127.0.0.1:{self.camera.port}/cam", "user": "admin", "password": "pw"}
        return self.enterContext(Gate({"door": source}, policy={"action": "allow"}, udp_ports=ports))

    def test_ffmpeg_records_by_udp_through_the_range(self):
        gate = self.gate(free_range(12))

        recorded = record(gate.url("door"), os.path.join(self.folder, "udp.mkv"), "udp")

        self.assertGreater(recorded["video"], 3)
        self.assertGreater(recorded["audio"], 5)

    def test_ffmpeg_goes_on_by_tcp_when_no_port_is_left(self):
        ports = free_range(4)
        gate = self.gate(ports)
        other = self.enterContext(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
        other.bind(("127.0.0.1", ports[0]))  # one pair is not enough for a track
        path = os.path.join(self.folder, "tcp.mkv")

        subprocess.run(["ffmpeg", "-v", "error", "-nostdin", "-i", gate.url("door"), "-t", "1", "-map", "0:v", "-c", "copy", "-y", path],
                       check=True, timeout=PATIENCE_S)

        self.assertGreater(os.path.getsize(path), 1000)
        self.assertGreater(gate.udp()["refused"], 0)


if __name__ == "__main__":
    unittest.main()
