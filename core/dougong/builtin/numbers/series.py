"""Series of numbers: what an add-on declares, and drawing the next one."""

from __future__ import annotations

import sys
from datetime import date
from typing import TYPE_CHECKING

from sqlalchemy import Connection, Engine, select
from sqlalchemy.dialects.postgresql import insert

from dougong.builtin.numbers.aside import aside
from dougong.builtin.numbers.pattern import Pattern, pattern_of
from dougong.builtin.numbers.tables import NumberPattern, number_counter
from dougong.db.naming import schema_of
from dougong.errors import Invalid, Refused, SetupError

if TYPE_CHECKING:
    from dougong.access.context import Context
    from dougong.builtin.organisation.entities import Unit


class NumberSeries:
    """Where the numbers of one kind of document come from.

        ORDER_NUMBERS = NumberSeries(
            "sales_order.order", "Numbers of orders.", pattern="SO-{year}-{n:05}"
        )
        order.number = ORDER_NUMBERS.next(ctx)

    Numbers count from 1, without repetition, anew for each year, month, day and unit that the
    pattern names. A series is quick, and a transaction that is undone leaves a gap; or `gapless`,
    for what is posted: its transactions wait for each other from the drawing to the commit, so draw
    late. A company changes patterns through the API.
    """

    def __init__(self, name: str, description: str, *, pattern: str, gapless: bool = False) -> None:
        """`pattern` is what the add-on ships; see `pattern_of` for its parts.

        Raises SetupError for a pattern that does not hold.
        """
        self.name = name
        self.__doc__ = description
        self.description = description
        self.gapless = gapless
        self.shipped = pattern
        self.__module__ = sys._getframe(1).f_globals["__name__"]
        self.addon = schema_of(self.__module__)
        try:
            pattern_of(pattern)
        except Invalid as wrong:
            raise SetupError(
                f"The pattern “{pattern}” of the numbers {name} does not hold ({wrong.code}).",
                fix="write one like SO-{year}-{n:05}: text, dates, and the counter once.",
                where=(self,),
            ) from None

    def next(self, ctx: Context, *, on: date | None = None, unit: Unit | None = None) -> str:
        """Draw a number, for a day (today in UTC, unless said) and a unit.

        Raises Refused (`number_needs_unit`) where the pattern names the unit and there is none.
        """
        pattern = self.pattern(ctx)
        day, code = on or ctx.now.date(), self.code(pattern, unit)
        return pattern.number(self._draw(ctx, pattern.frame(day, code)), day, code)

    def claims(self, ctx: Context, number: str) -> bool:
        """Whether a number that is given by hand looks like one that may be drawn some day."""
        return self.pattern(ctx).fits(number)

    def pattern(self, ctx: Context) -> Pattern:
        """What its numbers look like now: what the company set last, or what was shipped."""
        return pattern_of(self.text(ctx))

    def text(self, ctx: Context) -> str:
        """The pattern as it is written."""
        table = NumberPattern.__table__.c
        latest = select(table.pattern).where(table.series == self.name)
        with ctx.as_core():
            return ctx.session.scalar(latest.order_by(table.id.desc()).limit(1)) or self.shipped

    def code(self, pattern: Pattern, unit: Unit | None) -> str | None:
        """The unit's code, where the pattern needs it. Raises Refused where there is none."""
        if pattern.needs_unit and unit is None:
            raise Refused("number_needs_unit", series=self.name)
        return unit.code if unit is not None and pattern.needs_unit else None

    def last(self, ctx: Context, frame: str) -> int:
        """How far a frame has counted."""
        table = number_counter.c
        found = select(table.last).where(table.series == self.name, table.frame == frame)
        with ctx.as_core():
            return ctx.session.scalar(found) or 0

    def _draw(self, ctx: Context, frame: str) -> int:
        with ctx.as_core():
            place = ctx.session.get_bind()
            if self.gapless or isinstance(place, Connection):
                return _count(ctx.session.connection(), self.name, frame)
        return _count_aside(place, self.name, frame)


def _count_aside(place: Engine, series: str, frame: str) -> int:
    """Count in a transaction of its own, so that nobody waits for ours."""
    with aside(place).begin() as connection:
        return _count(connection, series, frame)


def _count(connection: Connection, series: str, frame: str) -> int:
    table = number_counter
    first = insert(table).values(series=series, frame=frame, last=1)
    count = first.on_conflict_do_update(
        index_elements=[table.c.series, table.c.frame], set_={"last": table.c.last + 1}
    )
    return int(connection.execute(count.returning(table.c.last)).scalar_one())
