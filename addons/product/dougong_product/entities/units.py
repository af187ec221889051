"""Units of measure: what quantities are counted, weighed and measured in."""

from enum import StrEnum

from sqlalchemy import CheckConstraint
from sqlalchemy.orm import Mapped, mapped_column

from dougong import Entity

MOST_DIGITS = 4


class Dimension(StrEnum):
    """What a unit measures; units of one dimension can be converted into each other."""

    COUNT = "COUNT"
    MASS = "MASS"
    VOLUME = "VOLUME"
    LENGTH = "LENGTH"
    AREA = "AREA"
    TIME = "TIME"


class UnitOfMeasure(Entity, searchable=("code", "name"), translatable=("name",)):
    """What a quantity is counted, weighed or measured in."""

    __plural__ = "unitsOfMeasure"
    __table_args__ = (
        CheckConstraint("numerator > 0", name="numerator"),
        CheckConstraint("denominator > 0", name="denominator"),
        CheckConstraint(f"digits between 0 and {MOST_DIGITS}", name="digits"),
        CheckConstraint("code <> ''", name="code"),
    )

    code: Mapped[str] = mapped_column(unique=True)
    """The short name that stands behind a quantity: kg."""
    name: Mapped[str]
    """What people call it: kilogram."""
    dimension: Mapped[Dimension]
    """What it measures."""
    numerator: Mapped[int] = mapped_column(default=1)
    """How many of the dimension's smallest usual unit it is, as a fraction: the upper number."""
    denominator: Mapped[int] = mapped_column(default=1)
    """The lower number of the fraction."""
    digits: Mapped[int] = mapped_column(default=0)
    """How many decimals a quantity in it may have: 0 for pieces, 3 for kilograms."""
