"""Runs of the real engine process on real sequences: the whole way from marks to a segmented cine and back."""

from __future__ import annotations

import numpy as np
import pytest

import rabengine
from helpers.own_presets import SMALL, WAITING
from helpers.slicer_scenes import SlicerScene, paint
from rabengine.errors import Cancelled, EngineError, InputError
from rabengine.events import Done, Failed, Progress, Stopped
from rabengine.synthetic.phantom import beating_ellipse
from RABSegmentLib.Scene.FrameRecords import FrameStatus
from RABSegmentLib.Session.Job import RunChoices
from RABSegmentLib.Session.Session import SegmentVideoSession
from RABSegmentLib.Session.Sessions import SegmentVideoSessions

pytestmark = pytest.mark.usefixtures("own_presets", "warm_engines")
CHOICES = RunChoices(preset=SMALL, device="cpu")
COUNT, SIDE = 8, 64


class Heard:
    """What a session said.

    Args:
        session: that is listened to.
    """

    def __init__(self, session: SegmentVideoSession) -> None:
        self.progress, self.shares, self.finished, self.failed = [], [], [], []
        self.cancelled = 0
        self._session = session
        session.events.connect(self._hear)

    def _hear(self, event) -> None:
        if isinstance(event, Progress):
            self.progress.append(event)
            self.shares.append(self._session.share)
        elif isinstance(event, Done):
            self.finished.append(event.results)
        elif isinstance(event, Failed):
            self.failed.append(event)
        else:
            assert isinstance(event, Stopped)
            self.cancelled += 1


@pytest.fixture
def scene():
    return SlicerScene()


@pytest.fixture
def sessions():
    made = SegmentVideoSessions()
    yield made
    made.close()


@pytest.fixture(scope="module")
def phantom_cine():
    return beating_ellipse(COUNT, SIDE, SIDE, seed=1)


@pytest.fixture
def a_frame_a_turn(monkeypatch):
    monkeypatch.setattr("RABSegmentLib.Session.WritingQueue.WRITING_SECONDS", 0.0)


def opened(scene, sessions, frames, name="Heart") -> tuple[SegmentVideoSession, Heard, str]:
    session = sessions.sessionOf(scene.cine(frames, name))
    return session, Heard(session), session.segmentation.segmentIds()[0]


def labels_of(session, segment) -> np.ndarray:
    return np.stack([session.segmentation.masks(frame)[segment] for frame in range(COUNT)]).astype(np.uint8)


def test_a_painted_frame_gives_what_the_engine_gives(scene, sessions, phantom_cine):
    frames, truth = phantom_cine
    session, heard, segment = opened(scene, sessions, frames)
    paint(session.segmentation, segment, truth[0] > 0)
    session.start(CHOICES)
    session.wait()
    [[result]] = heard.finished
    expected = rabengine.segment(frames, {0: truth[0]}, preset=SMALL, device="cpu")
    assert np.array_equal(labels_of(session, segment), expected.labels)
    records = [session.segmentation.record(frame) for frame in range(COUNT)]
    assert [record.status for record in records] == [FrameStatus.MARKED] + [FrameStatus.PREDICTED] * (COUNT - 1)
    trust = [record.confidence[segment] for record in records[1:]]
    assert np.allclose(trust, expected.confidence[1:, 0], atol=1e-3)
    assert result.next_frame == session.nextFrame() == expected.next_frame
    assert result.device == "cpu" and all(0 <= share <= 1 for share in heard.shares)
    assert heard.shares == sorted(heard.shares)


def test_correcting_verifying_and_running_again_keeps_what_the_user_made(scene, sessions, phantom_cine):
    frames, truth = phantom_cine
    session, heard, segment = opened(scene, sessions, frames)
    paint(session.segmentation, segment, truth[0] > 0)
    session.start(CHOICES)
    session.wait()
    session.verify(2)
    verified = session.segmentation.masks(2)[segment]
    scene.show(session.browserNode, 5)
    corrected = np.roll(truth[5] > 0, 4, axis=1)
    paint(session.segmentation, segment, corrected)
    session.start(CHOICES)
    session.wait()
    assert len(heard.finished) == 2
    assert np.array_equal(session.segmentation.masks(0)[segment], truth[0] > 0)
    assert np.array_equal(session.segmentation.masks(2)[segment], verified)
    assert np.array_equal(session.segmentation.masks(5)[segment], corrected)
    expected = rabengine.segment(
        frames, {0: truth[0], 2: verified.astype(np.uint8), 5: corrected.astype(np.uint8)}, preset=SMALL, device="cpu"
    )
    assert np.array_equal(labels_of(session, segment), expected.labels)


