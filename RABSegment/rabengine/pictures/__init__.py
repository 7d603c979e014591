"""Pictures of a result for people to look at: overlay video, contact sheet, area-time plot."""

from .area_plot import write_area_plot
from .contact_sheet import write_contact_sheet
from .overlay import write_overlay

__all__ = ["write_area_plot", "write_contact_sheet", "write_overlay"]
