"""DICOM as it comes from many devices: patients in one folder, files without an order, shared and inverted greys."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from helpers.cine_files import in_colour, moving_square
from helpers.dicom_files import MR, US_MULTIFRAME, dicom, save, write_dicom
from rabengine.errors import InputError
from rabengine.io.read import ReadOptions, read_cine

FRAMES = moving_square(4)[:, :24, :28].copy()


def refusal(folder: Path) -> InputError:
    with pytest.raises(InputError) as caught:
        read_cine(folder)
    assert folder.name in caught.value.message
    return caught.value


def test_frames_of_two_patients_are_not_one_cine(tmp_path: Path) -> None:
    folder = tmp_path / "mixed"
    folder.mkdir()
    for patient in ("P1", "P2"):
        for number, frame in enumerate(FRAMES):
            write_dicom(folder / f"{patient}{number}.dcm", frame, MR, PatientID=patient, InstanceNumber=number + 1)
    error = refusal(folder)
    assert "P1" in error.message and "P2" in error.message and "--series 1" in error.hint
    assert np.array_equal(read_cine(folder, options=ReadOptions(series="2")).frames, FRAMES)


def test_single_pictures_of_several_patients_are_no_cine(tmp_path: Path) -> None:
    folder = tmp_path / "people"
    folder.mkdir()
    for number, frame in enumerate(FRAMES):
        write_dicom(folder / f"{number}.dcm", frame, MR, PatientID=f"P{number}", SeriesInstanceUID=f"1.2.{number}")
    assert "of one frame each" in refusal(folder).message


def test_two_loops_in_one_folder_are_chosen_from(tmp_path: Path) -> None:
    folder = tmp_path / "loops"
    folder.mkdir()
    write_dicom(folder / "a.dcm", FRAMES, US_MULTIFRAME)
    write_dicom(folder / "b.dcm", FRAMES[::-1].copy(), US_MULTIFRAME)
    error = refusal(folder)
    assert "one frame each" not in error.message and "--series" in error.hint
    assert np.array_equal(read_cine(folder, options=ReadOptions(series="b.dcm")).frames, FRAMES[::-1])


def test_the_number_of_the_acquisition_orders_and_no_number_is_said(tmp_path: Path) -> None:
    names = ["d.dcm", "b.dcm", "a.dcm", "c.dcm"]
    for folder, numbers in ((tmp_path / "numbered", True), (tmp_path / "unnumbered", False)):
        folder.mkdir()
        for place, name in enumerate(names):
            write_dicom(folder / name, FRAMES[place], MR, **({"AcquisitionNumber": place + 1} if numbers else {}))
    numbered = read_cine(tmp_path / "numbered")
    assert np.array_equal(numbered.frames, FRAMES) and not numbered.warnings
    unnumbered = read_cine(tmp_path / "unnumbered")
    assert np.array_equal(unnumbered.frames, FRAMES[[2, 1, 3, 0]])
    [order] = unnumbered.warnings
    assert "order of their names" in order and tmp_path.name not in order, "tables tell it on, and name no folder"


def test_colours_shared_by_two_pixels(tmp_path: Path) -> None:
    luma = np.stack([np.asarray(Image.fromarray(frame).convert("YCbCr")) for frame in in_colour(FRAMES)])
    luma[..., 1:] = np.repeat(luma[:, :, ::2, 1:], 2, axis=2)
    pairs = luma.reshape(len(FRAMES), -1, 2, 3)
    data = dicom(luma, PhotometricInterpretation="YBR_FULL_422")
    data.PixelData = np.concatenate([pairs[..., 0], pairs[:, :, 0, 1:]], axis=2).tobytes()
    save(data, tmp_path / "shared.dcm")
    wanted = [
        np.asarray(Image.frombytes("YCbCr", frame.shape[1::-1], frame.tobytes()).convert("RGB")).astype(int)
        for frame in luma
    ]
    assert np.abs(read_cine(tmp_path / "shared.dcm").frames - np.stack(wanted)).max() <= 2


def test_white_is_the_largest_value(tmp_path: Path) -> None:
    write_dicom(tmp_path / "a.dcm", 255 - FRAMES, PhotometricInterpretation="MONOCHROME1")
    assert np.array_equal(read_cine(tmp_path / "a.dcm").frames, FRAMES)
    deep = (4095 - FRAMES.astype(np.uint16) * 16).astype(np.uint16)
    write_dicom(tmp_path / "b.dcm", deep, PhotometricInterpretation="MONOCHROME1", BitsStored=12, HighBit=11)
    assert np.array_equal(read_cine(tmp_path / "b.dcm").frames, FRAMES.astype(np.uint16) * 16)
