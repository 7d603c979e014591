"""Options that `rabsegment export` and `rabsegment study export` share."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rabengine.errors import InputError

if TYPE_CHECKING:
    from rabengine.cine import Cine
    from rabengine.exchange.blanking import Blanking
    from rabengine.exchange.format import ExchangeFormat
    from rabengine.exchange.items import SetChoices

_LARGEST_LABEL = 255


def add_set_options(parser: argparse._ActionsContainer) -> None:
    """What goes in, how it is split, and what must not leave."""
    parser.add_argument(
        "--frames",
        choices=("marked", "all"),
        help="which frames go in: those that a person marked or checked, or also predicted ones (default: marked; "
        "all for DICOM)",
    )
    parser.add_argument(
        "--split", metavar="SHARES", help="of train, val and test by patient, such as 0.8,0.1,0.1 (default: all train)"
    )
    parser.add_argument(
        "--patient-from",
        metavar="PATTERN",
        help="a regular expression that finds the patient in the path of each cine (default: what DICOM says)",
    )
    parser.add_argument("--patient-each", action="store_true", help="each cine is of a patient of its own")
    parser.add_argument("--keep-names", action="store_true", help="cines keep the names of their files")
    add_blanking(parser)


def add_names(parser: argparse._ActionsContainer) -> None:
    """What segments are called."""
    parser.add_argument(
        "--name",
        action="append",
        default=[],
        metavar="VALUE=NAME",
        help="what a label value is called, where LABELS does not say; repeat it",
    )


def add_blanking(parser: argparse._ActionsContainer) -> None:
    """What becomes black."""
    parser.add_argument(
        "--blank", action="append", default=[], metavar="X,Y,W,H", help="make this box of every frame black; repeat it"
    )
    parser.add_argument("--blank-outside", metavar="X,Y,W,H", help="make all but this box of every frame black")
    parser.add_argument(
        "--blank-text",
        action="store_true",
        help="make black what looks like text and stands still; look at what is left",
    )
    parser.add_argument(
        "--keep-text", action="store_true", help="no name or date is burned into the pixels, or it may leave"
    )


def blanking_of(options: argparse.Namespace) -> Blanking:
    """What the options of `add_blanking` say.

    Raises:
        InputError: a box is none.
    """
    from rabengine.exchange.blanking import Blanking, boxes_of, parse_box

    outside = None if options.blank_outside is None else parse_box(options.blank_outside)
    if options.keep_text and options.blank_text:
        raise InputError("There are both --keep-text and --blank-text.", "Give one of them.")
    return Blanking(boxes_of(options.blank), outside, options.keep_text, options.blank_text)


def chosen_of(options: argparse.Namespace, one: ExchangeFormat) -> SetChoices:
    """What the options say of a set of a format.

    Raises:
        InputError: an option cannot be understood.
    """
    from rabengine.exchange.items import SetChoices
    from rabengine.exchange.splits import parse_shares

    if options.patient_each and options.patient_from is not None:
        raise InputError("There are both --patient-each and --patient-from.", "Give one of them.")
    return SetChoices(
        # What one learns from must be right; an archive takes what there is.
        takes_all=options.frames == "all" or (options.frames is None and not one.is_anonymous),
        shares=None if options.split is None else parse_shares(options.split),
        seed=getattr(options, "seed", 0),
        blanking=blanking_of(options),
        keeps_names=options.keep_names,
        hides_identity=one.is_anonymous,
    )


def check_no_set_options(options: argparse.Namespace) -> None:
    """Refuse options of a set where none is written: what should have been blanked would leave all the same.

    Raises:
        InputError: there is one.
    """
    given = {
        "--frames": options.frames is not None,
        "--split": options.split is not None,
        "--patient-from": options.patient_from is not None,
        "--patient-each": options.patient_each,
        "--keep-names": options.keep_names,
        "--blank": bool(options.blank),
        "--blank-outside": options.blank_outside is not None,
        "--blank-text": options.blank_text,
        "--keep-text": options.keep_text,
    }
    found = next((option for option, is_given in given.items() if is_given), None)
    if found is not None:
        raise InputError(f"{found} is for sets of labelled pictures.", f"Leave it out with --format {options.format}.")


def patient_of(options: argparse.Namespace, cine: Cine, path: Path, number: int) -> str:
    """What tells the patient of a cine from others, "" where nothing does.

    Raises:
        InputError: the pattern finds none.
    """
    from rabengine.exchange.patients import patient_by_pattern
    from rabengine.io.dicom.patient import patient_of_cine

    if options.patient_each:
        return f"cine {number}"
    if options.patient_from is not None:
        return patient_by_pattern(path, options.patient_from)
    return patient_of_cine(cine, path) or ""


def parse_names(texts: Sequence[str]) -> dict[int, str]:
    """{label value: name} of "1=Left ventricle" and so on.

    Raises:
        InputError: one is not of that form.
    """
    names = {}
    for text in texts:
        value, equals, name = text.partition("=")
        is_value = value.isascii() and value.isdecimal() and 1 <= int(value) <= _LARGEST_LABEL
        if not equals or not name.strip() or not is_value:
            raise InputError(f"--name {text} is not VALUE=NAME.", "Write it like --name '1=Left ventricle'.")
        names[int(value)] = name.strip()
    return names
