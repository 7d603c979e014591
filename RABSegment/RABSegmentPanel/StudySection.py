"""The cines of a study in the panel: the list, opening one while the next is read, and keeping what is drawn."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any

import qt
import slicer
from slicer.i18n import tr as _

from rabengine.cine import Cine
from rabengine.errors import PackageMissingError, RABSegmentError
from rabengine.events import Done, RunEvent
from rabengine.study.log import this_person
from RABSegmentLib.Engine.Installation import offerPackages
from RABSegmentLib.FrontEnd.Controls import Situation
from RABSegmentLib.Results.Removal import removeCine
from RABSegmentLib.Scene.CineLoading import addCine
from RABSegmentLib.Session import StudyTexts
from RABSegmentLib.Session.Session import SegmentVideoSession
from RABSegmentLib.Session.StudyQueue import StudyQueue
from RABSegmentLib.Session.StudyReading import StudyReading
from RABSegmentLib.Session.StudyResult import FollowedRun
from RABSegmentLib.Session.StudyWork import StudyWork
from RABSegmentLib.Threads import letThreadsRun

from .PanelPart import Connections, PanelPart, ShownCine
from .StudyList import StudyList

INTERVAL, READING_INTERVAL = 200, 20  # milliseconds between two looks; while a cine is read
KEEP_SECONDS = 2.0  # between two looks at the study, and at what was drawn


class StudySection(PanelPart):
    """The section *Study*.

    Args:
        ui: the panel's widgets.
        connections: to connect them by.
        shown: the cine that is shown.
        sessions: of the cines.
        choose: shows the cine of a browser.
        update: shows the whole panel anew.

    Attributes:
        queue: of the study that is open, None without one.
    """

    def __init__(
        self,
        ui: Any,
        connections: Connections,
        shown: ShownCine,
        sessions: Any,
        choose: Callable[[Any], None],
        update: Callable[[], None],
    ) -> None:
        self._ui, self._shown, self._sessions, self._choose, self._update = ui, shown, sessions, choose, update
        self.queue: StudyQueue | None = None
        self._reading: StudyReading | None = None
        self._work: StudyWork | None = None
        self._session: SegmentVideoSession | None = None  # of the study's cine that is open
        self._frame: int | None = None  # to begin with in the cine that is being read
        self._list = StudyList(ui.studyTable)
        self._run = FollowedRun()
        self._kept = 0.0  # when
        self._problem = ""  # that was said already
        ui.studyByEdit.text = this_person()
        for selector, titles in (
            (ui.studyFilter, StudyTexts.filterTitles()),
            (ui.studyOrder, StudyTexts.orderTitles()),
        ):
            for name, title in titles:
                selector.addItem(title, name)
        self._timer = qt.QTimer()
        self._timer.interval = INTERVAL
        self._timer.connect("timeout()", self.onTimer)
        connections.add(ui.studyButton, "clicked()", self.onStudyClicked)
        connections.add(ui.studyByEdit, "editingFinished()", self.onName)
        connections.add(ui.studyFilter, "currentIndexChanged(int)", self.onChoice)
        connections.add(ui.studyOrder, "currentIndexChanged(int)", self.onChoice)
        connections.add(ui.studySearchEdit, "textChanged(QString)", self.onChoice)
        connections.add(ui.studyTable, "cellActivated(int,int)", self.onRow)
        connections.add(ui.nextCineButton, "clicked()", self.onNext)
        connections.add(ui.checkCineButton, "clicked()", self.onCheck)
        self.showList()

    def onStudyClicked(self) -> None:
        """Choose the folder of a study."""
        path = qt.QFileDialog.getExistingDirectory(slicer.util.mainWindow(), _("Open a study"))
        if path:
            self.open(path)

    def open(self, path: str) -> None:
        """List the cines of a study."""
        with slicer.util.tryWithErrorDisplay(_("The study cannot be opened.")):
            queue = StudyQueue(path, self._ui.studyByEdit.text.strip())
            queue.refresh()
            self.keep()
            self.close()
            self._list.forget()
            self.queue, self._reading, self._work = queue, StudyReading(queue.study), None
            self._kept = time.monotonic()
            self._timer.start()
            self.onChoice()

    def openCine(self, number: int, frame: int | None = None) -> None:
        """Begin to open a cine; the one that is open is kept and closed when this one is read."""
        if self._reading is not None:
            self._frame = frame
            self._reading.begin(number)
            self._timer.interval = READING_INTERVAL
            self.showList()

    def onRow(self, row: int, _column: int = 0) -> None:
        """Open the cine of a row."""
        if 0 <= row < len(self._list.numbers):
            self.openCine(self._list.numbers[row])

    def step(self, direction: int) -> None:
        """Open the cine before (-1) or after (1) in the list."""
        number = None if self.queue is None else self.queue.neighbour(direction)
        if number is not None:
            self.openCine(number)

    def onNext(self) -> None:
        """Open the cine that a person had best look at now."""
        if self.queue is None:
            return
        self._isKept()
        with slicer.util.tryWithErrorDisplay(_("The next cine is not known.")):
            found = self.queue.next()
            if found is None:
                slicer.util.infoDisplay(StudyTexts.nothingNextText())
            else:
                self.openCine(found[0], found[1])

    def onCheck(self) -> None:
        """All of the prediction of the cine that is open is right."""
        if self.queue is None or self._work is None:
            return
        with slicer.util.tryWithErrorDisplay(_("The cine cannot be called right.")):
            self.keep()
            self.queue.study.check(self._work.number, self.queue.by)
            self._refresh()

    def onCheckKey(self) -> None:
        """As the button, where it can be pressed."""
        if self._ui.checkCineButton.enabled:
            self.onCheck()

    def onName(self) -> None:
        """Somebody else works from now on; what was drawn is of who drew it."""
        name = self._ui.studyByEdit.text.strip()
        if self.queue is not None and name and name != self.queue.by:
            self.keep()
            self.queue.by = name
            if self._work is not None:
                self._work.by = name

    def onChoice(self, _choice: Any = None) -> None:
        """Another filter, order or search."""
        if self.queue is not None:
            self.queue.filter, self.queue.order = self._ui.studyFilter.currentData, self._ui.studyOrder.currentData
            self.queue.search = self._ui.studySearchEdit.text
        self.showList()

    def onTimer(self) -> None:
        """A cine may have been read; something may have been drawn, or written by others."""
        letThreadsRun()
        if self.queue is not None:
            self._list.proceed(self.queue)
            self._list.showPictures(self.queue)
        if self._reading is not None:
            with slicer.util.tryWithErrorDisplay(_("The cine cannot be opened.")):
                taken = _taken(self._reading)
                if taken is not None:
                    self._put(*taken)
        isReading = self._reading is not None and self._reading.number is not None
        self._timer.interval = READING_INTERVAL if isReading else INTERVAL
        if time.monotonic() - self._kept >= KEEP_SECONDS:
            self._kept = time.monotonic()
            self._keepAndRefresh()

    def keep(self) -> None:
        """Write to the study what was drawn on its cine since the last time."""
        with slicer.util.tryWithErrorDisplay(_notKept()):
            self._keep()

    def onSceneClosing(self) -> None:
        """What was drawn since the last look is kept before it is gone."""
        self._isKept()

    def close(self) -> None:
        """Read no longer; what was drawn is kept. Idempotent."""
        self._timer.stop()
        self._isKept()  # where it is not, all else is to end too
        self._list.forget()
        if self._reading is not None:
            self._reading.close()
            self._reading = None

    def show(self, now: Situation) -> None:
        """What can be done."""
        self._showButtons()

    def showList(self) -> None:
        """Show the rows that filter and search leave."""
        if self.queue is None:
            self._list.forget()
        else:
            self._list.show(self.queue.rows(), self.queue.current)
            self._list.showPictures(self.queue)
        self._showButtons()

    def _showButtons(self) -> None:
        queue, reading = self.queue, self._reading
        cine = None if queue is None or self._work is None else queue.cine(self._work.number)
        self._ui.nextCineButton.enabled = queue is not None
        self._ui.checkCineButton.enabled = cine is not None and cine.status == "predicted"
        progress = None if queue is None else queue.progress()
        self._ui.studyProgress.visible = progress is not None
        self._ui.studyProgress.setValue(0 if progress is None else round(100 * progress.share))
        if queue is None or progress is None:
            self._ui.studyLabel.text = ""
        elif reading is not None and reading.number is not None:
            self._ui.studyLabel.text = _("Reading cine {number} ...").format(number=reading.number)
        else:
            self._ui.studyLabel.text = f"{queue.name}: {progress.text}"

    def _isKept(self) -> bool:
        """Keep it; where that fails it is said."""
        with suppress(RABSegmentError, OSError):
            self.keep()
            return True
        return False

    def _keepAndRefresh(self) -> None:
        """What fails, such as while a disk of the network is away, is said once: this is called every two seconds."""
        title, problem = _notKept(), ""
        try:
            self._keep(withMinutes=False)
            title = _("The study cannot be read.")
            self._refresh()
        except (RABSegmentError, OSError) as error:
            problem = f"{title}\n\n{error}"
        isNew, self._problem = problem not in ("", self._problem), problem
        if isNew:
            slicer.util.errorDisplay(problem)

    def _keep(self, withMinutes: bool = True) -> None:
        work, session = self._work, self._session
        if work is None or session is None or session.isRunning or not session.segmentation.isInScene:
            return
        changes = work.changes(session)
        if withMinutes:
            work.keepMinutes(work.minutes(session))
        if changes:
            work.keep(changes, work.names(session))

    def _refresh(self) -> None:
        if self.queue is not None and self.queue.refresh():
            self.showList()

    def _put(self, number: int, frames: Cine) -> None:
        assert self.queue is not None and self._reading is not None
        cine = self.queue.cine(number)
        assert cine is not None
        isKept = self._isKept()
        before = self._session
        work = StudyWork(self.queue.study, number, self.queue.by, frames)
        loaded = addCine(slicer.mrmlScene, frames, cine.name)
        session = self._sessions.sessionOf(loaded.browserNode)
        # Before it is shown: none of it is to be undone.
        work.show(session)
        self._work, self._session = work, session
        self._run.forget()
        session.events.connect(partial(self._onRun, session, work))
        self.queue.open(number)
        self._choose(loaded.browserNode)
        if isKept and before is not None and before.segmentation.isInScene:  # one is open at a time
            removeCine(before.segmentation)
        first = self._frame if self._frame is not None else (cine.prediction.next_frame if cine.prediction else None)
        session.segmentation.select(first or 0)
        self.queue.refresh()
        self.showList()
        self._update()
        following = self.queue.next()
        if following is not None:
            self._reading.beginAhead(following[0])

    def _onRun(self, session: SegmentVideoSession, work: StudyWork, event: RunEvent) -> None:
        """A run on the cine that is open says something: what it finds is the study's prediction."""
        if self.queue is None or work is not self._work:
            return
        with slicer.util.tryWithErrorDisplay(_("The result cannot be kept in the study.")):
            result = self._run.resultOf(event, self.queue.study, work, session)
            if isinstance(event, Done) and result is not None and session.segmentation.isInScene:
                result.keep(result.taken(work, session, event.results[-1]))
                self._refresh()


def _notKept() -> str:
    return _("The marks cannot be kept in the study.")


def _taken(reading: StudyReading) -> tuple[int, Cine] | None:
    """The cine that was asked for, once it is there; read once more where a package that it needs was installed."""
    number = reading.number
    try:
        return reading.take()
    except PackageMissingError as error:
        if number is None or not offerPackages(error.packages, error.message):
            raise
    reading.begin(number)
    return None
