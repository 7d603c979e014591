"""The command `rabsegment`: its outputs, exit codes, and what a failed run leaves behind."""

from __future__ import annotations

import csv
import json
import shutil
import subprocess
import sys

import numpy as np
import pytest
import SimpleITK as sitk
import torch

import rabengine
from helpers.processes import assert_one_sentence, environment, python_without_torch, run_command, segment_arguments

WITHOUT_CUDA = pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU here")


def test_segment_writes_every_output(phantom, tmp_path):
    out = tmp_path / "labels.seq.nrrd"
    extras = {name: tmp_path / name for name in ("overlay.gif", "table.csv", "report.json")}
    done = run_command(
        *segment_arguments(phantom, out, preset="fast"),
        "--overlay",
        extras["overlay.gif"],
        "--table",
        extras["table.csv"],
        "--report",
        extras["report.json"],
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == ""
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([out.name, *extras])
    with extras["table.csv"].open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert len(rows) == len(phantom.frames)
    assert list(rows[0]) == ["frame", "time", "segment", "area_px", "area_mm2", "confidence", "status"]
    assert int(rows[0]["area_px"]) == int(phantom.truth[0].sum())
    assert rows[0]["status"] == "marked"
    report = json.loads(extras["report.json"].read_text(encoding="utf-8"))
    assert report["preset"] == "fast"
    assert report["seed"] == 0


def test_segment_to_a_folder_of_images(phantom, tmp_path):
    out = tmp_path / "labels é ü"
    done = run_command(*segment_arguments(phantom, out))
    assert done.returncode == 0, done.stderr
    assert sorted(path.name for path in out.iterdir()) == [f"{index:04d}.png" for index in range(8)]
    marked = sitk.GetArrayFromImage(sitk.ReadImage(str(out / "0000.png")))
    assert np.array_equal(marked, phantom.truth[0])


def test_marks_may_come_as_a_label_sequence(phantom, tmp_path):
    labels = np.zeros_like(phantom.truth)
    labels[4] = phantom.truth[4]
    sitk.WriteImage(sitk.GetImageFromArray(labels), str(tmp_path / "marks.nrrd"))
    out = tmp_path / "labels.nrrd"
    done = run_command("segment", phantom.cine, "--marks", tmp_path / "marks.nrrd", "-o", out, "--preset", "image")
    assert done.returncode == 0, done.stderr
    assert np.array_equal(sitk.GetArrayFromImage(sitk.ReadImage(str(out)))[4], phantom.truth[4])


def test_same_seed_gives_the_same_labels(phantom, tmp_path):
    outs = [tmp_path / name for name in ("a.nrrd", "b.nrrd")]
    for out in outs:
        done = run_command(*segment_arguments(phantom, out, "--seed", 3, "--device", "cpu", preset="fast"))
        assert done.returncode == 0, done.stderr
    first, second = (sitk.GetArrayFromImage(sitk.ReadImage(str(out))) for out in outs)
    assert np.array_equal(first, second)


def test_json_progress_is_nothing_but_json_lines(short_phantom, tmp_path):
    done = run_command(*segment_arguments(short_phantom, tmp_path / "labels.nrrd", "--progress", "json", preset="fast"))
    assert done.returncode == 0, done.stderr
    events = [json.loads(line) for line in done.stdout.splitlines()]
    names = [event["event"] for event in events]
    assert names[-1] == "done"
    assert names.count("done") == 1
    assert "progress" in names
    assert "frames" in names
    progress = next(event for event in events if event["event"] == "progress")
    assert set(progress) == {"event", "phase", "step", "total", "seconds_left", "losses"}


def test_bar_goes_to_stderr(short_phantom, tmp_path):
    done = run_command(*segment_arguments(short_phantom, tmp_path / "labels.nrrd", "--progress", "bar"))
    assert done.returncode == 0
    assert done.stdout == ""
    assert "%" in done.stderr


def test_output_folder_takes_the_place_of_an_earlier_one(short_phantom, tmp_path):
    out = tmp_path / "labels"
    out.mkdir()
    (out / "0900.png").write_bytes(b"a frame of a longer cine")
    done = run_command(*segment_arguments(short_phantom, out))
    assert done.returncode == 0, done.stderr
    assert sorted(path.name for path in out.iterdir()) == [f"{index:04d}.png" for index in range(2)]
    assert list(tmp_path.iterdir()) == [out]


def test_output_folder_with_files_of_others_is_refused(short_phantom, tmp_path):
    (tmp_path / "notes.txt").write_text("mine", encoding="utf-8")
    done = run_command(*segment_arguments(short_phantom, tmp_path))
    assert done.returncode == 2
    assert_one_sentence(done.stderr)
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]


