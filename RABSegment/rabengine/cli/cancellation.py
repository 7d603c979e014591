"""End within a second of Ctrl-C, a termination request or a hung-up terminal, whatever the program is doing.

The work runs in a thread of its own and the main thread only waits, so that a signal is seen at once, also
while the work is inside a library that reads a file or computes.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from types import FrameType

from rabengine.environment import handle_endings
from rabengine.errors import Cancelled, say
from rabengine.io.files.outputs import Outputs
from rabengine.io.files.owned_folder import exit_now

# How long the work may take to stop by itself before the process ends without it.
GRACE_SECONDS = 0.3
# Windows does not interrupt a wait, so the main thread looks up this often.
POLL_SECONDS = 0.05


def catch_signals(cancel: threading.Event) -> None:
    """Make the signals that ask to end set `cancel`; main thread only."""

    def stop(number: int, frame: FrameType | None) -> None:
        cancel.set()

    handle_endings(stop)


def raise_on_signals() -> None:
    """Make those signals raise `Cancelled` in the main thread, for work that cleans up on exceptions."""

    def stop(number: int, frame: FrameType | None) -> None:
        handle_endings(lambda _number, _frame: None)  # a second one must not disturb the cleaning up
        raise Cancelled

    handle_endings(stop)


def run_writing(work: Callable[[Outputs], int], cancel: threading.Event) -> int:
    """As `run_cancellable`, for work that writes outputs: what of them is not in its place in the end is removed."""
    outputs = Outputs(cancel)
    try:
        return run_cancellable(lambda: work(outputs), cancel, outputs.abandon)
    finally:
        outputs.discard()


def run_cancellable(
    work: Callable[[], int], cancel: threading.Event, clean_up: Callable[[], bool] = lambda: True
) -> int:
    """Run `work` in a thread until it returns, raises, or `cancel` is set and it does not stop by itself.

    Args:
        work: returns the exit code; should raise `Cancelled` soon after `cancel` is set.
        cancel: set by the signals' handlers.
        clean_up: called from the main thread before `work` is abandoned; False when the work may no longer be
            abandoned, because it is putting its results in place.

    Returns:
        The exit code of `work`.

    Raises:
        Whatever `work` raises. When `work` has to be abandoned the process ends here, with exit code 130.
    """
    outcome: list[int] = []
    failure: list[BaseException] = []
    finished = threading.Event()

    def target() -> None:
        try:
            outcome.append(work())
        except BaseException as error:  # it is raised again in the main thread
            failure.append(error)
        finally:
            finished.set()

    thread = threading.Thread(target=target, name="rabsegment-work", daemon=True)
    thread.start()
    while not finished.wait(POLL_SECONDS):
        if cancel.is_set() and not finished.wait(GRACE_SECONDS) and clean_up():
            say(f"rabsegment: {Cancelled()}")
            # A thread cannot be ended from outside, and waiting for it is what the user does not want.
            exit_now(Cancelled.exit_code)
    thread.join()
    if failure:
        raise failure[0]
    return outcome[0]
