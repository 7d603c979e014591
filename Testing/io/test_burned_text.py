"""Text that is burned into a cine: found where it stands still, black in what leaves, and said."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from helpers.dicom_files import MR, item, write_dicom
from helpers.labelled_cines import NAMES
from rabengine.cine import Cine
from rabengine.errors import InputError
from rabengine.exchange.blanking import NOTHING, STILL, Blanking, hidden_pixels, require_known_text
from rabengine.exchange.burned_text import find_text
from rabengine.exchange.format import MARKED
from rabengine.exchange.items import Labelled, SetChoices, make_items
from rabengine.exchange.write import write_set
from rabengine.io.read import read_cine
from rabengine.synthetic.phantom import beating_ellipse

ROWS, COLUMNS = 160, 200
FRAMES = np.asarray(beating_ellipse(10, ROWS, COLUMNS, seed=1)[0], np.uint8)
WHITE, YELLOW = (255, 255, 255), (255, 220, 0)


def with_text(text: str, place: tuple[int, int], size: int, colour: tuple[int, int, int]) -> np.ndarray:
    """(T, H, W), or (T, H, W, 3) where it is coloured."""
    drawn = []
    for frame in FRAMES:
        picture = Image.fromarray(frame).convert("RGB")
        ImageDraw.Draw(picture).text(place, text, fill=colour, font=ImageFont.load_default(size))
        drawn.append(np.asarray(picture))
    return np.stack(drawn) if len(set(colour)) > 1 else np.stack(drawn)[..., 0]


def letters(frames: np.ndarray) -> np.ndarray:
    """(H, W) bool, where text was drawn."""
    plain = FRAMES if frames.ndim == 3 else FRAMES[..., None]
    changed = np.abs(frames.astype(int) - plain) > 30
    return changed.reshape(*FRAMES.shape, -1).any(axis=(0, 3))


@pytest.mark.parametrize("place", [(4, 4), (60, 70), (20, 140)])
@pytest.mark.parametrize(("size", "colour"), [(11, WHITE), (18, WHITE), (13, YELLOW)])
def test_a_name_is_found_wherever_it_stands(place, size, colour):
    frames = with_text("Meyer, Anna", place, size, colour)
    boxes, is_told = find_text(frames)
    covered = np.zeros((ROWS, COLUMNS), bool)
    for left, top, width, height in boxes:
        covered[top : top + height, left : left + width] = True
    drawn = letters(frames)
    assert is_told and (drawn & covered).sum() >= 0.95 * drawn.sum()
    assert covered.sum() < 0.25 * covered.size, "the picture is left"


def test_a_moving_picture_without_text_is_left_as_it_is():
    assert find_text(FRAMES) == ([], True)


def test_in_a_picture_that_stands_still_nothing_is_told():
    still = np.repeat(with_text("Meyer, Anna", (60, 70), 14, WHITE)[:1], 6, axis=0)
    assert find_text(still) == ([], False)
    with pytest.raises(InputError, match="hardly moves, so text cannot be told"):
        hidden_pixels(Cine(still, source="a.mp4"), Blanking(finds_text=True))


def exported(folder: Path, cine: Cine, blanking: Blanking) -> tuple[np.ndarray, str, tuple[str, ...]]:
    """The first picture of a set, what its page says, and what the user is told."""
    mask = np.zeros((ROWS, COLUMNS), np.uint8)
    mask[80:90, 90:100] = 3
    made = make_items([Labelled(cine, {0: mask}, {0: MARKED}, NAMES)], SetChoices(blanking=blanking))
    write_set(folder, "pairs", made.items, made.sums, made.sentences)
    picture = np.asarray(Image.open(next((folder / "images").iterdir())))
    return picture, (folder / "README.txt").read_text(), made.doubts


def test_a_video_with_a_name_is_refused_and_says_where_until_it_is_to_become_black(tmp_path):
    frames = with_text("DOE^JANE 12.03.1961", (30, 60), 12, WHITE)
    cine = Cine(frames, source="a.mp4")
    with pytest.raises(InputError, match=r"what looks like text is at [0-9,]+") as refused:
        make_items([Labelled(cine, {0: np.ones((ROWS, COLUMNS), np.uint8)}, {0: MARKED})], SetChoices())
    assert "--blank-text" in refused.value.hint
    picture, page, doubts = exported(tmp_path / "set", cine, Blanking(finds_text=True))
    drawn = letters(frames)
    assert (picture[drawn] == 0).mean() >= 0.95 and picture[80:90, 90:100].any()
    assert "What looks like text was made black (" in page and "look whether that is all of it" in " ".join(doubts)


def test_text_inside_of_the_region_of_an_ultrasound_file_becomes_black_unless_it_is_kept(tmp_path):
    frames = with_text("Meyer, Anna", (40, 60), 14, WHITE)
    corners = {"MinX0": 10, "MinY0": 10, "MaxX1": 190, "MaxY1": 150}
    region = item(**{f"RegionLocation{name}": value for name, value in corners.items()})
    path = write_dicom(tmp_path / "us.dcm", frames, SequenceOfUltrasoundRegions=[region], FrameTime=33.0)
    cine = read_cine(path)
    picture, page, doubts = exported(tmp_path / "set", cine, Blanking())
    drawn = letters(frames)
    assert (picture[drawn] == 0).mean() >= 0.95
    assert "Everything outside of the regions" in page and len(doubts) == 1
    kept, _page, none = exported(tmp_path / "kept", cine, Blanking(keeps_text=True))
    assert np.array_equal(kept, frames[0]) and none == ()
    outside = hidden_pixels(cine, Blanking(((20, 20, 5, 4),)))
    assert outside.pixels.sum() == ROWS * COLUMNS - 181 * 141 + 20  # what the user adds is added
    assert hidden_pixels(cine, Blanking(finds_text=True)).pixels[:10].all()


def test_regions_that_say_nothing_of_where_text_is_leave_it_to_the_user(tmp_path):
    corners = {"MinX0": 0, "MinY0": 0, "MaxX1": COLUMNS - 1, "MaxY1": ROWS - 1}
    whole = item(**{f"RegionLocation{name}": value for name, value in corners.items()})
    cine = read_cine(write_dicom(tmp_path / "us.dcm", FRAMES, SequenceOfUltrasoundRegions=[whole], FrameTime=33.0))
    assert not hidden_pixels(cine, Blanking()).is_known
    whole.RegionLocationMinY0 = 10
    still = np.repeat(FRAMES[:1], 3, axis=0)
    cine = read_cine(write_dicom(tmp_path / "still.dcm", still, SequenceOfUltrasoundRegions=[whole], FrameTime=33.0))
    hidden = hidden_pixels(cine, Blanking())
    assert hidden.is_known and hidden.doubt == STILL


def test_every_file_of_a_series_must_say_that_no_text_is_burned_in(tmp_path):
    def told(second: str) -> bool:
        folder = tmp_path / second
        folder.mkdir()
        for number, said in enumerate(("NO", second)):
            write_dicom(folder / f"{number}.dcm", FRAMES[number], MR, BurnedInAnnotation=said, InstanceNumber=number)
        return hidden_pixels(read_cine(folder), Blanking()).is_known

    assert told("NO") and not told("YES")


def test_who_asks_for_text_where_none_is_found_must_look_too(tmp_path):
    hidden = hidden_pixels(Cine(FRAMES, source="a.mp4"), Blanking(finds_text=True))
    assert hidden.pixels is None and hidden.doubt == hidden.done == NOTHING
    require_known_text(Cine(FRAMES, source="a.mp4"), hidden)
    with pytest.raises(InputError, match="Nothing says whether names or dates"):
        require_known_text(Cine(FRAMES), hidden_pixels(Cine(FRAMES), Blanking()))