def test_output_folder_that_holds_the_mask_is_refused(short_phantom, tmp_path):
    mask = tmp_path / "0000.png"
    shutil.copy(short_phantom.masks[0], mask)
    done = run_command("segment", short_phantom.cine, "--mark", f"0={mask}", "-o", tmp_path)
    assert done.returncode == 2
    assert "0000.png" in done.stderr


USAGE_ERRORS = {
    "no command": [],
    "unknown command": ["segmentise"],
    "no cine": ["segment", "-o", "{out}", "--mark", "0={mask}"],
    "no marks": ["segment", "{cine}", "-o", "{out}"],
    "both kinds of marks": ["segment", "{cine}", "-o", "{out}", "--mark", "0={mask}", "--marks", "{mask}"],
    "no output": ["segment", "{cine}", "--mark", "0={mask}"],
    "unknown preset": ["segment", "{cine}", "--mark", "0={mask}", "-o", "{out}", "--preset", "best"],
    "all held out": ["train", "--images", "{folder}", "-o", "{out}", "--validation-fraction", "1"],
    "negative seed": ["segment", "{cine}", "--mark", "0={mask}", "-o", "{out}", "--seed", "-1"],
    "mark without frame": ["segment", "{cine}", "--mark", "{mask}", "-o", "{out}"],
    "frame out of range": ["segment", "{cine}", "--mark", "8={mask}", "-o", "{out}"],
    "two masks for a frame": ["segment", "{cine}", "--mark", "0={mask}", "--mark", "0={mask}", "-o", "{out}"],
    "missing cine": ["segment", "{folder}/none.dcm", "--mark", "0={mask}", "-o", "{out}"],
    "missing mask": ["segment", "{cine}", "--mark", "0={folder}/none.png", "-o", "{out}"],
    "unknown kind of output": ["segment", "{cine}", "--mark", "0={mask}", "-o", "{folder}/labels.png"],
    "labels in a kind of file that we do not write": [
        "segment",
        "{cine}",
        "--mark",
        "0={mask}",
        "-o",
        "{folder}/a.vtk",
    ],
    "set with the name of a file": ["export", "{cine}", "{mask}", "--format", "coco", "-o", "{folder}/a.h5"],
    "demo with the name of a file": ["demo", "-o", "{folder}/a.pdf"],
    "cines with the name of a file": ["synthesize", "-o", "{folder}/a.mp4"],
    "study with the name of a file": ["study", "create", "{folder}/a.sqlite"],
    "measurements with the name of a file": ["measure", "{cine}", "{mask}", "-o", "{folder}/a.xlsx"],
    "measurements without a place": ["measure", "{cine}", "{mask}"],
    "M-mode without a folder": ["measure", "{cine}", "{mask}", "--json", "--mmode", "0,0,9,9"],
    "weights with the name of another file": ["train", "--images", "{folder}", "-o", "{folder}/a.onnx"],
    "output in no folder": ["segment", "{cine}", "--mark", "0={mask}", "-o", "{folder}/none/labels.nrrd"],
    "output over the cine": ["segment", "{cine}", "--mark", "0={mask}", "-o", "{cine}"],
    "two outputs at one place": [
        "segment",
        "{cine}",
        "--mark",
        "0={mask}",
        "-o",
        "{out}",
        "--table",
        "{folder}/x.csv",
        "--report",
        "{folder}/x.csv",
    ],
    "table of another kind": [
        "segment",
        "{cine}",
        "--mark",
        "0={mask}",
        "-o",
        "{out}",
        "--table",
        "{folder}/t.xls",
    ],
    "report in no folder": [
        "segment",
        "{cine}",
        "--mark",
        "0={mask}",
        "-o",
        "{out}",
        "--report",
        "{folder}/none/r.json",
    ],
    "overlay of another kind": [
        "segment",
        "{cine}",
        "--mark",
        "0={mask}",
        "-o",
        "{out}",
        "--overlay",
        "{folder}/o.xyz",
    ],
    "unknown device": ["segment", "{cine}", "--mark", "0={mask}", "-o", "{out}", "--device", "abacus"],
    "missing weights": [
        "segment",
        "{cine}",
        "--mark",
        "0={mask}",
        "-o",
        "{out}",
        "--weights",
        "{folder}/none.pt",
    ],
}


