#!/usr/bin/python3
"""What the gate passes on of requests and answers, and what it does by itself."""
import re
import socket
import unittest

from rtsp_peer import SDP, FakeCamera, Viewer, frame, md5
from stage import AUDIO, DATA, Gate, removes

BACKCHANNEL = SDP + "m=audio 0 RTP/AVP 0\r\na=control:talk\r\na=sendonly\r\n"


class Requests(unittest.TestCase):
    def stage(self, camera, policy=None, **source):
        self.camera = self.enterContext(camera)
        self.gate = self.enterContext(Gate({"door": {"url": f"rtsp://127.0.0.1:{camera.port}/s", **source}}, policy=policy))
        return self.enterContext(Viewer(self.gate, "door"))

    def asked(self, method):
        """The last request of that method as it reached the camera."""
        return next(head for head in reversed(self.camera.requests) if head.startswith(method))

    def test_unknown_headers_pass_both_ways_and_logins_do_not(self):
        def behave(connection, head):
            method = head.split(" ")[0]
            camera.reply(connection, head, headers=[f"X-Of-Camera: {method}", "Server: cam", 'WWW-Authenticate: Basic realm="no"'])
            return True
        camera = FakeCamera(behave)
        viewer = self.stage(camera)

        for method, url, more in (("DESCRIBE", None, []), ("SETUP", viewer.url + "/track-0", ["Transport: RTP/AVP/TCP;interleaved=0-1"]),
                                  ("PLAY", None, ["Range: npt=now-", "Scale: 1"]), ("PAUSE", None, [])):
            answer = viewer.ask(method, url, "X-Of-Viewer: yes", *more)
            viewer.session = answer["Session"] and answer["Session"].split(";")[0]
            self.assertEqual((answer["X-Of-Camera"], answer["Server"], answer["WWW-Authenticate"]), (method, "cam", None))
            self.assertIn("X-Of-Viewer: yes", self.asked(method))
            self.assertNotIn("Authorization", self.asked(method))
            self.assertNotIn("ombud", self.asked(method).lower().replace("user-agent: ombud", ""))
        self.assertIn("Range: npt=now-", self.asked("PLAY"))

    def test_sessions_of_both_sides_have_nothing_in_common(self):
        viewer = self.stage(FakeCamera())
        viewer.play()
        self.assertNotEqual(viewer.session, "12345678")
        self.assertIn("Session: 12345678", self.asked("PLAY"))

    def test_a_parameter_with_a_body_reaches_the_camera_and_its_answer_the_viewer(self):
        def behave(connection, head):
            if head.startswith("GET_PARAMETER"):
                camera.reply(connection, head, body="position: 7\r\n")
                return True
            return False
        camera = FakeCamera(behave)
        viewer = self.stage(camera)
        viewer.play()
        self.assertEqual(viewer.ask("GET_PARAMETER", body="position\r\n").body, "position: 7\r\n")

    def test_what_a_camera_cannot_do_is_told_with_its_header(self):
        def behave(connection, head):
            camera.reply(connection, head, "551 Option not supported", ["Unsupported: www.onvif.org/ver20/backchannel"])
            return True
        camera = FakeCamera(behave)
        viewer = self.stage(camera)
        answer = viewer.ask("DESCRIBE", None, "Require: www.onvif.org/ver20/backchannel")
        self.assertEqual((answer.status, answer["Unsupported"]), (551, "www.onvif.org/ver20/backchannel"))

    def test_rtp_info_names_the_tracks_as_the_viewer_knows_them(self):
        def behave(connection, head):
            if head.startswith("PLAY"):
                base = f"rtsp://127.0.0.1:{camera.port}/s"
                camera.reply(connection, head, headers=[f"RTP-Info: url={base}/v;seq=7;rtptime=1,url={base}/a;seq=8;rtptime=2"])
                return True
            return False
        camera = FakeCamera(behave)
        viewer = self.stage(camera, policy=removes(AUDIO))
        viewer.ask("DESCRIBE")
        viewer.set_up(0)
        self.assertEqual(viewer.ask("PLAY")["RTP-Info"], f"url={viewer.url}/track-0;seq=7;rtptime=1")

    def test_a_track_is_set_up_again_in_other_channels(self):
        def behave(connection, head):
            if head.startswith("PLAY"):
                camera.reply(connection, head)
                connection.send(frame(4, 96))
                return True
            return False
        camera = FakeCamera(behave)
        viewer = self.stage(camera)
        viewer.ask("DESCRIBE")
        viewer.set_up(0)
        again = viewer.ask("SETUP", viewer.url + "/track-0", "Transport: RTP/AVP/TCP;unicast;interleaved=4-5")
        self.assertIn("interleaved=4-5", again["Transport"])
        viewer.ask("PLAY")
        viewer.frames_until(lambda frames: [channel for _, channel, _ in frames] == [4])

    def test_a_camera_that_chooses_other_channels_is_heard_in_those_of_the_viewer(self):
        def behave(connection, head):
            if head.startswith("SETUP"):
                camera.reply(connection, head, headers=["Transport: RTP/AVP/TCP;unicast;interleaved=20-21;ssrc=AB"])
                return True
            if head.startswith("PLAY"):
                camera.reply(connection, head)
                connection.send(frame(20, 96) + frame(21, 72))
                return True
            return False
        camera = FakeCamera(behave)
        viewer = self.stage(camera)
        viewer.ask("DESCRIBE")
        self.assertIn("interleaved=0-1;ssrc=AB", viewer.set_up(0)["Transport"])
        viewer.ask("PLAY")
        viewer.frames_until(lambda frames: [channel for _, channel, _ in frames] == [0, 1])

    def talk(self, policy):
        viewer = self.stage(FakeCamera(sdp=BACKCHANNEL), policy=policy)
        viewer.ask("DESCRIBE", None, "Require: www.onvif.org/ver20/backchannel")
        viewer.set_up(0)
        return viewer, viewer.set_up(2)

    def test_sound_to_the_camera_passes_where_sound_may(self):
        viewer, set_up = self.talk({"action": "allow"})
        self.assertEqual(self.gate.question()["backchannel"], "audio/pcmu")
        self.assertEqual(set_up.status, 200)
        viewer.ask("PLAY")
        viewer.send(frame(0, 96) + frame(4, 0) + frame(1, 73))  # what it may not send, may, and its RTCP
        self.assertEqual(viewer.ask("PAUSE").status, 200)  # behind them

        self.assertEqual([(channel, packet[1]) for _, channel, packet in self.camera.connections[0].frames], [(4, 0), (1, 73)])

    def test_sound_to_the_camera_is_refused_where_sound_is(self):
        viewer, set_up = self.talk(removes(AUDIO))
        self.assertEqual(set_up.status, 403)
        viewer.ask("PLAY")
        viewer.send(frame(4, 0))
        viewer.ask("PAUSE")
        self.assertEqual(self.camera.connections[0].frames, [])

    def test_the_gate_keeps_the_camera_awake_by_itself(self):
        def behave(connection, head):
            if head.startswith("OPTIONS"):
                camera.reply(connection, head, headers=["Public: OPTIONS, GET_PARAMETER"])
                seen.append(head)
                return True
            if head.startswith("SETUP"):
                transport = re.search(r"(?im)^transport:.*$", head)[0].strip()
                cseq = re.search(r"(?im)^cseq:.*$", head)[0].strip()
                connection.send(f"RTSP/1.0 200 OK\r\n{cseq}\r\nSession: 12345678;timeout=2\r\n{transport}\r\n\r\n")
                return True
            if head.startswith("GET_PARAMETER"):
                camera.reply(connection, head)
                for _ in range(3):
                    connection.send(frame(0, 96))
                return True
            return False
        seen = []
        camera = FakeCamera(behave)
        viewer = self.stage(camera)
        viewer.play([0])
        viewer.frames_until(lambda frames: len(frames) >= 3)  # sent with the second keep-alive
        self.assertEqual(len(seen), 1)
        self.assertIn("Session: 12345678", self.asked("GET_PARAMETER"))

    def test_a_session_that_the_camera_lost_is_ended(self):
        def behave(connection, head):
            if head.startswith("OPTIONS"):
                camera.reply(connection, head, "454 Session Not Found")
                return True
            if head.startswith("SETUP"):
                transport = re.search(r"(?im)^transport:.*$", head)[0].strip()
                cseq = re.search(r"(?im)^cseq:.*$", head)[0].strip()
                connection.send(f"RTSP/1.0 200 OK\r\n{cseq}\r\nSession: 1;timeout=2\r\n{transport}\r\n\r\n")
                return True
            return False
        camera = FakeCamera(behave)
        viewer = self.stage(camera)
        viewer.play([0])
        viewer.wait_for_end()
        self.assertEqual(self.gate.note("stream.ended")["reason"], "the camera: it has ended the session")

    def test_a_nonce_that_grew_old_is_answered_anew(self):
        nonces = ["first", "second"]

        def behave(connection, head):
            given = re.search(r'Digest username="admin".*nonce="(\w+)", uri="([^"]+)", response="(\w+)"', head)
            nonce = nonces[0]
            method = head.split(" ")[0]
            if given and given[1] == nonce and given[3] == md5(":".join((md5("admin:cam:pw"), nonce, md5(f"{method}:{given[2]}")))):
                if method == "DESCRIBE":
                    nonces.pop(0)
                return False
            stale = ", stale=true" if given else ""
            camera.reply(connection, head, "401 Unauthorized", [f'WWW-Authenticate: Digest realm="cam", nonce="{nonce}"{stale}'])
            return True
        camera = FakeCamera(behave)
        viewer = self.stage(camera, user="admin", password="pw")
        viewer.play()
        self.assertEqual(sum(head.startswith("SETUP") for head in camera.requests), 3)  # one of the two tracks twice

    def test_requests_of_the_camera_are_answered(self):
        def behave(connection, head):
            if head.startswith("PLAY"):
                connection.send("OPTIONS * RTSP/1.0\r\nCSeq: 77\r\n\r\nANNOUNCE * RTSP/1.0\r\nCSeq: 78\r\n\r\n")
                self.assertIn("200", connection.message()[0])
                self.assertIn("501", connection.message()[0])
            return False
        viewer = self.stage(FakeCamera(behave))
        viewer.play()

    def test_metadata_with_a_legal_text_passes_pseudonymised_and_in_no_other_form(self):
        """AMG-6, by interleaved frames and by UDP."""
        described = SDP + ("m=application 0 RTP/AVP 107\r\na=rtpmap:107 vnd.onvif.metadata/90000\r\na=control:m\r\n"
                           "m=application 0 RTP/AVP 108\r\na=rtpmap:108 smpte336m/90000\r\na=control:k\r\n")
        document = ('<tt:MetadataStream xmlns:tt="http://www.onvif.org/ver10/schema"><tt:VideoAnalytics><tt:Frame UtcTime="2026-01-05T12:00:00Z">'
                    '<tt:Object ObjectId="4711"><tt:Appearance><tt:LicensePlateInfo>B-AD 1815</tt:LicensePlateInfo></tt:Appearance></tt:Object>'
                    "</tt:Frame></tt:VideoAnalytics></tt:MetadataStream>").encode()
        half = len(document) // 2

        def rtp(sequence, payload, ends):
            return bytes([0x80, 107 | (0x80 if ends else 0)]) + sequence.to_bytes(2, "big") + bytes(8) + payload

        packets = [rtp(1, document[:half], False), rtp(2, document[half:], True)]
        udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.addCleanup(udp.close)
        udp.bind(("127.0.0.1", 0))
        to_gate = {}

        def behave(connection, head):
            ports = re.search(r"client_port=(\d+)", head)
            if ports:
                to_gate["port"] = int(ports[1])
                number = udp.getsockname()[1]
                camera.reply(connection, head, headers=[f"Transport: RTP/AVP;unicast;client_port={ports[1]}-{int(ports[1]) + 1};server_port={number}-{number + 1}"])
                return True
            if head.startswith("PLAY"):
                camera.reply(connection, head)
                for packet in packets:
                    if to_gate:
                        udp.sendto(packet, ("127.0.0.1", to_gate["port"]))
                    else:
                        connection.send(b"$" + bytes([4]) + len(packet).to_bytes(2, "big") + packet)
                return True
            return False
        camera = FakeCamera(behave, described)
        viewer = self.stage(camera, {"action": "transform", "rule": "AMG-6", "reason": "sensitive", "tracks": [{"kind": DATA, "pseudonymise": True}]})

        shown = viewer.play([2])
        viewer.frames_until(lambda frames: frames)

        self.assertIn("vnd.onvif.metadata", shown.body)
        self.assertNotIn("smpte336m", shown.body)
        _, channel, packet = viewer.frames[0]
        self.assertEqual((channel, len(viewer.frames)), (4, 1))
        for text in (packet[12:].decode(), self.by_udp(viewer)):
            self.assertRegex(text, r'^<tt:MetadataStream .*<tt:Object ObjectId="\d+"><tt:Appearance></tt:Appearance></tt:Object>')
            self.assertNotIn("4711", text)
            self.assertNotIn("1815", text)

    def by_udp(self, earlier):
        """What one packet of track 2 says that comes by UDP."""
        earlier.close()
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
            udp.bind(("127.0.0.1", 0))
            udp.settimeout(30)
            number = udp.getsockname()[1]
            viewer = self.enterContext(Viewer(self.gate, "door"))
            viewer.ask("DESCRIBE")
            answer = viewer.ask("SETUP", f"{viewer.url}/track-2", f"Transport: RTP/AVP;unicast;client_port={number}-{number + 1}")
            viewer.session = answer["Session"].split(";")[0]
            viewer.ask("PLAY")
            return udp.recv(65536)[12:].decode()


if __name__ == "__main__":
    unittest.main()
