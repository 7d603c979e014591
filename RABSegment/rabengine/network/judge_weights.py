"""The weight file of the judge: one `torch.save` dictionary, read with `weights_only=True`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from .judge import EVIDENCE, Judge
from .weights import beside_default, built, other_version, read_content, write_content

FORMAT = "rabsegment-judge-weights-1"
FILE_NAME = "rabsegment-judge.pt"


def default_judge_path() -> Path:
    """Where the shipped weights are."""
    return beside_default(FILE_NAME)


def save_judge(path: Path, judge: Judge, card: Mapping[str, object]) -> None:
    """Write a weight file in half precision.

    Raises:
        InputError: it cannot be written; what was there is there.
    """
    facts = {"format": FORMAT, "members": len(judge.members), "evidence": list(EVIDENCE), "card": dict(card)}
    write_content(path, facts, judge)


def load_judge(path: str | Path | None = None) -> Judge:
    """A judge on the CPU in evaluation mode, with the shipped weights when no path is given.

    Raises:
        InputError: the file is missing, unreadable, not one of ours, or takes other evidence than is gathered.
    """
    source = default_judge_path() if path is None else Path(path)
    problem, advice = f"The file {source} holds no weights of a judge.", "Name one that `rabsegment train` wrote."
    content = read_content(source, FORMAT, problem, advice)
    if content.get("evidence") != list(EVIDENCE):
        raise other_version(source)
    return built(lambda: Judge(content["members"]), content, source)
