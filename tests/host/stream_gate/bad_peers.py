#!/usr/bin/python3
"""Cameras and viewers that misbehave: the gate stays up, says why, and stays small."""
import os
import re
import socket
import time
import unittest

from rtsp_peer import SDP, Connection, FakeCamera, Viewer, frame
from stage import AUDIO, Gate, removes


def resident_kb(pid):
    with open(f"/proc/{pid}/status", encoding="ascii") as file:
        return int(re.search(r"VmRSS:\s*(\d+)", file.read())[1])


class Stage(unittest.TestCase):
    policy = {"action": "allow"}
    limits = {}

    def stage(self, camera=None, **more):
        self.camera = self.enterContext(camera or FakeCamera())
        self.gate = self.enterContext(Gate({"door": {"url": f"rtsp://127.0.0.1:{self.camera.port}/s"}}, policy=self.policy,
                                           **{**self.limits, **more}))
        return self.gate

    def viewer(self):
        return self.enterContext(Viewer(self.gate, "door"))

    def check_alive(self):
        """Whatever was before, a right viewer of another stream is served."""
        with FakeCamera() as camera:
            sources = {**self.gate.sources, "check": {"url": f"rtsp://127.0.0.1:{camera.port}/s"}}
            self.gate.say("apply " + self.gate.write_config(sources, **self.gate.more))
            self.gate.wait_for(lambda line: line == '{"applied":""}')
            with Viewer(self.gate, "check") as viewer:
                self.assertEqual(viewer.ask("DESCRIBE").status, 200)


