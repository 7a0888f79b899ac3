#!/usr/bin/python3
"""What modules say changes while streams run: a real camera (GStreamer), and a viewer that looks at each packet."""
import time
import unittest

from rtsp_peer import Viewer
from stage import AUDIO, DATA, OTHER, Camera, Gate, removes

VIDEO_RTP, AUDIO_RTP = 0, 2  # channels; see Viewer.play


def count(frames, channel, after=0.0):
    return sum(1 for at, number, _ in frames if number == channel and at > after)


class Changes(unittest.TestCase):
    def setUp(self):
        self.camera = self.enterContext(Camera("--audio", "pcma"))
        self.gate = self.enterContext(Gate({"door": {"url": f"rtsp://127.0.0.1:{self.camera.port}/cam"}}, policy={"action": "allow"}))

    def playing(self):
        viewer = self.enterContext(Viewer(self.gate, "door"))
        viewer.play()
        viewer.frames_until(lambda frames: count(frames, VIDEO_RTP) > 3 and (count(frames, AUDIO_RTP) > 3 or self.is_shut))
        return viewer

    is_shut = False

    def test_at_closing_the_packets_stop_within_100_ms_and_the_picture_goes_on(self):
        closing = time.time() + 4
        self.gate.policy({"action": "transform", "rule": "AMG-3", "reason": "hours",
                          "tracks": [{"kind": AUDIO, "begin_utc_s": closing - 60, "end_utc_s": closing}]})
        viewer = self.playing()

        viewer.frames_until(lambda frames: count(frames, VIDEO_RTP, closing + 1) > 10)

        self.assertGreater(count(viewer.frames, AUDIO_RTP), 3)
        self.assertEqual(count(viewer.frames, AUDIO_RTP, closing + 0.1), 0)
        self.assertEqual(self.gate.note("stream.changed")["shut"], "audio")

    def test_a_track_that_opens_and_closes_again_needs_no_renewal(self):
        shut = time.time() + 3
        self.gate.policy({"action": "transform", "rule": "AMG-3", "reason": "hours",
                          "tracks": [{"kind": AUDIO, "begin_utc_s": shut - 60, "end_utc_s": shut},
                                     {"kind": AUDIO, "begin_utc_s": shut + 1, "end_utc_s": shut + 60}]})
        viewer = self.playing()

        viewer.frames_until(lambda frames: count(frames, AUDIO_RTP, shut + 1) > 10)

        self.assertEqual(count(viewer.frames, AUDIO_RTP, shut + 0.1) - count(viewer.frames, AUDIO_RTP, shut + 1), 0)

    def test_a_changed_answer_takes_effect_on_a_running_stream(self):
        viewer = self.playing()
        self.gate.policy(removes(AUDIO))
        self.gate.say("reconsider")
        self.gate.note("stream.changed")
        changed = time.time()

        viewer.frames_until(lambda frames: count(frames, VIDEO_RTP, changed + 0.5) > 10)

        self.assertEqual(count(viewer.frames, AUDIO_RTP, changed + 0.1), 0)
        self.assertGreater(self.gate.status("door")["dropped"]["audio"], 0)
        self.assertEqual(self.gate.status("door")["shut"], ["audio"])
        viewer.close()
        self.assertGreater(self.gate.note("stream.ended")["dropped_audio"], 0)

    def test_a_track_that_the_viewer_does_not_know_renews_its_session(self):
        self.gate.policy(removes(AUDIO, DATA, OTHER))
        self.is_shut = True
        viewer = self.playing()
        self.gate.policy({"action": "allow"})
        self.gate.say("reconsider")

        viewer.wait_for_end()

        self.assertTrue(self.gate.note("stream.ended")["reason"].startswith("renewed: audio"))
        self.camera.wait_for(lambda line: line == "teardown")
        self.is_shut = False
        self.assertGreater(count(self.playing().frames, AUDIO_RTP), 3)

    def test_at_an_opening_the_session_is_renewed(self):
        opening = time.time() + 4
        self.gate.policy({"action": "transform", "rule": "AMG-3", "reason": "hours",
                          "tracks": [{"kind": AUDIO, "begin_utc_s": opening, "end_utc_s": opening + 60}]})
        self.is_shut = True
        viewer = self.playing()
        viewer.wait_for_end()

        self.assertGreaterEqual(time.time(), opening)
        self.assertEqual(count(viewer.frames, AUDIO_RTP), 0)
        self.is_shut = False
        self.assertGreater(count(self.playing().frames, AUDIO_RTP), 3)

    def test_modules_are_asked_again_when_their_answer_ends(self):
        self.gate.policy({"action": "allow", "valid_s": 1})
        viewer = self.playing()
        self.gate.question()
        self.gate.policy(removes(AUDIO))

        self.gate.question()
        self.gate.note("stream.changed")
        changed = time.time()
        viewer.frames_until(lambda frames: count(frames, VIDEO_RTP, changed + 0.5) > 5)
        self.assertEqual(count(viewer.frames, AUDIO_RTP, changed + 0.1), 0)

    def test_a_stream_that_is_denied_later_ends(self):
        viewer = self.playing()
        self.gate.policy({"action": "deny", "rule": "AMG-1", "reason": "withdrawn"})
        self.gate.say("reconsider")

        viewer.wait_for_end()

        self.assertEqual(self.gate.note("stream.ended")["reason"], "refused: AMG-1: withdrawn")

    def test_a_running_stream_outlives_that_modules_cannot_be_asked_for_a_moment(self):
        viewer = self.playing()
        self.gate.policy({"action": "error"})
        self.gate.say("reconsider")
        self.gate.question()  # the first
        self.gate.question()
        self.gate.policy(removes(AUDIO))
        self.gate.note("stream.changed")
        changed = time.time()

        viewer.frames_until(lambda frames: count(frames, VIDEO_RTP, changed) > 5)

    def test_a_changed_source_ends_its_sessions_and_a_changed_login_its_viewers(self):
        viewer = self.playing()
        self.gate.sources["door"]["device"] = "7"
        self.gate.say("apply " + self.gate.write_config(self.gate.sources))
        viewer.wait_for_end()
        self.assertEqual(self.gate.note("stream.ended")["reason"], "its configuration changed")

        viewer = self.playing()
        self.gate.say("apply " + self.gate.write_config(self.gate.sources, viewers=[{"name": "vms", "password": "new"}]))
        viewer.wait_for_end()
        self.assertEqual(self.gate.note("stream.ended")["reason"], "its login changed")

    def test_what_did_not_change_goes_on(self):
        viewer = self.playing()
        self.gate.say("apply " + self.gate.write_config({**self.gate.sources, "more": {"url": "rtsp://127.0.0.1:1/x"}}))
        self.gate.wait_for(lambda line: line == '{"applied":""}')
        applied = time.time()

        viewer.frames_until(lambda frames: count(frames, VIDEO_RTP, applied) > 5)

    def test_a_forbidden_track_cannot_be_set_up_by_its_name(self):
        self.gate.policy(removes(AUDIO))
        with Viewer(self.gate, "door") as viewer:
            viewer.ask("DESCRIBE")
            refused = viewer.set_up(1)
            self.assertEqual((refused.status, refused.reason), (403, "AMG-2: no purpose is documented"))
            self.assertEqual(viewer.set_up(0).status, 200)


if __name__ == "__main__":
    unittest.main()
