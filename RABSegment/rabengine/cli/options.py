"""The options that several subcommands share."""

from __future__ import annotations

import argparse
import math
from pathlib import Path
from typing import Any

from rabengine.choices import LARGEST_SEED

MOST_DIGITS = 24


def add_device(parser: argparse.ArgumentParser) -> None:
    """Add --device; `rabengine.device.choose_device` checks its value."""
    parser.add_argument(
        "--device",
        default="auto",
        metavar="auto|cpu|cuda|cuda:N|mps",
        help="where to compute (default: auto)",
    )


def add_seed(parser: argparse._ActionsContainer) -> None:
    """Add --seed."""
    parser.add_argument(
        "--seed", type=seed, default=0, metavar="N", help="same seed, same result on the CPU (default: 0)"
    )


def add_image_folders(parser: argparse.ArgumentParser, option: str, **how: Any) -> None:
    """Add an option for one or more folders of labelled images or videos; `how` says what it is when left out."""
    parser.add_argument(
        option,
        type=Path,
        nargs="+",
        metavar="DIR",
        help="folders with images/ and masks/, or folders of such folders",
        **how,
    )


def add_split(parser: argparse.ArgumentParser, validation_share: float, split_seed: int) -> None:
    """Add what decides which labelled images are held out from training, with the defaults."""
    parser.add_argument(
        "--validation-fraction",
        type=share,
        default=validation_share,
        metavar="SHARE",
        help="share of each set's images, and of each kind's videos, that training holds out (default: %(default)s)",
    )
    parser.add_argument(
        "--split-seed",
        type=natural,
        default=split_seed,
        metavar="N",
        help="which ones those are (default: %(default)s)",
    )


def natural(text: str) -> int:
    """A whole number from 0 on."""
    number = _whole(text)
    if number < 0:
        raise argparse.ArgumentTypeError(f"{text} is negative")
    return number


def seed(text: str) -> int:
    """A number that random generators take."""
    number = natural(text)
    if number > LARGEST_SEED:
        raise argparse.ArgumentTypeError(f"{text} is larger than {LARGEST_SEED}")
    return number


def positive(text: str) -> int:
    """A whole number from 1 on."""
    number = _whole(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text} is not at least 1")
    return number


def _whole(text: str) -> int:
    if len(text) > MOST_DIGITS:
        raise argparse.ArgumentTypeError(f"{text[:MOST_DIGITS]}... has too many digits")
    return int(text)


def share(text: str) -> float:
    """A number between 0 and 1, neither of the two."""
    value = portion(text)
    if value in (0, 1):
        raise argparse.ArgumentTypeError(f"{text} is not between 0 and 1, but one of the two")
    return value


def portion(text: str) -> float:
    """A number from 0 to 1, both of them too."""
    value = float(text)
    if not 0 <= value <= 1:
        raise argparse.ArgumentTypeError(f"{text} is not from 0 to 1")
    return value


def named_share(text: str) -> tuple[str, float]:
    """NAME=SHARE, a word and a number from 0 on."""
    name, sign, share_text = text.rpartition("=")
    if not sign or not name:
        raise argparse.ArgumentTypeError(f"{text!r} is not NAME=SHARE")
    value = float(share_text)
    if not 0 <= value < math.inf:
        raise argparse.ArgumentTypeError(f"{share_text} is not a number from 0 on")
    return name, value


def names(text: str) -> tuple[str, ...]:
    """Words between commas, each once."""
    found = tuple(part.strip() for part in text.split(",") if part.strip())
    if not found:
        raise argparse.ArgumentTypeError(f"{text!r} names nothing")
    return tuple(dict.fromkeys(found))