class BadCameras(Stage):
    def test_a_camera_that_is_not_there_is_told_and_not_hammered(self):
        with socket.create_server(("127.0.0.1", 0)) as server:
            port = server.getsockname()[1]
        gate = self.enterContext(Gate({"door": {"url": f"rtsp://127.0.0.1:{port}/s"}}))
        self.gate = gate
        first = self.viewer().ask("DESCRIBE")
        later = [self.viewer().ask("DESCRIBE") for _ in range(5)]

        self.assertEqual(first.status, 503)
        self.assertIn("Connection refused", first.reason)
        self.assertTrue(all(answer.status == 503 and answer["Retry-After"] for answer in later))
        self.assertEqual((gate.status("door")["state"], gate.status("door")["why"]), ("unreachable", "Connection refused"))

    def test_the_pauses_between_attempts_grow(self):
        self.stage(FakeCamera(greet=lambda connection: connection.sock.shutdown(socket.SHUT_RDWR)))
        viewer = self.viewer()
        while len(self.camera.accepted) < 4:
            self.assertIn(viewer.ask("DESCRIBE").status, (502, 503))
        pauses = [later - earlier for earlier, later in zip(self.camera.accepted, self.camera.accepted[1:])]

        self.assertTrue(pauses[0] > 0.45 and pauses[1] > 0.95 and pauses[2] > 1.95, pauses)

    def test_a_camera_that_never_answers_is_given_up_in_time(self):
        self.stage(FakeCamera(behave=lambda *_: True), answering_s=0.5)
        answer = self.viewer().ask("DESCRIBE")
        self.assertEqual((answer.status, answer.reason), (502, "the camera: it did not answer DESCRIBE in time"))

    def test_what_is_no_rtsp_ends_the_session_with_the_reason(self):
        for name, bytes_ in (("http", b"HTTP/1.1 200 OK\r\n\r\n"), ("garbage", os.urandom(64).replace(b"$", b"#") + b"\r\n\r\n"),
                             ("a head of 10 MB", b"RTSP/1.0 200 OK\r\nX: " + b"x" * 10_000_000)):
            with self.subTest(name):
                def greet(connection, data=bytes_):
                    connection.send(data)
                self.stage(FakeCamera(greet=greet))
                answer = self.viewer().ask("DESCRIBE")
                self.assertEqual(answer.status, 502)
                self.assertIn("the camera sends what is no RTSP", answer.reason)
                self.assertIn("it sends what is no RTSP", self.gate.status("door")["why"])
                self.assertLess(resident_kb(self.gate.process.pid), 60_000)
                self.check_alive()

    def test_a_description_that_is_none_is_told(self):
        for sdp in ("<html>", "v=0\r\n" + "m=audio 0 RTP/AVP 0\r\n" * 100, "v=0\r\ns=nothing\r\n"):
            with self.subTest(sdp[:20]):
                self.stage(FakeCamera(sdp=sdp))
                self.assertIn(self.viewer().ask("DESCRIBE").status, (502, 403))
                self.check_alive()

    def test_a_body_that_is_longer_than_any_description_is_refused(self):
        def behave(connection, _head):
            connection.send("RTSP/1.0 200 OK\r\nCSeq: 1\r\nContent-Length: 900000000\r\n\r\n")
            return True
        self.stage(FakeCamera(behave=behave))
        self.assertIn("over the limit", self.viewer().ask("DESCRIBE").reason)

    def test_an_answer_with_another_number_is_nobodys(self):
        def behave(connection, head):
            if head.startswith("DESCRIBE"):
                connection.send("RTSP/1.0 200 OK\r\nCSeq: 999\r\nContent-Length: 3\r\n\r\nv=0")
                connection.send("RTSP/1.0 200 OK\r\n\r\n")
            return False
        self.stage(FakeCamera(behave=behave))
        self.assertIn("m=video", self.viewer().ask("DESCRIBE").body)

    def test_a_redirect_is_told_and_not_followed(self):
        def behave(connection, head):
            camera.reply(connection, head, "302 Found", ["Location: rtsp://203.0.113.1/x"])
            return True
        camera = FakeCamera(behave=behave)
        self.stage(camera)
        answer = self.viewer().ask("DESCRIBE")
        self.assertEqual(answer.status, 502)
        self.assertIn("rtsp://203.0.113.1/x", answer.reason)

    def test_sound_that_a_camera_sends_anyway_does_not_pass(self):
        def behave(connection, head):
            if head.startswith("PLAY"):
                camera.reply(connection, head)
                for _ in range(20):
                    connection.send(frame(0, 96) + frame(2, 8) + frame(3, 72) + frame(0, 8) + frame(77, 8))
                return True
            return False
        camera = FakeCamera(behave=behave)
        self.policy = removes(AUDIO)
        self.stage(camera)
        viewer = self.viewer()
        viewer.play()
        viewer.frames_until(lambda frames: len(frames) >= 20)

        self.assertEqual({(channel, packet[1]) for _, channel, packet in viewer.frames}, {(0, 96)})
        status = self.gate.status("door")
        self.assertEqual((status["unknown"], status["dropped"]["audio"]), (80, 0))  # of no track that was set up

    def test_a_length_that_lies_ends_the_session_and_takes_no_memory(self):
        def behave(connection, head):
            if head.startswith("PLAY"):
                camera.reply(connection, head)
                connection.send(frame(0, 96) + frame(0, 96, 100, claimed=65535))
                for _ in range(800):
                    connection.send(b"\x00" * 100)
                return True
            return False
        camera = FakeCamera(behave=behave)
        self.stage(camera)
        viewer = self.viewer()
        viewer.play()
        viewer.wait_for_end()
        self.assertIn("no RTSP", self.gate.note("stream.ended")["reason"])
        self.check_alive()

    def test_a_camera_that_goes_while_it_plays_ends_the_viewers_connection(self):
        self.stage()
        viewer = self.viewer()
        viewer.play()
        self.camera.connections[0].sock.shutdown(socket.SHUT_RDWR)
        viewer.wait_for_end()
        self.assertEqual(self.gate.note("stream.ended")["reason"], "the camera is gone: it closed the connection")

    def test_two_tracks_in_one_channel_are_refused(self):
        def behave(connection, head):
            if head.startswith("SETUP"):
                camera.reply(connection, head, headers=["Transport: RTP/AVP/TCP;unicast;interleaved=0-1"])
                return True
            return False
        camera = FakeCamera(behave=behave)
        self.stage(camera)
        viewer = self.viewer()
        viewer.ask("DESCRIBE")
        self.assertEqual(viewer.set_up(0).status, 200)
        self.assertEqual(viewer.set_up(1).status, 502)

    def test_another_transport_than_was_asked_for_is_refused(self):
        def behave(connection, head):
            if head.startswith("SETUP"):
                camera.reply(connection, head, headers=["Transport: RTP/AVP;unicast;client_port=1-2"])
                return True
            return False
        camera = FakeCamera(behave=behave)
        self.stage(camera)
        viewer = self.viewer()
        viewer.ask("DESCRIBE")
        self.assertEqual(viewer.set_up(0).status, 502)


