"""Fingerprints of the labels that the presets give, to show that a change of the code changed none of them.

    PYTHONPATH=Testing python -m tools.same_labels ENGINE_FOLDER VIDEOS OUT.json

ENGINE_FOLDER holds the package `rabengine`; VIDEOS is a folder of labelled videos (`NAME/images`, `NAME/masks`). The
demo and three videos, their first and last frame marked, are segmented with seed 0 by one thread; OUT gets a SHA-256
of each label array. Two runs on the same machine that differ have changed what the engine computes.
"""

import argparse
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

VIDEOS = ("vocalfolds-seq3", "vtus-0002", "echonet-1")
PRESETS = ("fast", "balanced")
FRAMES = 30
DEMO = """
from pathlib import Path
from rabengine.demo.run_demo import run_demo
run_demo(Path({folder!r}), preset={preset!r}, device="cpu")
"""


def labels_hash(folder: Path) -> str:
    """SHA-256 over the label pictures of `folder`, decoded, so that no detail of the files counts."""
    import numpy as np
    from PIL import Image

    found = hashlib.sha256()
    pictures = sorted(folder.glob("*.png"))
    if not pictures:
        raise SystemExit(f"{folder} holds no labels.")
    for path in pictures:
        found.update(np.asarray(Image.open(path)).tobytes())
    return found.hexdigest()


def sequence_hash(path: Path) -> str:
    """SHA-256 over the voxels of the label sequence at `path`."""
    import SimpleITK as sitk

    return hashlib.sha256(sitk.GetArrayFromImage(sitk.ReadImage(str(path))).tobytes()).hexdigest()


def run(engine: Path, arguments: list[str]) -> None:
    environment = os.environ | {"PYTHONPATH": str(engine), "OMP_NUM_THREADS": "1", "CUDA_VISIBLE_DEVICES": ""}
    subprocess.run([sys.executable, *arguments], env=environment, check=True)


def short_copy(video: Path, folder: Path) -> tuple[Path, list[str]]:
    """The first frames of `video` as a folder of their own, and the options that mark its first and last one."""
    images = sorted((video / "images").iterdir())[:FRAMES]
    masks = sorted((video / "masks").iterdir())[:FRAMES]
    folder.mkdir()
    for image in images:
        shutil.copy(image, folder / image.name)
    marks = (0, len(images) - 1)
    return folder, [option for frame in marks for option in ("--mark", f"{frame}={masks[frame]}")]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("engine", type=Path)
    parser.add_argument("videos", type=Path)
    parser.add_argument("out", type=Path)
    options = parser.parse_args()
    hashes: dict[str, str] = {}
    with tempfile.TemporaryDirectory() as temporary:
        work = Path(temporary)
        for preset in PRESETS:
            demo = work / f"demo-{preset}"
            run(options.engine, ["-c", DEMO.format(folder=str(demo), preset=preset)])
            hashes[f"demo {preset}"] = sequence_hash(demo / "segmentation.seq.nrrd")
            print("demo", preset, hashes[f"demo {preset}"], flush=True)
        for name in VIDEOS:
            cine, marks = short_copy(options.videos / name, work / name)
            for preset in PRESETS:
                labels = work / f"{name}-{preset}"
                arguments = [
                    "-m",
                    "rabengine",
                    "segment",
                    str(cine),
                    *marks,
                    "--preset",
                    preset,
                    "--seed",
                    "0",
                    "--progress",
                    "none",
                ]
                run(options.engine, [*arguments, "-o", str(labels)])
                hashes[f"{name} {preset}"] = labels_hash(labels)
                print(name, preset, hashes[f"{name} {preset}"], flush=True)
    options.out.write_text(json.dumps(hashes, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
