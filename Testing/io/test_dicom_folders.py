"""Folders of DICOM files: frames in the order of time, one series at one place, and a note of what was left out."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from helpers.cine_files import moving_square, refusal, write_image
from helpers.dicom_files import dicom, save, write_dicom, write_slices
from rabengine.errors import InputError
from rabengine.io.read import ReadOptions, read_cine

FRAMES = moving_square()
COUNT = len(FRAMES)
NAMES = ["f", "b", "e", "a", "d", "c"]  # frame n is in the file NAMES[n]: names are no order

ORDERS: dict[str, list[dict[str, Any]]] = {
    "instance": [{"InstanceNumber": n + 1} for n in range(COUNT)],
    "trigger": [{"InstanceNumber": 1, "TriggerTime": 40 * n} for n in range(COUNT)],
    "trigger against instances": [
        {"InstanceNumber": [2, 1, 4, 3, 6, 5][n], "TriggerTime": 40 * n} for n in range(COUNT)
    ],
    "temporal": [{"TemporalPositionIdentifier": n + 1} for n in range(COUNT)],
    "content time": [{"ContentTime": f"1200{n:02d}.5"} for n in range(COUNT)],
    "acquisition": [{"AcquisitionTime": f"120000.{n}", "ContentTime": "130000"} for n in range(COUNT)],
    "midnight": [
        {"ContentTime": ["235958", "235959", "000000", "000001", "000002", "000003"][n]} for n in range(COUNT)
    ],
    "several beats": [
        {"InstanceNumber": n + 1, "TriggerTime": 40 * (n % 3) + n, "AcquisitionTime": f"120000.{n}"}
        for n in range(COUNT)
    ],
}
STEPS = {
    "instance": None,
    "trigger": 0.04,
    "trigger against instances": 0.04,
    "temporal": None,
    "content time": 1.0,
    "acquisition": 0.1,
    "midnight": 1.0,
    "several beats": 0.1,
}


@pytest.mark.parametrize("kind", list(ORDERS))
def test_frames_come_in_the_order_of_time(tmp_path, kind):
    write_slices(tmp_path / "cine", FRAMES, NAMES, ORDERS[kind])
    cine = read_cine(tmp_path / "cine")
    assert np.array_equal(cine.frames, FRAMES)
    step = STEPS[kind]
    assert (cine.index_name, cine.index_unit) == (("time", "s") if step else ("frame", ""))
    assert cine.index_values == pytest.approx(np.arange(COUNT) * (step or 1))


def test_two_series_are_listed_and_one_is_chosen(tmp_path):
    values = [
        {"SeriesInstanceUID": f"1.2.{n % 2 + 8}", "SeriesNumber": n % 2 + 8, "InstanceNumber": n} for n in range(6)
    ]
    write_slices(tmp_path / "cine", FRAMES, NAMES, values)
    message = refusal(tmp_path / "cine")
    assert "2 series" in message and "8 (series 8" in message and "9 (series 9" in message
    for name in ("9", "1.2.9"):
        assert np.array_equal(read_cine(tmp_path / "cine", options=ReadOptions(series=name)).frames, FRAMES[1::2])
    with pytest.raises(InputError, match="holds no 3"):
        read_cine(tmp_path / "cine", options=ReadOptions(series="3"))


def test_slice_positions_are_no_frames(tmp_path):
    values = [{"ImagePositionPatient": [0, 0, 5 * n], "InstanceNumber": n} for n in range(COUNT)]
    write_slices(tmp_path / "stack", FRAMES, NAMES, values)
    assert "6 series or slice positions of one frame each" in refusal(tmp_path / "stack")
    values = [{"ImagePositionPatient": [0, 0, 5 * (n % 2)], "InstanceNumber": n} for n in range(COUNT)]
    write_slices(tmp_path / "cines", FRAMES, NAMES, values)
    assert "slice at 5 mm, 3 frames" in refusal(tmp_path / "cines")
    assert np.array_equal(read_cine(tmp_path / "cines", options=ReadOptions(series="2")).frames, FRAMES[1::2])


def test_other_files_beside_dicom_are_left_out_and_named(tmp_path):
    write_slices(
        tmp_path / "cine", FRAMES, NAMES, [{"PixelSpacing": [0.3, 0.2], "InstanceNumber": n} for n in range(6)]
    )
    write_image(FRAMES[0], tmp_path / "cine" / "preview.png")
    report = dicom(FRAMES[0], "1.2.840.10008.5.1.4.1.1.88.33")
    for name in ("PixelData", "Rows", "Columns"):
        delattr(report, name)
    report.save_as(tmp_path / "cine" / "sr.dcm", enforce_file_format=True)
    cine = read_cine(tmp_path / "cine")
    assert np.array_equal(cine.frames, FRAMES) and cine.spacing == (0.2, 0.3)
    [warning] = cine.warnings
    assert "preview.png" in warning and "sr.dcm" in warning


def test_a_dicomdir_beside_the_images_goes_without_saying(tmp_path):
    write_slices(tmp_path / "cine", FRAMES, NAMES, ORDERS["instance"])
    table = dicom(FRAMES[0], "1.2.840.10008.1.3.10")
    for name in ("PixelData", "Rows", "Columns"):
        delattr(table, name)
    table.save_as(tmp_path / "cine" / "DICOMDIR", enforce_file_format=True)
    cine = read_cine(tmp_path / "cine")
    assert np.array_equal(cine.frames, FRAMES) and not cine.warnings
    for file in (tmp_path / "cine").glob("[a-f]"):
        file.unlink()
    assert "hold no images" in refusal(tmp_path / "cine")


def test_files_without_preamble_make_a_cine(tmp_path):
    write_slices(tmp_path / "cine", FRAMES, NAMES, ORDERS["instance"])
    for file in (tmp_path / "cine").iterdir():
        file.write_bytes(file.read_bytes()[132:])
    assert np.array_equal(read_cine(tmp_path / "cine").frames, FRAMES)


def test_every_frame_in_a_series_of_its_own_is_one_cine(tmp_path):
    values = [{"SeriesInstanceUID": f"1.2.{n + 1}", "InstanceNumber": 1, "FrameTime": 40} for n in range(COUNT)]
    write_slices(tmp_path / "cine", FRAMES, [f"{n}.dcm" for n in range(COUNT)], values)
    cine = read_cine(tmp_path / "cine")
    assert np.array_equal(cine.frames, FRAMES) and cine.index_values[1] == pytest.approx(0.04)


def test_a_folder_with_one_multi_frame_file_is_that_cine_and_two_are_a_choice(tmp_path):
    write_dicom(tmp_path / "a.dcm", FRAMES, SeriesInstanceUID="1.2.1", FrameTime=40)
    cine = read_cine(tmp_path)
    assert np.array_equal(cine.frames, FRAMES) and cine.index_unit == "s"
    write_dicom(tmp_path / "b.dcm", FRAMES[::-1].copy(), SeriesInstanceUID="1.2.2")
    assert "a.dcm" in refusal(tmp_path) and "b.dcm" in refusal(tmp_path)
    assert np.array_equal(read_cine(tmp_path, options=ReadOptions(series="b.dcm")).frames, FRAMES[::-1])


def test_slopes_that_change_from_file_to_file_are_applied(tmp_path):
    values = [{"RescaleSlope": n + 1, "RescaleIntercept": 0, "InstanceNumber": n} for n in range(COUNT)]
    write_slices(tmp_path / "cine", FRAMES, NAMES, values)
    expected = FRAMES * (np.arange(COUNT)[:, None, None] + 1.0)
    assert np.array_equal(read_cine(tmp_path / "cine").frames, expected)


def test_a_cut_file_in_a_folder_is_named(tmp_path):
    write_slices(tmp_path / "cine", FRAMES, NAMES, ORDERS["instance"])
    file = tmp_path / "cine" / "d"
    file.write_bytes(file.read_bytes()[:-20])
    with pytest.raises(InputError, match=r"/d is cut off"):
        read_cine(tmp_path / "cine")


def test_images_of_another_size_are_another_series(tmp_path):
    write_slices(tmp_path / "cine", FRAMES, NAMES, ORDERS["instance"])
    save(dicom(FRAMES[0, :-2], InstanceNumber=9), tmp_path / "cine" / "scout.dcm")
    assert "holds 2 series" in refusal(tmp_path / "cine")
    assert np.array_equal(read_cine(tmp_path / "cine", options=ReadOptions(series="1")).frames, FRAMES)
