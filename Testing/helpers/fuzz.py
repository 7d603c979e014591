"""Damaged files by the thousand: what changes them, the process that reads them, and what a test asks of its account.

Each case is a small valid file made by code and changed by a random generator that its number seeds. A driver, such as
reader_fuzz.py, is run as `python DRIVER FOLDER FIRST COUNT RESULTS`. It reads one case after the other and writes one
JSON line each, before and after, so that whoever started it knows which case ended it.
"""

from __future__ import annotations

import json
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from helpers.processes import PATIENCE_SECONDS, environment
from rabengine.errors import InputError

CASE_SECONDS = 60
MOST_BYTES = 2**30
_NUMBERS = [b"-1", b"0", b"1e20", b"2147483648", b"4294967295", b"9" * 5000, b"nan", b"65536", b"1" * 30]
_WORDS = [bytes(4), b"\xff" * 4, b"\xff\xff\xff\x7f", b"\0\0\0\x80", b"\0\0\1\0", b"\1\0\0\0", b"\xff\xff\0\0"]


@dataclass(frozen=True)
class Fuzz:
    """Readers to try.

    Attributes:
        seeds: makes small valid files in a folder; by name, which tells the reader. `folder.SUFFIX` stands for a
            folder of two such files.
        read: a file or folder; returns what to say of what was read.
        damaged: name, without suffix, of the damaged file of such a folder; the whole one is "0".
    """

    seeds: Callable[[Path], dict[str, bytes]]
    read: Callable[[Path], str]
    damaged: str

    def write_case(self, number: int, made: dict[str, bytes], folder: Path) -> Path:
        """Make the file, or the folder, of a case."""
        chance = random.Random(number)
        name = sorted(made)[number % len(made)]
        content = mutated(made[name], chance)
        if not name.startswith("folder."):
            path = folder / f"{number:05d} {name}"
            path.write_bytes(content)
            return path
        path = folder / f"{number:05d}"
        shutil.rmtree(path, ignore_errors=True)
        path.mkdir()
        suffix = name.removeprefix("folder")
        (path / f"0{suffix}").write_bytes(made[name])
        (path / f"{self.damaged}{suffix}").write_bytes(content)
        return path

    def main(self) -> None:
        """Read the cases that the command line names."""
        folder, first, count, results = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), Path(sys.argv[4])
        with tempfile.TemporaryDirectory() as place:
            made = self.seeds(Path(place))
        with results.open("a", encoding="utf-8") as stream:
            for number in range(first, first + count):
                path = self.write_case(number, made, folder)
                print(json.dumps({"case": number, "path": str(path)}), file=stream, flush=True)
                if hasattr(signal, "alarm"):
                    signal.alarm(CASE_SECONDS)
                print(json.dumps(self._outcome(number, path)), file=stream, flush=True)

    def _outcome(self, number: int, path: Path) -> dict[str, Any]:
        start = time.monotonic()
        try:
            said, hint, kind = self.read(path), "", "read"
        except InputError as error:
            said, hint, kind = error.message, error.hint, "refused"
        except Exception as error:
            said, hint, kind = repr(error), "", "failed"
        used = {"seconds": round(time.monotonic() - start, 2), "bytes": most_bytes()}
        return {"case": number, "kind": kind, "said": said, "hint": hint, **used}


def check_cases(driver: ModuleType, isolated: Callable[[Path], Any], folder: Path, first: int, count: int) -> None:
    """Read cases in processes that may die of them; those that did must cost one sentence from a child.

    Args:
        driver: the module that is run.
        isolated: reads a file or folder as the command does, in a child.
        folder: for the cases.
        first, count: of the cases.
    """
    assert driver.__file__ is not None
    results = folder / "results.jsonl"
    files = folder / "files"
    files.mkdir()
    lines: list[dict[str, Any]] = []
    at = first
    while at < first + count:
        command = [sys.executable, driver.__file__, files, at, first + count - at, results]
        subprocess.run(
            list(map(str, command)),
            check=False,
            env=environment(Path(__file__).parents[1]),
            capture_output=True,
            timeout=10 * PATIENCE_SECONDS,
        )
        lines = [json.loads(line) for line in results.read_text(encoding="utf-8").splitlines()]
        last = lines[-1]
        if "path" in last:  # the reader ended the process
            with pytest.raises(InputError, match="reader"):
                isolated(Path(last["path"]))
        at = last["case"] + 1
    outcomes = [line for line in lines if "kind" in line]
    assert {line["case"] for line in lines} == set(range(first, first + count))
    assert [line for line in outcomes if line["kind"] == "failed"] == []
    for line in outcomes:
        assert line["bytes"] < MOST_BYTES, line
        if line["kind"] == "refused":
            assert line["said"] and line["hint"] and "\n" not in line["said"] + line["hint"], line
    assert any(line["kind"] == "read" for line in outcomes) and any(line["kind"] == "refused" for line in outcomes)


def mutated(content: bytes, chance: random.Random) -> bytes:
    """The content with one to four changes."""
    changed = bytearray(content)
    for _ in range(chance.randint(1, 4)):
        chance.choice(_CHANGES)(changed, chance)
    return bytes(changed)


def _place(content: bytearray, chance: random.Random) -> int:
    """Somewhere, headers preferred: that is where most readers decide."""
    reach = min(len(content), 600) if chance.random() < 0.7 else len(content)
    return chance.randrange(max(reach, 1))


def _flip(content: bytearray, chance: random.Random) -> None:
    at = _place(content, chance)
    content[at : at + 1] = bytes([chance.randrange(256)])


def _word(content: bytearray, chance: random.Random) -> None:
    at = _place(content, chance)
    word = chance.choice(_WORDS)
    content[at : at + len(word)] = word


def _number(content: bytearray, chance: random.Random) -> None:
    found = list(re.finditer(rb"\d+", bytes(content[:4096])))
    if found:
        start, end = chance.choice(found).span()
        content[start:end] = chance.choice(_NUMBERS)


def _cut(content: bytearray, chance: random.Random) -> None:
    del content[_place(content, chance) :]


def _remove(content: bytearray, chance: random.Random) -> None:
    at = _place(content, chance)
    del content[at : at + chance.randint(1, 64)]


def _repeat(content: bytearray, chance: random.Random) -> None:
    at = _place(content, chance)
    content[at:at] = content[at : at + chance.randint(1, 200)] * chance.randint(1, 8)


_CHANGES: list[Callable[[bytearray, random.Random], None]] = [_flip, _word, _word, _number, _cut, _remove, _repeat]


def most_bytes() -> int:
    """What this process has taken at most; the system's count of that includes what its parent had.

    0 where it cannot be told."""
    status = Path("/proc/self/status")
    if status.is_file():
        [line] = [line for line in status.read_text().splitlines() if line.startswith("VmHWM")]
        return int(line.split()[1]) * 1024
    try:
        import resource
    except ImportError:
        return 0
    unit = 1 if sys.platform == "darwin" else 1024
    return int(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss) * unit
