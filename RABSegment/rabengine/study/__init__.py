"""A study: many cines, their marks and predictions in one folder, and what one cine taught serving the next.

    study = Study.create("hearts")
    added = study.add("anna.dcm")
    study.mark(added.cine, {0: mask})       # mask (H, W), 0 background, 1..255 segments
    study.add("berta.dcm")                  # not marked: it learns from the others
    summary = run_study(study)
    study.prediction(2).labels              # (T, H, W) uint8
    next_cine(study)                        # the cine and the frame to look at

Without PyTorch everything works but `run_study`.
"""

from __future__ import annotations

from .adjudication import Difference, decide, differences
from .agreement import Agreement, agreement
from .cluster import Workers
from .deidentified import export_deidentified
from .export import Exported, export_study
from .next_cine import NextCine, next_cine
from .own_result import keep_result, last_entry
from .records import StudyCine, StudyPrediction
from .report import write_study_report
from .run import run_study
from .run_events import RunEvent, RunSummary
from .settings import StudySettings
from .study import Added, Study
from .verification import Verified, verify_log

__all__ = [
    "Added",
    "Agreement",
    "Difference",
    "Exported",
    "NextCine",
    "RunEvent",
    "RunSummary",
    "Study",
    "StudyCine",
    "StudyPrediction",
    "StudySettings",
    "Verified",
    "Workers",
    "agreement",
    "decide",
    "differences",
    "export_deidentified",
    "export_study",
    "keep_result",
    "last_entry",
    "next_cine",
    "run_study",
    "verify_log",
    "write_study_report",
]
