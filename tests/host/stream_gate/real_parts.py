#!/usr/bin/python3
"""The stream gate between cameras (the RTSP servers of GStreamer and VLC, and that of the beds) and clients (ffmpeg, GStreamer)."""
import os
import socket
import ssl
import subprocess
import tempfile
import time
import unittest

from rtsp_peer import Viewer
from stage import AUDIO, DATA, OTHER, Camera, Child, Gate, probe, record, removes


class WithGStreamer(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = cls.enterClassContext(tempfile.TemporaryDirectory())
        cls.camera = cls.enterClassContext(Camera("--login", "admin:pw"))
        url = f"rtsp://127.0.0.1:{cls.camera.port}/cam"
        cls.gate = cls.enterClassContext(Gate({
            "door": {"url": url, "user": "admin", "password": "pw", "camera": "door", "attachment": "zm", "device": "1"},
            "locked": {"url": url, "user": "admin", "password": "wrong"},
            "nameless": {"url": url}}))

    def test_modules_are_asked_with_the_tracks_of_the_camera(self):
        self.gate.policy(removes(AUDIO, DATA, OTHER))
        probe(self.gate.url("door"))
        self.assertEqual(self.gate.question(), {"stream": "door", "viewer": "vms", "camera": "door", "attachment": "zm", "device": "1",
                                                "tracks": "video/h264 audio/mpeg4-generic data/vnd.onvif.metadata"})

    def test_forbidden_tracks_are_gone_from_description_and_recording(self):
        self.gate.policy(removes(AUDIO, DATA, OTHER))
        for transport in ("tcp", "udp"):
            with self.subTest(transport):
                self.assertEqual(probe(self.gate.url("door"), transport)[0], ["video"])
                recorded = record(self.gate.url("door"), os.path.join(self.folder, "out.mkv"), transport)
                self.assertEqual(list(recorded), ["video"])
                self.assertGreater(recorded["video"], 3)

    def test_what_has_a_purpose_passes(self):
        self.gate.policy({"action": "allow"})
        for transport in ("tcp", "udp"):
            with self.subTest(transport):
                self.assertEqual(probe(self.gate.url("door"), transport)[0], ["video", "audio", "data"])
                recorded = record(self.gate.url("door"), os.path.join(self.folder, "out.mkv"), transport)
                self.assertGreater(recorded["video"], 3)
                self.assertGreater(recorded["audio"], 5)

    def test_metadata_alone_can_be_forbidden(self):
        self.gate.policy(removes(DATA))
        self.assertEqual(probe(self.gate.url("door"))[0], ["video", "audio"])

    def test_a_denied_stream_tells_the_reason(self):
        self.gate.policy({"action": "deny", "rule": "AMG-1", "reason": "no purpose for this camera"})
        self.assertIn("AMG-1: no purpose for this camera", probe(self.gate.url("door"))[1])

    def test_a_stream_that_nobody_could_be_asked_about_is_not_opened(self):
        self.gate.policy({"action": "error"})
        self.assertIn("modules could not be asked", probe(self.gate.url("door"))[1])

    def test_gstreamers_client_gets_what_is_allowed(self):
        self.gate.policy(removes(AUDIO, DATA, OTHER))
        for transport in ("tcp", "udp"):
            with self.subTest(transport):
                path = os.path.join(self.folder, "gst.h264")
                # identity ends the stream by itself after 20 buffers
                done = subprocess.run(["gst-launch-1.0", "-q", "rtspsrc", f"location=rtsp://127.0.0.1:{self.gate.port}/door", "user-id=vms",
                                       "user-pw=secret", f"protocols={transport}", "!", "rtph264depay", "!", "identity", "eos-after=20",
                                       "!", "filesink", f"location={path}"], capture_output=True, text=True, timeout=60, check=False)
                # Not its exit code: how it ends a stream that it takes nothing of any more is between it and the clock.
                self.assertGreater(os.path.getsize(path), 1000, done.stderr)

    def test_a_wrong_password_of_the_viewer_opens_nothing(self):
        self.assertIn("401", probe(self.gate.url("door", "vms:guess"))[1])
        self.assertIn("401", probe(self.gate.url("door", "nobody:secret"))[1])

    def test_what_the_camera_does_not_like_is_told(self):
        self.gate.policy({"action": "allow"})
        self.assertIn("it does not take the password of user 'admin'", probe(self.gate.url("locked"))[1])
        self.assertIn("it asks for a password, and none is configured", probe(self.gate.url("nameless"))[1])
        self.assertIn("no stream 'nosuch' is configured", probe(self.gate.url("nosuch"))[1])

    def test_a_camera_that_asks_for_basic_gets_it(self):
        with Camera("--login", "admin:pw", "--basic") as camera, \
             Gate({"old": {"url": f"rtsp://127.0.0.1:{camera.port}/cam", "user": "admin", "password": "pw"}}, policy=removes(AUDIO)) as gate:
            self.assertEqual(probe(gate.url("old"))[0], ["video", "data"])


class WithVlc(unittest.TestCase):
    """VLC's server: absolute control names, sound first, "Cseq", UDP alone."""

    @classmethod
    def setUpClass(cls):
        cls.folder = cls.enterClassContext(tempfile.TemporaryDirectory())
        os.chmod(cls.folder, 0o777)
        clip = os.path.join(cls.folder, "clip.mp4")
        # Long: where it begins anew, VLC leaves out what a short recording would need.
        subprocess.run([os.path.join(os.path.dirname(__file__), "../../bed/camera/make-clip"), clip, "60"], check=True)
        with socket.create_server(("127.0.0.1", 0)) as free:
            cls.port = free.getsockname()[1]
        as_nobody = ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"] if os.geteuid() == 0 else []
        cls.enterClassContext(Child(*as_nobody, "cvlc", "-q", "-I", "dummy", "--loop", clip, "--sout", f"#rtp{{sdp=rtsp://127.0.0.1:{cls.port}/cam}}",
                                    "--sout-keep", env={**os.environ, "HOME": cls.folder}, stderr=subprocess.DEVNULL))
        for _ in range(300):
            if "video" in probe(f"rtsp://127.0.0.1:{cls.port}/cam", "udp")[0]:
                break
            time.sleep(0.1)
        cls.gate = cls.enterClassContext(Gate({"hall": {"url": f"rtsp://127.0.0.1:{cls.port}/cam"}}))

    def test_forbidden_sound_is_gone(self):
        self.gate.policy(removes(AUDIO))
        recorded = record(self.gate.url("hall"), os.path.join(self.folder, "out.mkv"), "udp")
        self.assertEqual(list(recorded), ["video"])
        self.assertGreater(recorded["video"], 3)

    def test_sound_with_a_purpose_passes(self):
        self.gate.policy({"action": "allow"})
        recorded = record(self.gate.url("hall"), os.path.join(self.folder, "out.mkv"), "udp")
        self.assertGreater(recorded["video"], 3)
        self.assertGreater(recorded["audio"], 5)

    def test_a_transport_that_the_camera_does_not_speak_is_told_to_the_viewer(self):
        self.gate.policy({"action": "allow"})
        self.assertIn("461", probe(self.gate.url("hall"), "tcp")[1])


class WithTheBedsCamera(unittest.TestCase):
    """A third server, interleaved, with the digest of RFC 2069 (tests/bed/camera)."""

    def test_forbidden_sound_is_gone(self):
        with tempfile.TemporaryDirectory() as folder:
            bed = os.path.join(os.path.dirname(__file__), "../../bed/camera")
            clip = os.path.join(folder, "clip.mp4")
            subprocess.run([os.path.join(bed, "make-clip"), clip, "4"], check=True)
            with Child(os.path.join(bed, "rtsp-camera"), clip, "0", "--login", "cam:pw") as camera:
                url = camera.wait_for(lambda line: line.startswith("ready ")).split()[1]
                with Gate({"yard": {"url": url, "user": "cam", "password": "pw"}}, policy=removes(AUDIO)) as gate:
                    recorded = record(gate.url("yard"), os.path.join(folder, "out.mkv"))
                    self.assertEqual(list(recorded), ["video"])
                    gate.policy({"action": "allow"})
                    self.assertGreater(record(gate.url("yard"), os.path.join(folder, "out.mkv"))["audio"], 5)


class WithTls(unittest.TestCase):
    """RTSPS towards the camera and towards the viewer."""

    @classmethod
    def setUpClass(cls):
        cls.folder = cls.enterClassContext(tempfile.TemporaryDirectory())
        cls.certificate, cls.key = (os.path.join(cls.folder, name) for name in ("cert.pem", "key.pem"))
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj",
                        "/CN=test", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", cls.key, "-out", cls.certificate],
                       check=True, capture_output=True)
        cls.camera = cls.enterClassContext(Camera("--tls", cls.certificate, cls.key, "--login", "admin:pw"))
        login = {"user": "admin", "password": "pw"}
        cls.gate = cls.enterClassContext(Gate({
            "safe": {"url": f"rtsps://127.0.0.1:{cls.camera.port}/cam", "ca_file": cls.certificate, **login},
            "unknown": {"url": f"rtsps://127.0.0.1:{cls.camera.port}/cam", **login},
            "other-name": {"url": f"rtsps://localhost:{cls.camera.port}/cam", "ca_file": cls.certificate, **login}},
            policy=removes(AUDIO), tls_listen="127.0.0.1:0", certificate=cls.certificate, key=cls.key))

    def test_a_stream_goes_through_tls_on_both_sides(self):
        with Viewer(self.gate, "safe", tls=ssl.create_default_context(cafile=self.certificate), port=self.gate.ready["tls"]) as viewer:
            described = viewer.play()
            self.assertNotIn("m=audio", described.body)
            viewer.frames_until(lambda frames: sum(1 for _, channel, _ in frames if channel == 0) > 20)

    def test_a_client_of_the_trade_gets_it_too(self):
        self.assertEqual(probe(self.gate.url("safe", scheme="rtsps", port=self.gate.ready["tls"]))[0], ["video", "data"])

    def test_over_tls_nothing_goes_beside_it_in_the_clear(self):
        with Viewer(self.gate, "safe") as viewer:
            viewer.ask("DESCRIBE")
            self.assertEqual(viewer.ask("SETUP", viewer.url + "/track-0", "Transport: RTP/AVP;unicast;client_port=40000-40001").status, 461)

    def test_a_certificate_that_nobody_vouches_for_or_of_another_name_is_refused(self):
        for name in ("unknown", "other-name"):
            with self.subTest(name):
                self.assertIn("certificate verify failed", probe(self.gate.url(name))[1])

    def test_a_plain_peer_of_the_tls_port_gets_nothing(self):
        with socket.create_connection(("127.0.0.1", self.gate.ready["tls"]), timeout=30) as plain:
            plain.sendall(b"OPTIONS * RTSP/1.0\r\nCSeq: 1\r\n\r\n")
            self.assertNotIn(b"RTSP", plain.recv(1000))


if __name__ == "__main__":
    unittest.main()
