"""The marks on the sample cine: polygons in a text file, their rasterisation, and whether they lie on the cavity."""

from __future__ import annotations

import numpy as np
import pytest
import SimpleITK

from rabengine.demo.sample import MARKS_FILE, polygon_marks, rasterise, read_polygons, sample_cine_path
from rabengine.errors import InputError

END_SYSTOLE, OPEN_VALVE = 5, 12
# The dots beside the sector are 1 cm apart, the large ones 5 cm and 48.9 pixels: no tag is needed for this.
PIXEL_MM = 50 / 48.9


def polygon_area(polygon: np.ndarray) -> float:
    """Area of a polygon that does not cross itself, in squared units of its (vertices, 2) coordinates."""
    x, y = polygon[:, 0], polygon[:, 1]
    return abs(float(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1)))) / 2


def test_rectangle_holds_the_pixels_whose_centres_it_encloses() -> None:
    rectangle = np.array([(1.5, 0.5), (4.5, 0.5), (4.5, 3.5), (1.5, 3.5)])
    expected = np.zeros((6, 7), dtype=bool)
    expected[1:4, 2:5] = True
    np.testing.assert_array_equal(rasterise(rectangle, (6, 7)), expected)


def test_neighbours_with_a_common_edge_share_no_pixel_and_leave_none() -> None:
    left = rasterise(np.array([(0.0, 0.0), (5.0, 0.0), (8.0, 9.0), (0.0, 9.0)]), (10, 12))
    right = rasterise(np.array([(5.0, 0.0), (11.0, 0.0), (11.0, 9.0), (8.0, 9.0)]), (10, 12))
    both = rasterise(np.array([(0.0, 0.0), (11.0, 0.0), (11.0, 9.0), (0.0, 9.0)]), (10, 12))
    assert not (left & right).any()
    np.testing.assert_array_equal(left | right, both)


def test_disc_has_its_area_and_no_orientation() -> None:
    angle = np.linspace(0, 2 * np.pi, 200, endpoint=False)
    disc = np.stack([50.3 + 30 * np.cos(angle), 49.6 + 30 * np.sin(angle)], axis=1)
    filled = rasterise(disc, (100, 100))
    assert filled.sum() == pytest.approx(np.pi * 30**2, rel=0.005)
    assert polygon_area(disc) == pytest.approx(np.pi * 30**2, rel=0.001)
    np.testing.assert_array_equal(filled, rasterise(disc[::-1], (100, 100)))


def test_even_odd_rule_leaves_the_heart_of_a_pentagram_empty() -> None:
    angle = -np.pi / 2 + np.arange(5) * 4 * np.pi / 5
    star = np.stack([30 + 25 * np.cos(angle), 30 + 25 * np.sin(angle)], axis=1)
    filled = rasterise(star, (60, 60))
    assert not filled[30, 30]
    assert filled[12, 30]


def test_polygon_beyond_the_frame_is_cut_off() -> None:
    filled = rasterise(np.array([(-10.0, -10.0), (50.0, -10.0), (50.0, 2.5), (-10.0, 2.5)]), (8, 9))
    assert filled[:3].all()
    assert not filled[3:].any()


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("1 2\n", "before the first frame"),
        ("frame two\n", "frame N"),
        ("frame 1\n1 2\n1 2 3\n", "two numbers"),
        ("frame 1\n1 x\n", "Line 2"),
        ("frame 1\n1 nan\n", "not finite"),
        ("frame 1\n1 2\n3 4\n", "fewer than three"),
        ("frame 1\n1 2\n3 4\n5 9\nframe 1\n", "twice"),
    ],
)
def test_wrong_polygon_file_is_refused_with_its_name(tmp_path, text: str, complaint: str) -> None:
    path = tmp_path / "märks of mine.txt"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=complaint) as caught:
        read_polygons(path)
    assert path.name in str(caught.value)


def test_missing_polygon_file_is_refused(tmp_path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        read_polygons(tmp_path / "none.txt")


def test_marks_fill_label_images_of_the_frame_size() -> None:
    marks = polygon_marks({3: np.array([(0.5, 0.5), (4.5, 0.5), (4.5, 4.5)])}, (6, 7), segment=2)
    assert list(marks) == [3]
    assert marks[3].dtype == np.uint8
    assert marks[3].shape == (6, 7)
    assert set(np.unique(marks[3])) == {0, 2}


@pytest.fixture(scope="module")
def grey_frames() -> np.ndarray:
    """The sample cine as (30, 240, 320) grey float."""
    image = SimpleITK.ReadImage(str(sample_cine_path()))
    return SimpleITK.GetArrayFromImage(image).astype(np.float64).mean(axis=-1)


def test_demo_marks_are_inside_the_frame_and_fine_enough(grey_frames) -> None:
    polygons = read_polygons(MARKS_FILE)
    assert set(polygons) == {END_SYSTOLE, OPEN_VALVE}
    rows, columns = grey_frames.shape[1:]
    for vertices in polygons.values():
        assert len(vertices) >= 20
        assert (vertices >= 0).all()
        assert (vertices < (columns, rows)).all()


def test_demo_marks_make_a_plausible_left_ventricle() -> None:
    """Length, area-length volumes and their ratio are those of an adult left ventricle."""
    volumes = {}
    for frame, vertices in read_polygons(MARKS_FILE).items():
        millimetres = vertices * PIXEL_MM
        annulus = (millimetres[0] + millimetres[-1]) / 2
        length = np.linalg.norm(millimetres - annulus, axis=1).max()
        assert 50 < length < 105
        volumes[frame] = 8 * polygon_area(millimetres) ** 2 / (3 * np.pi * length) / 1000
    assert 65 < volumes[OPEN_VALVE] < 170
    assert 20 < volumes[END_SYSTOLE] < 65
    assert 0.5 < 1 - volumes[END_SYSTOLE] / volumes[OPEN_VALVE] < 0.8


@pytest.mark.parametrize("frame", [END_SYSTOLE, OPEN_VALVE])
def test_sample_cavity_is_darker_than_the_wall_round_it(grey_frames, frame: int) -> None:
    vertices = read_polygons(MARKS_FILE)[frame]
    cavity = rasterise(vertices, grey_frames.shape[1:])
    middle = vertices.mean(axis=0)
    ring = rasterise(middle + (vertices - middle) * 1.2, grey_frames.shape[1:]) & ~cavity
    above_the_valve = np.arange(grey_frames.shape[1])[:, None] < vertices[[0, -1], 1].min()
    inside = np.median(grey_frames[frame][cavity])
    wall = np.median(grey_frames[frame][ring & above_the_valve])
    assert wall > 1.5 * inside
