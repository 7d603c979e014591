"""A small scripted module that uses what modules use, and nodes for it: for the tests of the test host."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import slicer

MODULE = '''
"""A module that uses what modules use."""
import enum
from typing import Annotated, Optional

import qt
import slicer
import vtk
from slicer import vtkMRMLScalarVolumeNode, vtkMRMLSequenceBrowserNode
from slicer.i18n import tr as _
from slicer.parameterNodeWrapper import Choice, Default, WithinRange, parameterNodeWrapper
from slicer.ScriptedLoadableModule import *
from slicer.util import VTKObservationMixin

class Speed(enum.Enum):
    SLOW = 1
    FAST = 2

class Tiny(ScriptedLoadableModule):
    def __init__(self, parent):
        ScriptedLoadableModule.__init__(self, parent)
        parent.title = _("Tiny")
        parent.categories = ["Testing"]
        slicer.app.connect("startupCompleted()", registerData)

def registerData():
    import SampleData
    SampleData.SampleDataLogic.registerCustomSampleDataSource(category="Tiny", sampleName="TinyCine", uris="file:///x")

@parameterNodeWrapper
class TinyParameters:
    volume: vtkMRMLScalarVolumeNode
    browser: Optional[vtkMRMLSequenceBrowserNode]
    count: Annotated[int, WithinRange(0, 9)] = 3
    speed: Speed = Speed.FAST
    preset: Annotated[str, Choice(["balanced", "paper"]), Default("balanced")]
    names: list[str]
    active: bool = True

class TinyWidget(ScriptedLoadableModuleWidget, VTKObservationMixin):
    def __init__(self, parent=None):
        ScriptedLoadableModuleWidget.__init__(self, parent)
        VTKObservationMixin.__init__(self)
        self.log = []
        self.parameters = None

    def setup(self):
        ScriptedLoadableModuleWidget.setup(self)
        uiWidget = slicer.util.loadUI(self.resourcePath("UI/Tiny.ui"))
        self.layout.addWidget(uiWidget)
        self.ui = slicer.util.childWidgetVariables(uiWidget)
        uiWidget.setMRMLScene(slicer.mrmlScene)
        self.logic = TinyLogic()
        self.addObserver(slicer.mrmlScene, slicer.mrmlScene.StartCloseEvent, self.onStartClose)
        self.addObserver(slicer.mrmlScene, slicer.mrmlScene.EndCloseEvent, self.onEndClose)
        self.addObserver(slicer.mrmlScene, slicer.mrmlScene.EndImportEvent, self.onEndClose)
        self.ui.button.connect("clicked(bool)", self.onClicked)
        self.initialize()

    def initialize(self):
        self.parameters = TinyParameters(self.logic.getParameterNode())
        self.tag = self.parameters.connectGui(self.ui)

    def onStartClose(self, caller, event):
        self.parameters.disconnectGui(self.tag)
        self.parameters = None
        self.log.append("closing")

    def onEndClose(self, caller, event):
        if self.parameters is not None:
            self.parameters.disconnectGui(self.tag)
        self.initialize()
        self.log.append("closed")

    def onClicked(self):
        with slicer.util.tryWithErrorDisplay("It failed."):
            self.log.append("clicked")
            self.parameters.names.append(self.ui.box.currentText)
            if self.parameters.count == 9:
                raise ValueError("nine")

    def enter(self):
        self.log.append("enter")

    def exit(self):
        self.log.append("exit")

    def cleanup(self):
        self.removeObservers()
        self.log.append("cleanup")

class TinyLogic(ScriptedLoadableModuleLogic):
    pass
'''

UI = """<?xml version="1.0" encoding="UTF-8"?>
<ui version="4.0"><class>Tiny</class>
<widget class="qMRMLWidget" name="Tiny"><layout class="QVBoxLayout" name="all">
 <item><widget class="ctkCollapsibleButton" name="section"><property name="text"><string>Section</string></property>
  <layout class="QFormLayout" name="form">
   <item row="0" column="1"><widget class="qMRMLNodeComboBox" name="volume">
     <property name="nodeTypes"><stringlist><string>vtkMRMLScalarVolumeNode</string></stringlist></property>
     <property name="noneEnabled"><bool>true</bool></property>
     <property name="SlicerParameterName" stdset="0"><string>volume</string></property></widget></item>
   <item row="1" column="1"><widget class="QSpinBox" name="count">
     <property name="SlicerParameterName" stdset="0"><string>count</string></property></widget></item>
   <item row="2" column="1"><widget class="QComboBox" name="speed">
     <property name="SlicerParameterName" stdset="0"><string>speed</string></property></widget></item>
   <item row="3" column="1"><widget class="QComboBox" name="box">
     <property name="SlicerParameterName" stdset="0"><string>preset</string></property></widget></item>
   <item row="4" column="1"><widget class="QCheckBox" name="active"><property name="text"><string>on</string></property>
     <property name="SlicerParameterName" stdset="0"><string>active</string></property></widget></item>
   <item row="5" column="1"><widget class="QPushButton" name="button">
     <property name="text"><string>Go</string></property></widget></item>
  </layout></widget></item>
 <item><widget class="qMRMLSequenceBrowserPlayWidget" name="play"/></item>
 <item><widget class="qMRMLSequenceBrowserSeekWidget" name="seek"/></item>
 <item><widget class="qMRMLSegmentEditorWidget" name="editor"/></item>
