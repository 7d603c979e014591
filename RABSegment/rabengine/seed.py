"""Which numbers can start random generators."""

from __future__ import annotations

from .errors import InputError

LARGEST_SEED = 2**63 - 1  # that PyTorch takes


def check_seed(seed: object) -> int:
    """The seed.

    Raises:
        InputError: it is no whole number from 0 to LARGEST_SEED.
    """
    if isinstance(seed, bool) or not hasattr(seed, "__index__"):
        raise InputError(f"The seed is a {type(seed).__name__}, not a whole number.", "Give 0 or more.")
    number = int(seed)
    if not 0 <= number <= LARGEST_SEED:
        raise InputError("The seed is no number from 0 to 2^63 - 1.", "Give a smaller one, from 0 on.")
    return number
