"""Files of cines, right and wrong, made for the tests of reading."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import SimpleITK
from pydicom import dcmread
from pydicom.data import get_testdata_file
from pydicom.uid import ImplicitVRLittleEndian

from rabengine.errors import InputError
from rabengine.io.read import read_cine

ECHO = Path(get_testdata_file("examples_ybr_color.dcm"))


SPACING_MM = 0.5104970559477806  # 10 x the region's 0.05104970559477806 cm


def moving_square(count: int = 6, dtype: str = "uint8", scale: float = 1) -> np.ndarray:
    frames = np.zeros((count, 32, 40), dtype)
    for frame in range(count):
        frames[frame, 8:20, 5 + frame : 17 + frame] = np.asarray((100 + frame) * scale).astype(dtype)
    return frames


def in_colour(frames: np.ndarray) -> np.ndarray:
    return np.stack([frames, frames // 2, 255 - frames], axis=-1)


def write_image(pixels: np.ndarray, path: Path, is_vector: bool = False) -> None:
    SimpleITK.WriteImage(SimpleITK.GetImageFromArray(pixels, isVector=is_vector), str(path))


def write_changed_echo(path: Path, implicit: bool = False, **changes: object) -> None:
    """The echocardiogram as plain RGB with other values in its header; None removes one."""
    data = dcmread(ECHO)
    pixels = data.pixel_array
    data.PixelData = pixels.tobytes()
    data["PixelData"].is_undefined_length = False
    data.PhotometricInterpretation = "RGB"
    data.file_meta.TransferSyntaxUID = ImplicitVRLittleEndian if implicit else "1.2.840.10008.1.2.1"
    for name, value in changes.items():
        if value is None:
            delattr(data, name)
        else:
            setattr(data, name, value)
    data.save_as(path, implicit_vr=implicit, little_endian=True)


def write_video(path: Path, codec: str, pixel_format: str, count: int = 20) -> np.ndarray:
    av = pytest.importorskip("av")
    frames = in_colour(moving_square(count).repeat(2, axis=1).repeat(2, axis=2))
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=20)
        stream.width, stream.height, stream.pix_fmt = 80, 64, pixel_format
        for pixels in frames:
            picture = av.VideoFrame.from_ndarray(pixels, format="rgb24").reformat(format=pixel_format)
            container.mux(stream.encode(picture))
        container.mux(stream.encode())
    return frames


def refusal(path: Path) -> str:
    """The one sentence about `path`."""
    with pytest.raises(InputError) as caught:
        read_cine(path)
    assert caught.value.exit_code == 2 and caught.value.hint
    assert path.name in caught.value.message and "\n" not in str(caught.value)
    return caught.value.message


def nrrd_header(data: str) -> bytes:
    return f"NRRD0005\ntype: uint8\ndimension: 3\nsizes: 40 32 6\nencoding: raw\n{data}\n\n".encode()


def metaimage_header(data: str, comment: str = "") -> bytes:
    header = f"ObjectType = Image\nNDims = 3\nDimSize = 40 32 6\nElementType = MET_UCHAR\n{comment}"
    return f"{header}ElementDataFile = {data}\n".encode()