def test_overlapping_segments_are_both_segmented(scene, sessions, phantom_cine):
    frames, truth = phantom_cine
    session, heard, segment = opened(scene, sessions, frames)
    other = session.segmentation.addSegment("Whole")
    whole = np.zeros((SIDE, SIDE), bool)
    rows, columns = np.nonzero(truth[0])
    whole[rows.min() - 4 : rows.max() + 5, columns.min() - 4 : columns.max() + 5] = True
    paint(session.segmentation, segment, truth[0] > 0)
    paint(session.segmentation, other, whole)
    session.start(CHOICES)
    session.wait()
    assert len(heard.finished) == 1
    for frame in range(COUNT):
        found = session.segmentation.masks(frame)
        assert found[segment].any() and found[other].any()
    assert (session.segmentation.masks(3)[segment] & session.segmentation.masks(3)[other]).any()
    assert np.array_equal(labels_of(session, segment), rabengine.segment(frames, {0: truth[0]}, preset=SMALL).labels)


def test_cancelling_keeps_what_is_done_and_undo_takes_it_back(scene, sessions, phantom_cine):
    frames, truth = phantom_cine
    session, heard, segment = opened(scene, sessions, frames)
    paint(session.segmentation, segment, truth[0] > 0)
    session.start(RunChoices(preset=WAITING, device="cpu"))
    while not labels_of(session, segment)[1:].any():
        session.poll(0.05)
    session.cancel()
    session.wait()
    assert (heard.cancelled, heard.finished, heard.failed) == (1, [], [])
    assert labels_of(session, segment)[1:].any()
    assert session.canUndo
    session.undoLastRun()
    assert not labels_of(session, segment)[1:].any()
    assert session.keeping.markedFrames() == [0]
    session.start(CHOICES)
    session.wait()
    assert len(heard.finished) == 1


def test_a_frame_that_is_painted_during_a_run_stays_as_painted(scene, sessions, phantom_cine):
    frames, truth = phantom_cine
    session, heard, segment = opened(scene, sessions, frames)
    paint(session.segmentation, segment, truth[0] > 0)
    session.start(CHOICES)
    scene.show(session.browserNode, 4)
    drawn = np.roll(truth[4] > 0, 9, axis=0)
    paint(session.segmentation, segment, drawn)
    session.wait()
    assert len(heard.finished) == 1
    assert np.array_equal(session.segmentation.masks(4)[segment], drawn)
    assert session.segmentation.record(4).origin == "drawn"


def test_closing_the_scene_during_a_run_ends_it(scene, sessions, phantom_cine):
    frames, truth = phantom_cine
    session, heard, segment = opened(scene, sessions, frames)
    paint(session.segmentation, segment, truth[0] > 0)
    session.start(CHOICES)
    scene.scene.Clear(0)
    sessions.poll()
    assert not sessions.isBusy and not session.isRunning
    assert (heard.finished, heard.failed) == ([], [])


def test_two_cines_are_segmented_at_once(scene, sessions, phantom_cine):
    frames, truth = phantom_cine
    one, heard_one, segment_one = opened(scene, sessions, frames, "One")
    two, heard_two, segment_two = opened(scene, sessions, frames[::-1].copy(), "Two")
    paint(one.segmentation, segment_one, truth[0] > 0)
    paint(two.segmentation, segment_two, truth[-1] > 0)
    one.start(CHOICES)
    two.start(CHOICES)
    while sessions.isBusy:
        sessions.poll()
    assert len(heard_one.finished) == len(heard_two.finished) == 1
    assert np.array_equal(labels_of(one, segment_one), rabengine.segment(frames, {0: truth[0]}, preset=SMALL).labels)
    assert labels_of(two, segment_two)[-1].any()


def test_the_console_call_gives_the_same_as_the_panel(scene, sessions, phantom_cine):
    frames, truth = phantom_cine
    session, _heard, segment = opened(scene, sessions, frames)
    paint(session.segmentation, segment, truth[0] > 0)
    session.start(CHOICES)
    session.wait()
    told = []
    browser = scene.cine(frames, "Again")
    node = sessions.segmentVideo(browser, {0: {"Ventricle": truth[0] > 0}}, CHOICES, lambda *what: told.append(what))
    again = sessions.sessionOf(browser)
    assert again.segmentation.node is node and browser.GetProxyNode(node) is not None
    [name] = again.segmentation.segmentIds()
    assert again.segmentation.segmentName(name) == "Ventricle"
    assert np.array_equal(labels_of(again, name), labels_of(session, segment))
    assert told and told[-1][1] <= 1


