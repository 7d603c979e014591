"""What the libraries below print is of no use to who starts the page: our own line is to be seen."""

from __future__ import annotations


def quiet_libraries() -> None:
    """Let VTK print errors alone; call it after Slicer's core is there, and before the first render window is made.

    Without a display it warns that there is none, although it draws without; and it warns of events that trame-slicer
    uses. Errors come once: through its logger, not through its output window.
    """
    from vtkmodules.vtkCommonCore import vtkLogger, vtkOutputWindow

    vtkLogger.SetStderrVerbosity(vtkLogger.VERBOSITY_ERROR)
    vtkOutputWindow.GetInstance().SetDisplayModeToNever()
