"""One measurement of one segment, as tables and reports carry it on."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Measured:
    """A number with its unit.

    Attributes:
        name: of what was measured, such as "area".
        segment: whose it is; of two segments both names, joined by " - ".
        value: of it.
        unit: as UCUM writes it: "mm2", "mL", "%", "{pixels}".
        frame: on which it was measured, from 0; None for what belongs to a beat or to the whole cine.
        code: the concept (value, scheme, meaning) of the measurement, as DICOM SR names it; None where no scheme
            that we know has one.
    """

    name: str
    segment: str
    value: float
    unit: str  # UCUM
    frame: int | None = None
    code: tuple[str, str, str] | None = None  # (value, scheme, meaning)
