#!/usr/bin/python3
"""The stream gate between real cameras (GStreamer's and VLC's RTSP servers) and real clients (ffmpeg, GStreamer)."""
import os
import subprocess
import tempfile
import unittest

from stage import AUDIO, DATA, OTHER, Camera, Gate, probe, record, removes


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
                self.assertGreater(recorded["video"], 15)

    def test_what_has_a_purpose_passes(self):
        self.gate.policy({"action": "allow"})
        for transport in ("tcp", "udp"):
            with self.subTest(transport):
                self.assertEqual(probe(self.gate.url("door"), transport)[0], ["video", "audio", "data"])
                recorded = record(self.gate.url("door"), os.path.join(self.folder, "out.mkv"), transport)
                self.assertGreater(recorded["video"], 15)
                self.assertGreater(recorded["audio"], 30)

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
                self.assertEqual(done.returncode, 0, done.stderr)
                self.assertGreater(os.path.getsize(path), 1000)

    def test_a_wrong_password_of_the_viewer_opens_nothing(self):
        self.assertIn("401", probe(self.gate.url("door", "vms:guess"))[1])
        self.assertIn("401", probe(self.gate.url("door", "nobody:secret"))[1])

    def test_what_the_camera_does_not_like_is_told(self):
        self.gate.policy({"action": "allow"})
        self.assertIn("it does not take the password of user 'admin'", probe(self.gate.url("locked"))[1])
        self.assertIn("it asks for a password, and none is configured", probe(self.gate.url("nameless"))[1])
        self.assertIn("no stream 'nosuch' is configured", probe(self.gate.url("nosuch"))[1])


if __name__ == "__main__":
    unittest.main()
