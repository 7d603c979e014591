"""The command with streams that are closed or full, little memory, and numbers and names of any kind."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from helpers.processes import PATIENCE_SECONDS, environment, run_command, segment_arguments, sentences
from helpers.warm_start import python_for_modules

pytestmark = pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")

REDIRECTIONS = [">/dev/full", "2>/dev/full", ">/dev/full 2>&1", ">&-", "2>&-", "<&- >&- 2>&-"]


def in_shell(words: str, *arguments, redirection: str = "") -> subprocess.CompletedProcess:
    """Run `rabsegment` in a shell after some words of it, with streams redirected.

    A limit of memory and a stream that is closed have a say in how Python starts, so it is started really.
    """
    python = sys.executable if words or "&-" in redirection else python_for_modules()
    return subprocess.run(
        ["sh", "-c", f'{words} exec "$0" -m rabengine "$@" {redirection}', python, *map(str, arguments)],
        capture_output=True,
        text=True,
        env=environment(),
        timeout=PATIENCE_SECONDS,
        check=False,
    )


@pytest.mark.parametrize("redirection", REDIRECTIONS)
def test_a_run_does_not_need_its_streams(redirection, short_phantom, tmp_path):
    out = tmp_path / "out.seq.nrrd"
    style = "json" if redirection.startswith(">") else "bar"
    run = in_shell("", *segment_arguments(short_phantom, out, "--progress", style), redirection=redirection)
    assert run.returncode == 0 and out.exists(), run.stderr
    assert "Traceback" not in run.stderr and "Exception" not in run.stderr


@pytest.mark.parametrize(
    ("arguments", "redirection", "code"),
    [
        (["info"], ">/dev/full", 2),
        (["info"], ">&-", 0),
        (["info"], "| true", 0),
        (["--help"], ">/dev/full 2>/dev/full", 0),
        (["nonsense"], "2>/dev/full", 2),
        (["nonsense"], "<&- 2>&-", 2),
    ],
)
def test_other_commands_end_in_order(arguments, redirection, code):
    run = in_shell("", *arguments, redirection=redirection)
    assert run.returncode == code, run.stderr
    assert "Traceback" not in run.stderr and "Exception" not in run.stderr
    assert len(run.stderr.splitlines()) <= 1


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="ulimit -v")
@pytest.mark.parametrize("kibibytes", [50_000, 150_000, 450_000, 700_000, 900_000])
def test_little_memory_is_called_so(kibibytes, phantom, tmp_path):
    arguments = segment_arguments(phantom, tmp_path / "out.nrrd", preset="balanced")
    run = in_shell(f"ulimit -v {kibibytes};", *arguments)
    assert run.returncode in (0, 2), run.stderr
    if run.returncode == 2:
        assert "emory" in run.stderr and "ulimit -v" in run.stderr and "nstall" not in run.stderr
        assert len(sentences(run.stderr)) == 1, run.stderr
        assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="ulimit -v")
@pytest.mark.parametrize(
    ("limit", "said", "lacks"),
    [
        ("9000000", "<built-in function read> returned NULL without setting an exception", True),
        ("9000000", "error return without exception set", True),
        ("unlimited", "error return without exception set", False),
        ("9000000", "tile cannot extend outside image", False),
    ],
)
def test_a_library_that_gives_no_reason_lacked_memory_where_it_is_limited(limit, said, lacks):
    code = f"from rabengine.errors import as_known_error; print(as_known_error(SystemError({said!r})))"
    command = ["sh", "-c", f'ulimit -v {limit} && exec "$0" -c "$1"', sys.executable, code]
    run = subprocess.run(command, capture_output=True, text=True, env=environment(), check=True)
    assert ("emory" in run.stdout) is lacks and (said in run.stdout) is not lacks


@pytest.mark.parametrize("seed", [str(2**70), "-1", "9" * 5000, "1e3", "\u0663\u00b2"], ids=lambda seed: seed[:9])
def test_seeds_that_are_none(seed, phantom, tmp_path):
    run = run_command(*segment_arguments(phantom, tmp_path / "out.nrrd", f"--seed={seed}"))
    assert run.returncode == 2 and len(run.stderr) < 1000, run.stderr
    assert "--seed" in run.stderr and len(run.stderr.splitlines()) == 1


NAME = os.fsdecode(b"no\xffutf8")
HOSTILE = {
    "a frame of 5,000 digits": ["--mark", f"{'9' * 5000}=mask.png"],
    "a mark at a pipe": ["--mark", "0=PIPE"],
    "marks in a pipe": ["--marks", "PIPE"],
    "weights from a pipe": ["--mark", "0=MASK", "--weights", "PIPE"],
    "weights from a device": ["--mark", "0=MASK", "--weights", "/dev/zero"],
    "a mark from a device": ["--mark", "0=/dev/zero"],
    "a mark that is not UTF-8": ["--mark", f"0={NAME}"],
    "a table at a pipe": ["--mark", "0=MASK", "--table", "PIPE"],
}


@pytest.mark.skipif(os.name == "nt", reason="pipes with a name")
@pytest.mark.parametrize("options", HOSTILE.values(), ids=HOSTILE)
def test_hostile_values_cost_one_sentence(options, phantom, tmp_path):
    (tmp_path / "in").mkdir()
    os.mkfifo(tmp_path / "in" / "pipe.csv")
    places = {"PIPE": str(tmp_path / "in" / "pipe.csv"), "0=PIPE": f"0={tmp_path / 'in' / 'pipe.csv'}"}
    places |= {"0=MASK": f"0={phantom.masks[0]}"}
    options = [places.get(option, option) for option in options]
    run = run_command("segment", phantom.cine, "-o", tmp_path / "out.nrrd", "--progress", "none", *options)
    assert run.returncode == 2, run.stderr
    assert len(run.stderr.splitlines()) == 1 and len(run.stderr) < 1500, run.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["in"]


@pytest.mark.skipif(os.name == "nt", reason="pipes with a name")
@pytest.mark.parametrize("name", ["pipe.nrrd", "pipe.dcm", "pipe.mp4", "pipe.tif", "pipe", "/dev/zero"])
def test_a_cine_that_never_ends_is_refused(name, phantom, tmp_path):
    path = tmp_path / name
    if not path.exists():
        os.mkfifo(path)
    run = run_command("segment", path, "--mark", f"0={phantom.masks[0]}", "-o", tmp_path / "out.nrrd")
    assert run.returncode == 2 and len(run.stderr.splitlines()) == 1, run.stderr


def test_names_that_are_not_utf8_work(short_phantom, tmp_path):
    out, table = tmp_path / f"{NAME}.seq.nrrd", tmp_path / f"{NAME}.csv"
    cine = tmp_path / f"{NAME}.nrrd"
    cine.write_bytes(short_phantom.cine.read_bytes())
    named, report = short_phantom._replace(cine=cine), tmp_path / "report.json"
    arguments = segment_arguments(named, out, "--table", table, "--report", report, "--progress", "json")
    run = run_command(*arguments)
    assert run.returncode == 0 and out.exists() and table.exists(), run.stderr
