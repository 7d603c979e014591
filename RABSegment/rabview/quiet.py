"""What the libraries below print is of no use to who starts the page: our own line is to be seen."""

from __future__ import annotations

import logging

from aiohttp.http_exceptions import HttpProcessingError


def quiet_libraries() -> None:
    """Let VTK print errors alone; call it after Slicer's core is there, and before the first render window is made.

    Without a display it warns that there is none, although it draws without; and it warns of events that trame-slicer
    uses. Errors come once: through its logger, not through its output window.
    """
    from vtkmodules.vtkCommonCore import vtkLogger, vtkOutputWindow

    vtkLogger.SetStderrVerbosity(vtkLogger.VERBOSITY_ERROR)
    vtkOutputWindow.GetInstance().SetDisplayModeToNever()
    logging.getLogger("aiohttp.server").addFilter(_is_of_use)


def _is_of_use(record: logging.LogRecord) -> bool:
    """Whoever can reach the port can send what is not HTTP, and gets an answer that says so; that is no event here."""
    return not (record.exc_info and isinstance(record.exc_info[1], HttpProcessingError))