</layout></widget>
<connections>
 <connection><sender>Tiny</sender><signal>mrmlSceneChanged(vtkMRMLScene*)</signal>
  <receiver>volume</receiver><slot>setMRMLScene(vtkMRMLScene*)</slot></connection>
 <connection><sender>Tiny</sender><signal>mrmlSceneChanged(vtkMRMLScene*)</signal>
  <receiver>editor</receiver><slot>setMRMLScene(vtkMRMLScene*)</slot></connection>
</connections></ui>
"""


def writeModule(folder: Path) -> Path:
    """Write the module and its .ui file; returns the .py file."""
    (folder / "Resources" / "UI").mkdir(parents=True)
    (folder / "Resources" / "UI" / "Tiny.ui").write_text(UI)
    (folder / "Tiny.py").write_text(MODULE)
    return folder / "Tiny.py"


def addVolume(name: str, value: int = 0) -> Any:
    import vtk
    from vtk.util.numpy_support import numpy_to_vtk

    image = vtk.vtkImageData()
    image.SetDimensions(16, 12, 1)
    image.GetPointData().SetScalars(numpy_to_vtk(np.full(192, value, np.uint8), deep=1))
    node = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", name)
    node.SetAndObserveImageData(image)
    return node


def addCine(frames: int) -> tuple[Any, Any, Any]:
    """A browser with a cine and a segmentation sequence with one empty segment on each frame."""
    scene = slicer.mrmlScene
    cine = scene.AddNewNodeByClass("vtkMRMLSequenceNode", "cine")
    marks = scene.AddNewNodeByClass("vtkMRMLSequenceNode", "marks")
    for number in range(frames):
        volume = addVolume("frame", number)
        cine.SetDataNodeAtValue(volume, str(number))
        scene.RemoveNode(volume)
        segmentation = slicer.vtkMRMLSegmentationNode()
        segmentation.GetSegmentation().AddEmptySegment("one", "One")
        segmentation.SetReferenceImageGeometryParameterFromVolumeNode(cine.GetNthDataNode(number))
        marks.SetDataNodeAtValue(segmentation, str(number))
    browser = scene.AddNewNodeByClass("vtkMRMLSequenceBrowserNode", "browser")
    browser.SetAndObserveMasterSequenceNodeID(cine.GetID())
    browser.AddSynchronizedSequenceNodeID(marks.GetID())
    slicer.modules.sequences.logic().UpdateAllProxyNodes()
    browser.SetSaveChanges(marks, True)
    return browser, cine, marks


def pixels(segmentation: Any, segment: str) -> int:
    """How many voxels a segment has."""
    from vtk.util.numpy_support import vtk_to_numpy

    found = segmentation.GetSegmentation().GetSegment(segment)
    image = found.GetRepresentation("Binary labelmap")
    scalars = image.GetPointData().GetScalars() if image else None
    return int((vtk_to_numpy(scalars) == found.GetLabelValue()).sum()) if scalars else 0
