"""What the tables of rules are written in: shapes, as one list of names."""

from retape.handlers.fake.rules.faults import Fault, Fit, Path, Shape
from retape.handlers.fake.rules.leaves import Anything, Choice, Decimal, Flag, Text, Whole
from retape.handlers.fake.rules.nests import Fields, Listing, MapOf, OneOf, Tagged

__all__ = [
    "Anything",
    "Choice",
    "Decimal",
    "Fault",
    "Fields",
    "Fit",
    "Flag",
    "Listing",
    "MapOf",
    "OneOf",
    "Path",
    "Shape",
    "Tagged",
    "Text",
    "Whole",
]
