"""Labelled videos to train on: kinds, whole videos held out, and bad folders."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from helpers.labelled_videos import write_video
from rabengine.errors import InputError
from rabengine.io.video_sets import kind_of, load_video, load_video_sets
from rabengine.synthetic.phantom import beating_ellipse


def write_videos(root: Path, *names: str, count: int = 5) -> Path:
    for number, name in enumerate(names):
        write_video(root / name, *beating_ellipse(count, 40, 48, seed=number))
    return root


def test_frames_are_bytes_in_the_order_of_their_names(tmp_path: Path) -> None:
    frames, truth = beating_ellipse(5, 40, 48)
    video = load_video(write_video(tmp_path / "one", frames, 2 * truth))
    assert len(video) == 5
    assert np.array_equal(video.pixels[:, 0].numpy(), frames)
    assert np.array_equal(video.labels.numpy(), 2 * truth)
    assert video.values.tolist() == [2]
    assert video.areas[:, 0].tolist() == pytest.approx(truth.mean(axis=(1, 2)).tolist())


def test_a_kind_is_what_stands_before_the_hyphen_or_the_folder_above() -> None:
    assert kind_of(Path("/data/videos/heart-child-2")) == "heart"
    assert kind_of(Path("/data/hearts/017")) == "hearts"


def test_whole_videos_are_held_out_of_each_kind(tmp_path: Path) -> None:
    write_videos(tmp_path, *(f"eye-{n}" for n in range(6)), "throat-1", "throat-2")
    eye, throat = load_video_sets((tmp_path,), 0.3, seed=0)
    assert (eye.name, throat.name) == ("eye", "throat")
    training, held = ({video.name for video in part} for part in (eye.training, eye.validation))
    assert len(held) == 2 and len(training) == 4 and not training & held
    # Of two videos none is held out: little would be left to train on.
    assert len(throat.training) == 2 and not throat.validation
    again, _ = load_video_sets((tmp_path,), 0.3, seed=0)
    assert held == {video.name for video in again.validation}
    assert any({v.name for v in load_video_sets((tmp_path,), 0.3, seed=s)[0].validation} != held for s in range(1, 5))


def test_bad_videos_are_named(tmp_path: Path) -> None:
    write_videos(tmp_path / "few", "a-1", count=3)
    with pytest.raises(InputError, match="holds 3 images"):
        load_video_sets((tmp_path / "few",), 0.1, 0)
    folder = write_videos(tmp_path / "good", "a-1")
    with pytest.raises(InputError, match="given twice"):
        load_video_sets((folder, folder / "a-1"), 0.1, 0)
    frames, truth = beating_ellipse(5, 40, 48)
    with pytest.raises(InputError, match="shows an object"):
        load_video(write_video(tmp_path / "empty", frames, 0 * truth))
    other = write_video(tmp_path / "other", *beating_ellipse(5, 40, 60))
    for part in ("images", "masks"):
        (other / part / "0004.png").replace(folder / "a-1" / part / "0004.png")
    with pytest.raises(InputError, match=r"0004\.png is of another size"):
        load_video(folder / "a-1")
    (folder / "a-1" / "images" / "0002.png").write_bytes(b"no picture")
    with pytest.raises(InputError, match=r"0002\.png cannot be read"):
        load_video(folder / "a-1")