@pytest.mark.parametrize("arguments", USAGE_ERRORS.values(), ids=USAGE_ERRORS.keys())
def test_bad_usage_exits_2_with_one_sentence(arguments, phantom, tmp_path):
    names = {
        "cine": phantom.cine,
        "mask": phantom.masks[0],
        "out": tmp_path / "labels.nrrd",
        "folder": tmp_path,
    }
    done = run_command(*(argument.format(**names) for argument in arguments))
    assert done.returncode == 2, done.stderr
    assert_one_sentence(done.stderr)
    assert done.stdout == ""
    assert list(tmp_path.iterdir()) == []


def test_an_option_that_an_action_does_not_know_leads_to_its_own_help():
    done = run_command("study", "next", "hearts", "--by", "Carla")
    assert done.returncode == 2 and "See: rabsegment study next --help" in done.stderr


@pytest.mark.parametrize("kind", ["noise", "other network"])
def test_weights_that_are_not_ours(kind, phantom, tmp_path):
    weights = tmp_path / "weights.pt"
    if kind == "noise":
        weights.write_bytes(bytes(range(256)) * 16)
    else:
        torch.save(torch.nn.Linear(3, 2).state_dict(), weights)
    done = run_command(*segment_arguments(phantom, tmp_path / "labels.nrrd", "--weights", weights))
    assert done.returncode == 2, done.stderr
    assert_one_sentence(done.stderr)
    assert "weights.pt" in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["weights.pt"]


@WITHOUT_CUDA
def test_cuda_that_is_not_there(phantom, tmp_path):
    done = run_command(*segment_arguments(phantom, tmp_path / "labels.nrrd", "--device", "cuda"))
    assert done.returncode == 2
    assert_one_sentence(done.stderr)
    assert "cuda" in done.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("command", ["segment", "demo", "info"])
def test_without_torch(command, phantom, tmp_path):
    out = tmp_path / "labels.nrrd"
    arguments = {"segment": segment_arguments(phantom, out), "demo": ["demo", "-o", out], "info": ["info"]}
    folder = tmp_path / "python"
    folder.mkdir()
    done = run_command(*arguments[command], env=environment(python_without_torch(folder)))
    assert done.returncode == 3, done.stderr
    assert_one_sentence(done.stderr)
    assert "pip install torch" in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["python"]


def test_help_and_info_need_nothing(phantom):
    assert "CINE" in run_command("segment", "--help").stdout
    assert rabengine.__version__ in run_command("--version").stdout
    information = run_command("info")
    assert information.returncode == 0, information.stderr
    assert torch.__version__ in information.stdout
    assert "auto" in information.stdout


def test_words_are_read_without_the_heavy_packages():
    """Every command's arguments, those of other packages too: PyTorch and VTK take seconds to load."""
    program = (
        "import sys\n"
        "from rabengine.cli.main import build_parser\n"
        "assert 'view' in build_parser().format_help()\n"
        "print(sorted({'torch', 'vtk', 'slicer', 'aiohttp', 'matplotlib', 'scipy', 'cv2'} & set(sys.modules)))\n"
    )
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, capture_output=True, text=True, env=environment(), check=False)
    assert done.stdout == "[]\n", done.stdout + done.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="limits of a process are a matter of POSIX")
def test_full_disk_leaves_nothing(short_phantom, tmp_path):
    import resource

    def limit_files():
        # Beyond this many bytes a write fails, as on a full disk.
        resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))

    env = {**environment(), "PYTHONDONTWRITEBYTECODE": "1"}
    out = tmp_path / "labels.nrrd"
    done = run_command(*segment_arguments(short_phantom, out), env=env, preexec_fn=limit_files)
    assert done.returncode in (2, 3), done.stderr
    assert_one_sentence(done.stderr)
    assert list(tmp_path.iterdir()) == []
