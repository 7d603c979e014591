"""A full disk is called one, whatever is read or written then, and nothing half-written stays."""

from __future__ import annotations

import json
import sys
import textwrap
import zipfile
from pathlib import Path

from helpers.dicom_cines import labels, write_cine
from helpers.labelled_cines import KEEP, export
from helpers.processes import assert_one_sentence
from helpers.study_files import in_own_mounts
from rabengine.exchange.format import MARKED
from rabengine.exchange.items import Labelled
from rabengine.io.labels.write import write_labels
from rabengine.io.read import read_cine

# Reads where temporary files find no room; writes where outputs do not.
PROGRAM = """
import contextlib, io, json, sys, tempfile
from rabengine.cli.main import main

answers = {}
for name, arguments in json.loads(sys.argv[1]).items():
    tempfile.tempdir = None
    said = io.StringIO()
    with contextlib.redirect_stderr(said):
        answers[name] = [main(arguments), said.getvalue()]
print(json.dumps(answers))
"""


def test_whatever_is_read_or_written_says_that_the_disk_is_full(tmp_path: Path) -> None:
    path = write_cine("ultrasound", tmp_path)
    cine, masks = read_cine(path), labels()
    write_labels(tmp_path / "labels.nrrd", masks, cine, (1, 4))
    found = Labelled(cine, dict(enumerate(masks)), dict.fromkeys(range(len(masks)), MARKED))
    export(tmp_path / "coco", "coco", [found], KEEP)
    with zipfile.ZipFile(tmp_path / "set.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for file in (tmp_path / "coco").rglob("*"):
            archive.write(file, file.relative_to(tmp_path / "coco"))
        archive.writestr("more.bin", bytes(2**20))
    full, pair = tmp_path / "full", [str(path), str(tmp_path / "labels.nrrd")]
    full.mkdir()
    keep = ["--keep-text", "--marked", "all"]
    commands = {
        "a ZIP": ["measure", str(path), str(tmp_path / "set.zip"), "-o", str(tmp_path / "new")],
        "measure": ["measure", *pair, "-o", str(full / "new")],
        "a table": ["measure", *pair, "-o", str(full / "new.csv")],
        **{f"a figure .{end}": ["figure", *pair, "--keep-text", "-o", f"{full}/new.{end}"] for end in ("pdf", "png")},
        "a video": ["figure", *pair, "--keep-text", "-o", str(tmp_path / "new.png"), "--video", f"{full}/new.mp4"],
        "a set": ["export", *pair, *keep, "--format", "coco", "-o", str(full / "new")],
        "a DICOM file": ["export", *pair, "--marked", "all", "--format", "dicom-seg", "-o", str(full / "new.dcm")],
    }
    done = in_own_mounts(
        textwrap.dedent(f"""
        mount -t tmpfs -o size=256k tmpfs {full}
        dd if=/dev/zero of={full}/filler bs=1k count=244 2>/dev/null
        export TMPDIR={full}
        {sys.executable} - '{json.dumps(commands)}' <<'END'
        """)
        + PROGRAM
        + f"END\nls -A {full}\n"
    )
    assert done.returncode == 0, done.stderr
    told, *left = done.stdout.splitlines()
    for name, (code, said) in json.loads(told).items():
        assert_one_sentence(said)
        assert code == 2 and ("is full" in said or "No space left" in said), (name, said)
    assert left == ["filler"] and not list(tmp_path.glob("new*"))
