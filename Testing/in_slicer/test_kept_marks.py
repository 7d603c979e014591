"""The file of marks: all that was done to a cine, without its pixels, and whole or refused."""

from __future__ import annotations

import json

import numpy as np
import pytest

from helpers.history_driver import Told, everything
from helpers.slicer_scenes import SIZE, SlicerScene
from rabengine.errors import InputError
from RABSegmentLib.Scene.SegmentationSequence import createSegmentation
from RABSegmentLib.Session.KeptMarks import contentOf, framesOf, headerOf, pixelDigest, putKept, readKept


@pytest.fixture
def told() -> Told:
    """Drawn, predicted, verified, absent, renamed, coloured."""
    made = Told()
    everything(made)
    made.history.undo()  # the second segment is there again
    return made


def test_all_comes_back_in_another_program(told, tmp_path):
    path = tmp_path / "heart.rabmarks"
    path.write_bytes(contentOf(told.segmentation, told.history.frames(), "abc", {"spacing": [1, 2]}))
    assert contentOf(told.segmentation).split(b"\n")[1] != b"" and framesOf(told.segmentation) == told.history.frames()
    other = Told()
    other.paint(0, np.ones(SIZE, bool))
    assert putKept(other.segmentation, readKept(path)) == {"spacing": [1, 2]}
    assert other.picture() == told.picture()
    other.history.settle()
    other.history.undo()
    assert other.segmentation.record(0).origin == "drawn" and other.segmentation.masks(0)[other.segments[0]].all()
    found = headerOf(path)
    assert found is not None and found.digest == "abc" and found.size == (5, *SIZE)
    assert (found.marked, found.predicted) == (3, 1) and found.text.startswith("3 marked and 1 predicted frames of ")


def test_a_file_of_another_cine_is_refused(told):
    scene = SlicerScene()
    other = createSegmentation(scene.cine(np.zeros((4, *SIZE), np.uint8)))
    with pytest.raises(InputError, match="5 frames of 64 x 48 pixels, and this one has 4"):
        putKept(other, contentOf(told.segmentation))


def test_damaged_files_are_refused_whole(told, tmp_path):
    content = contentOf(told.segmentation)
    header, _newline, body = content.partition(b"\n")
    fields = json.loads(body)
    other = Told()
    before = other.picture()
    odd: list[bytes] = [b"", b"\n", header, content[:-10], content[: len(header) + 40], b"\0" * 100, b"[]\n[]"]
    for change in (
        lambda value: value["frames"].update({"99": value["frames"]["1"]}),
        lambda value: value["frames"]["1"].update(record={"status": "great"}),
        lambda value: value["frames"]["2"].update(masks={"Segment_1": "AAAA"}),
        lambda value: value.update(segments=[{"id": "a", "name": "a", "color": [1, 1]}]),
        lambda value: value.update(segments=value["segments"] * 2),
        lambda value: value.update(frames=7),
    ):
        changed = json.loads(body)
        change(changed)
        odd.append(header + b"\n" + json.dumps(changed).encode())
    assert fields["segments"]
    for one in odd:
        with pytest.raises(InputError, match="damaged"):
            putKept(other.segmentation, one)
        assert other.picture() == before
    (tmp_path / "none.rabmarks").write_bytes(b"\0" * 100000)
    assert headerOf(tmp_path / "none.rabmarks") is None and headerOf(tmp_path) is None


def test_cines_are_told_apart_by_their_pixels():
    frames = np.zeros((3, 4, 5), np.uint8)
    other = frames.copy()
    other[2, 3, 4] = 1
    digests = {
        pixelDigest(list(one)) for one in (frames, other, frames.astype(np.uint16), frames[:2], frames.reshape(3, 5, 4))
    }
    assert len(digests) == 5
    assert pixelDigest(list(np.asfortranarray(frames))) == pixelDigest(list(frames))
