"""Codes of what segments are: those that somebody chose, else by the segment's name.

The codes are those of SNOMED CT that DICOM itself uses (PS3.16, CID 7150, 7151 and those they include).
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from rabengine.io.legend import Concept, LegendEntry, Terminology

_SCHEME = "SCT"
_TISSUE = Concept("85756007", _SCHEME, "Tissue")
_STRUCTURE = Concept("91723000", _SCHEME, "Anatomical Structure")
_ABNORMAL = Concept("49755003", _SCHEME, "Morphologically Abnormal Structure")
_OBJECT = Concept("260787004", _SCHEME, "Physical object")
# What says nothing of the segment: the category and type that Slicer gives a new segment too.
UNKNOWN = Terminology(_TISSUE, _TISSUE)

# {category: {code: meaning and other names}}
_KINDS: dict[Concept, dict[str, tuple[str, ...]]] = {
    _STRUCTURE: {
        "80891009": ("Heart",),
        "87878005": ("Left ventricle", "LV", "left ventricular cavity", "LV cavity", "LV endocardium"),
        "53085002": ("Right ventricle", "RV", "right ventricular cavity", "RV cavity"),
        "82471001": ("Left atrium", "LA"),
        "73829009": ("Right atrium", "RA"),
        "49848007": ("Left Ventricle Myocardium", "left ventricular myocardium", "LV myocardium", "myocardium"),
        "589001": ("Interventricular septum", "septum"),
        "91134007": ("Mitral Valve",),
        "34202007": ("Aortic Valve",),
        "46030003": ("Tricuspid valve",),
        "39057004": ("Pulmonary valve",),
        "76848001": ("Pericardium",),
        "15825003": ("Aorta",),
        "8128003": ("Aortic Root",),
        "81040000": ("Pulmonary artery",),
        "41801008": ("Coronary artery",),
        "69105007": ("Carotid Artery", "carotid"),
        "32062004": ("Common carotid artery",),
        "12123001": ("Internal jugular vein",),
        "64131007": ("Inferior vena cava", "IVC"),
        "59820001": ("Blood Vessel", "vessel"),
        "51114001": ("Artery",),
        "29092000": ("Vein",),
        "113342003": ("Lumen",),
        "69748006": ("Thyroid", "thyroid gland"),
        "4596009": ("Larynx",),
        "1307006": ("Glottis", "glottal area", "glottal gap"),
        "44567001": ("Trachea",),
        "21974007": ("Tongue",),
        "39607008": ("Lung",),
        "3120008": ("Pleura",),
        "5798000": ("Diaphragm",),
        "10200004": ("Liver",),
        "28231008": ("Gallbladder",),
        "78961009": ("Spleen",),
        "64033007": ("Kidney",),
        "89837001": ("Bladder", "urinary bladder"),
        "41216001": ("Prostate",),
        "35039007": ("Uterus",),
        "15497006": ("Ovary",),
        "78067005": ("Placenta",),
        "76752008": ("Breast",),
        "69695003": ("Stomach",),
        "71854001": ("Colon",),
        "71616004": ("Muscle",),
        "91728009": ("Nerve",),
        "59441001": ("Lymph Node",),
        "4421005": ("Cell",),
    },
    _ABNORMAL: {
        "27925004": ("Nodule", "thyroid nodule"),
        "52988006": ("Lesion",),
        "4147007": ("Mass",),
        "108369006": ("Neoplasm", "tumor", "tumour"),
        "367643001": ("Cyst",),
    },
    _OBJECT: {
        "19923001": ("Catheter",),
        "79068005": ("Needle",),
        "272224001": ("Guide Wire", "guidewire"),
        "65818007": ("Stent",),
    },
}
# By the name of a segment, in lower case.
KNOWN: Mapping[str, Terminology] = {
    name.lower(): Terminology(category, Concept(code, _SCHEME, names[0]))
    for category, kinds in _KINDS.items()
    for code, names in kinds.items()
    for name in names
}


def terminology_of(entry: LegendEntry) -> Terminology:
    """What somebody chose for the segment, else what its name is known for, else a tissue of no kind.

    "Left ventricle (2)", "left_ventricle" and "Left ventricle" are one name.
    """
    chosen = entry.terminology
    if chosen is not None and (chosen.kind.value != _TISSUE.value or chosen.region is not None):
        return chosen  # Slicer makes every new segment a tissue
    name = re.sub(r"\s*\(\d+\)$", "", entry.name)
    return KNOWN.get(" ".join(re.split(r"[\s_-]+", name.strip())).lower(), UNKNOWN)