def test_the_console_call_says_what_is_wrong(scene, sessions, phantom_cine):
    frames, truth = phantom_cine
    browser = scene.cine(frames)
    with pytest.raises(InputError, match="Nothing is marked"):
        sessions.segmentVideo(browser, {}, CHOICES)
    with pytest.raises(InputError, match="no frame 8"):
        sessions.segmentVideo(browser, {0: truth[0], 8: truth[0]}, CHOICES)
    with pytest.raises(InputError, match="shape"):
        sessions.segmentVideo(browser, {0: truth[0][:-1]}, CHOICES)
    assert sessions.sessionOf(browser).keeping.markedFrames() == []
    with pytest.raises(InputError, match="No cine"):
        sessions.segmentVideo(None, {0: truth[0]}, CHOICES)
    with pytest.raises(EngineError, match="abacus"):
        sessions.segmentVideo(browser, {0: truth[0]}, RunChoices("image", "abacus"))


def test_a_failure_is_raised_where_somebody_waits_for_it_and_told_where_nobody_does(scene, sessions, phantom_cine):
    frames, truth = phantom_cine
    session, heard, _segment = opened(scene, sessions, frames)
    told = []
    sessions.events.connect(lambda *what: told.append(what))
    with pytest.raises(EngineError, match="abacus"):
        sessions.segmentVideo(session.browserNode, {0: truth[0]}, RunChoices("fast", "abacus"))
    assert told == [] and len(heard.failed) == 1
    session.start(RunChoices("fast", "abacus"))
    session.wait()
    [(whose, failed)] = told
    assert whose is session and heard.failed[-1] is failed
    assert "abacus" in failed.message and failed.hint and failed.kind == "input"


def test_sessions_tell_whose_marks_and_segments_changed(scene, sessions, phantom_cine):
    frames, truth = phantom_cine
    one, _heard, segment = opened(scene, sessions, frames, "One")
    two, *_rest = opened(scene, sessions, frames, "Two")
    marked, renamed = [], []
    sessions.recordsChanged.connect(marked.append)
    sessions.segmentsChanged.connect(renamed.append)
    paint(one.segmentation, segment, truth[0] > 0)
    assert marked and all(session is one for session in marked)
    two.segmentation.proxyNode.GetSegmentation().GetNthSegment(0).SetName("Cavity")
    assert renamed and all(session is two for session in renamed)


def test_a_cancelled_console_call_says_so(scene, sessions, phantom_cine):
    frames, truth = phantom_cine
    browser = scene.cine(frames)
    session = sessions.sessionOf(browser)
    with pytest.raises(Cancelled):
        sessions.segmentVideo(browser, {0: truth[0]}, CHOICES, lambda *_: session.cancel())


def test_a_segment_that_is_deleted_during_a_run_stays_deleted(scene, sessions, phantom_cine):
    frames, truth = phantom_cine
    session, heard, segment = opened(scene, sessions, frames)
    other = session.segmentation.addSegment("Wall")
    paint(session.segmentation, segment, truth[0] > 0)
    paint(session.segmentation, other, np.roll(truth[0] > 0, 25, axis=1) & ~(truth[0] > 0))
    session.start(CHOICES)
    session.segmentation.proxyNode.GetSegmentation().RemoveSegment(other)
    session.wait()
    assert (len(heard.finished), heard.failed) == (1, [])
    assert session.segmentation.segmentIds() == [segment]
    assert labels_of(session, segment).any(axis=(1, 2)).all()


def test_what_was_found_is_written_bit_by_bit_and_then_the_end_is_told(scene, sessions, phantom_cine, a_frame_a_turn):
    frames, truth = phantom_cine
    session, heard, segment = opened(scene, sessions, frames)
    paint(session.segmentation, segment, truth[0] > 0)
    events = []

    def note() -> None:
        done = sum(bool(session.segmentation.record(frame).confidence) for frame in range(1, COUNT))
        events.append((done, session.isRunning, len(heard.finished)))

    session.recordsChanged.connect(note)
    session.start(CHOICES)
    session.wait()
    settled = [number for number, (done, _running, _finished) in enumerate(events) if done]
    assert [events[number][0] for number in settled] == list(range(1, COUNT))  # a frame a turn
    assert all(running and not finished for _done, running, finished in events)  # and the end after the last
    assert len(heard.finished) == 1 and not session.isRunning
    assert np.array_equal(labels_of(session, segment), rabengine.segment(frames, {0: truth[0]}, preset=SMALL).labels)


def test_cancelling_what_is_still_to_be_written_drops_it(scene, sessions, phantom_cine, a_frame_a_turn):
    frames, truth = phantom_cine
    session, heard, segment = opened(scene, sessions, frames)
    paint(session.segmentation, segment, truth[0] > 0)

    def settled() -> list[int]:
        return [frame for frame in range(1, COUNT) if session.segmentation.record(frame).confidence]

    session.start(CHOICES)
    while not settled():
        session.poll(0.05)
    assert session.isRunning  # the engine has ended, the writing has not
    session.cancel()
    session.wait()
    assert (len(settled()), heard.cancelled, heard.finished) == (1, 1, [])
    assert not session.hasUnwritten
    session.start(CHOICES)
    session.wait()
    assert (len(settled()), len(heard.finished)) == (COUNT - 1, 1)
