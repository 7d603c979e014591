"""What the measurements are called, and the concepts of DICOM (PS3.16) for them; None where there is none."""

from __future__ import annotations

Code = tuple[str, str, str]  # value, scheme, meaning

AREA = "area"
PERIMETER = "perimeter"
X, Y = "centroid x", "centroid y"
PATH = "centroid path length"
EQUIVALENT, MAJOR, MINOR = "equivalent diameter", "major diameter", "minor diameter"
LONGEST = "longest diameter"
BRIGHTNESS = "mean brightness"
CENTROIDS, EDGES = "centroid distance", "edge distance"
AREA_ED, AREA_ES, CHANGE = "end-diastolic area", "end-systolic area", "fractional area change"
BEAT, RATE = "beat duration", "beat rate"
LONG_AXIS, VOLUME, DISC_VOLUME = "long axis", "volume (area-length)", "volume (discs)"
STRAIN, PEAK_STRAIN = "longitudinal strain", "peak longitudinal strain"
EDV, ESV, EF = "end-diastolic volume", "end-systolic volume", "ejection fraction"
VESSEL, NARROWEST, WIDEST = "vessel diameter", "narrowest vessel diameter", "widest vessel diameter"
VESSEL_LENGTH = "vessel length"
CONTRACTION, CONTRACTION_TIME, CONTRACTION_RATE = "contraction amplitude", "contraction duration", "contraction rate"
GLOTTIS, CYCLE, FREQUENCY, OPEN = "glottal area", "glottal cycle duration", "glottal frequency", "open quotient"

CODES: dict[str, Code] = {
    AREA: ("42798000", "SCT", "Area"),
    PERIMETER: ("131191004", "SCT", "Perimeter"),
    MAJOR: ("103339001", "SCT", "Long axis"),
    MINOR: ("103340004", "SCT", "Short axis"),
    LONGEST: ("410668003", "SCT", "Length"),
    BRIGHTNESS: ("373098007", "SCT", "Mean"),
    CENTROIDS: ("121206", "DCM", "Distance"),
    EDGES: ("121206", "DCM", "Distance"),
    VOLUME: ("118565006", "SCT", "Volume"),
    DISC_VOLUME: ("118565006", "SCT", "Volume"),
    STRAIN: ("130670", "DCM", "Longitudinal Lagrangian Strain"),
    PEAK_STRAIN: ("130671", "DCM", "Peak Longitudinal Lagrangian Strain"),
    f"{EDV} (area-length)": ("18026-5", "LN", "Left Ventricular End Diastolic Volume"),
    f"{ESV} (area-length)": ("18148-7", "LN", "Left Ventricular End Systolic Volume"),
    f"{EF} (area-length)": ("70822001", "SCT", "Cardiac ejection fraction"),
    f"{EDV} (discs)": ("18026-5", "LN", "Left Ventricular End Diastolic Volume"),
    f"{ESV} (discs)": ("18148-7", "LN", "Left Ventricular End Systolic Volume"),
    f"{EF} (discs)": ("70822001", "SCT", "Cardiac ejection fraction"),
    f"{EDV} (biplane)": ("79996-5", "LN", "Left ventricular end diastolic volume biplane (MOD)"),
    f"{ESV} (biplane)": ("80001-1", "LN", "Left ventricular end systolic volume biplane (MOD)"),
    f"{EF} (biplane)": ("79991-6", "LN", "Left ventricular ejection fraction biplane (MOD)"),
    VESSEL: ("397413000", "SCT", "Vessel lumen diameter"),
}
