"""Which Qt objects PythonQt calls false.

PythonQt's generator gives a wrapped class the truth value of the first of isEmpty(), isValid() and isNull() that the
class or a base has (AbstractMetaClass::getDefaultNonZeroFunction); every other object is true as long as it exists.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

# As com_trolltech_qt_core, _gui and _widgets of PythonQt declare __nonzero__. A class that CTK or Slicer derives from
# one of these is not in the list: its objects are always true, also a ctkFlowLayout that is empty.
NOT_EMPTY = """
QBitArray QBoxLayout QByteArray QCborArray QCborMap QDir QFormLayout QGlyphRun QGridLayout QHBoxLayout QItemSelection
QItemSelectionRange QJsonArray QJsonDocument QJsonObject QKeySequence QLayout QLayoutItem QMenu QPainterPath QPolygon
QPolygonF QProcessEnvironment QRect QRectF QRegion QSize QSizeF QSpacerItem QStackedLayout QTextBlockFormat
QTextCharFormat QTextDocument QTextDocumentFragment QTextFormat QTextFrameFormat QTextImageFormat QTextList
QTextListFormat QTextTableCellFormat QTextTableFormat QTranslator QUrl QUrlQuery QVBoxLayout QWidgetItem
""".split()  # noqa: SIM905
VALID = """
QCalendar QCborStreamReader QColor QColorSpace QDate QDateTime QElapsedTimer QMetaEnum QMetaMethod QMetaProperty
QMetaType QMimeType QModelIndex QMovie QOffscreenSurface QPageLayout QPageSize QPersistentModelIndex QRawFont
QRegularExpression QRegularExpressionMatch QRegularExpressionMatchIterator QResource QStorageInfo QTemporaryDir
QTextBlock QTextBoundaryFinder QTextFragment QTextInlineObject QTextLine QTextTableCell QTime QTimeZone
""".split()  # noqa: SIM905
NOT_NULL = """
QBitmap QCborValue QIcon QIconEngine QImage QJsonValue QLine QLineF QMargins QMarginsF QPicture QPixmap QPoint QPointF
QQuaternion QTextCursor QUuid QVector2D QVector3D QVector4D
""".split()  # noqa: SIM905


@cache
def truthOf(className: str) -> Callable[[Any], bool] | None:
    """What decides whether an existing object of exactly this Qt class is true; None when every one is."""
    if className in NOT_EMPTY:
        return lambda found: not found.isEmpty()
    if className in VALID:
        return lambda found: bool(found.isValid())
    if className in NOT_NULL:
        return lambda found: not found.isNull()
    return None