class BadViewers(Stage):
    def raw(self):
        return self.enterContext(Connection(socket.create_connection(("127.0.0.1", self.gate.port), timeout=30)))

    def test_garbage_is_answered_once_and_the_connection_closed(self):
        self.stage()
        for bytes_ in (b"GET / HTTP/1.1\r\n\r\n", os.urandom(200).replace(b"$", b"#") + b"\r\n\r\n", b"OPTIONS * RTSP/1.0\r\nX: " + b"x" * 10_000_000,
                       b"OPTIONS * RTSP/1.0\r\n\r\n"):
            peer = self.raw()
            try:
                peer.send(bytes_)
            except ConnectionError:
                continue
            peer.wait_for_end()
        self.assertLess(resident_kb(self.gate.process.pid), 60_000)
        self.check_alive()

    def test_frames_of_strangers_go_nowhere(self):
        self.stage()
        peer = self.raw()
        for _ in range(200):
            peer.send(frame(5, 96, 1400))
        peer.send("OPTIONS * RTSP/1.0\r\nCSeq: 1\r\n\r\n")
        self.assertIn("200", peer.message()[0])
        self.assertEqual(self.camera.accepted, [])

    def test_who_does_not_log_in_is_dropped_in_time(self):
        self.stage(login_s=0.5)
        peer = self.raw()
        peer.send("OPT")
        peer.wait_for_end()

    def test_strangers_cannot_take_every_place(self):
        self.stage()
        strangers = [self.raw() for _ in range(64)]
        for stranger in strangers:
            stranger.send("OPTIONS * RTSP/1.0\r\nCSeq: 1\r\n\r\n")
            stranger.message()
        self.raw().wait_for_end()
        for stranger in strangers[:8]:
            stranger.close()
        deadline = time.monotonic() + 30
        while True:  # until the gate has seen that they went
            try:
                self.assertEqual(self.viewer().ask("DESCRIBE").status, 200)
                break
            except (EOFError, ConnectionError):
                self.assertLess(time.monotonic(), deadline)

    def test_guessing_passwords_ends_the_connection(self):
        self.stage()
        viewer = self.enterContext(Viewer(self.gate, "door", login=("vms", "guess")))
        statuses = []
        with self.assertRaises((EOFError, ConnectionError)):
            for _ in range(10):
                statuses.append(viewer.ask("DESCRIBE").status)
        self.assertEqual(statuses[-1], 403)
        self.assertEqual(self.camera.accepted, [])

    def test_a_session_of_another_connection_is_not_found(self):
        self.stage()
        one, other = self.viewer(), self.viewer()
        one.play()
        other.ask("DESCRIBE")
        for session in (one.session, "12345678"):
            self.assertEqual(other.ask("SETUP", other.url + "/track-0", "Transport: RTP/AVP/TCP;interleaved=0-1", f"Session: {session}").status, 454)
            self.assertEqual(other.ask("PLAY", None, f"Session: {session}").status, 454)
        self.assertEqual(one.ask("PAUSE").status, 200)

    def test_requests_at_the_wrong_time_are_refused(self):
        self.stage()
        viewer = self.viewer()
        self.assertEqual(viewer.ask("PLAY").status, 454)
        self.assertEqual(viewer.ask("SET_PARAMETER", body="a: b").status, 455)
        self.assertEqual(viewer.ask("ANNOUNCE", body=SDP).status, 405)
        self.assertEqual(viewer.ask("BREW").status, 501)
        self.assertEqual(viewer.ask("GET_PARAMETER").status, 200)
        viewer.play()
        self.assertEqual(viewer.ask("DESCRIBE").status, 455)
        self.assertEqual(viewer.ask("SETUP", viewer.url + "/track-9", "Transport: RTP/AVP/TCP;interleaved=8-9").status, 404)
        self.assertEqual(viewer.ask("SETUP", viewer.url + "/track-1", "Transport: RTP/AVP;multicast").status, 461)
        self.assertEqual(viewer.ask("SETUP", viewer.url + "/track-1", "Transport: RTP/AVP/TCP;interleaved=900-901").status, 400)

    def test_a_set_up_without_a_description_works(self):
        self.stage()
        viewer = self.viewer()
        self.assertEqual(viewer.set_up(0).status, 200)

    def test_a_viewer_that_takes_nothing_is_dropped_and_the_camera_waits_meanwhile(self):
        def behave(connection, head):
            if head.startswith("PLAY"):
                camera.reply(connection, head)
                for _ in range(20_000):
                    connection.send(frame(0, 96, 1400))
                return True
            return False
        camera = FakeCamera(behave=behave)
        self.stage(camera, stalled_s=0.5)
        viewer = self.viewer()
        viewer.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        viewer.play()
        self.assertEqual(self.gate.note("stream.ended")["reason"], "the viewer takes nothing any more")
        self.assertLess(resident_kb(self.gate.process.pid), 60_000)

    def test_a_viewer_by_udp_without_a_sign_of_life_is_ended(self):
        self.stage(idle_s=0.5)
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1] & ~1
        viewer = self.viewer()
        viewer.ask("DESCRIBE")
        viewer.session = viewer.ask("SETUP", viewer.url + "/track-0", f"Transport: RTP/AVP;unicast;client_port={port}-{port + 1}")["Session"].split(";")[0]
        # this camera tells no server_port, so any of its ports may send
        viewer.ask("PLAY")
        self.assertIn("no sign of life", self.gate.note("stream.ended")["reason"])

    def test_packets_of_another_sender_never_reach_a_udp_viewer(self):
        ports = {}

        def behave(connection, head):
            if head.startswith("SETUP"):
                ports["gate"] = int(re.search(r"client_port=(\d+)", head)[1])
                camera.reply(connection, head, headers=["Transport: RTP/AVP;unicast;client_port=1-2;server_port=%d-%d" % (right.getsockname()[1], 9)])
                return True
            return False
        right, wrong, ours = (self.enterContext(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) for _ in range(3))
        for sock in (right, wrong, ours):
            sock.bind(("127.0.0.1", 0))
            sock.settimeout(30)
        camera = FakeCamera(behave=behave)
        self.stage(camera)
        viewer = self.viewer()
        viewer.ask("DESCRIBE")
        port = ours.getsockname()[1]
        set_up = viewer.ask("SETUP", viewer.url + "/track-0", f"Transport: RTP/AVP;unicast;client_port={port}-{port % 65535 + 1}")
        self.assertEqual(set_up.status, 200)
        viewer.session = set_up["Session"].split(";")[0]
        viewer.ask("PLAY")
        wrong.sendto(frame(0, 96)[4:] + b"wrong", ("127.0.0.1", ports["gate"]))
        right.sendto(frame(0, 96)[4:] + b"right", ("127.0.0.1", ports["gate"]))
        self.assertTrue(ours.recv(2000).endswith(b"right"))

    def test_many_comings_and_goings_leave_nothing_behind(self):
        self.stage()
        for _ in range(20):
            with Viewer(self.gate, "door") as viewer:
                viewer.play()
        before = resident_kb(self.gate.process.pid)
        for _ in range(200):
            with Viewer(self.gate, "door") as viewer:
                viewer.play()
        with open(f"/proc/{self.gate.process.pid}/maps", encoding="utf-8") as maps:
            keeps_freed = "libasan" in maps.read()  # as the sanitizer does, to find uses after
        self.assertTrue(keeps_freed or resident_kb(self.gate.process.pid) < before + 4_000)
        deadline = time.monotonic() + 30
        while self.gate.status("door")["viewers"]:
            self.assertLess(time.monotonic(), deadline)
        self.assertLess(len(os.listdir(f"/proc/{self.gate.process.pid}/fd")), 40)


if __name__ == "__main__":
    unittest.main()
