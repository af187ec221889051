"""Numbers of documents, seen and set through the API."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import strawberry
from sqlalchemy.dialects.postgresql import insert

from dougong.access.context import Context
from dougong.access.permissions import Permission, Role, all_rows, read
from dougong.builtin.numbers.pattern import pattern_of
from dougong.builtin.numbers.series import NumberSeries
from dougong.builtin.numbers.tables import NumberPattern, number_counter
from dougong.builtin.organisation.entities import Unit
from dougong.errors import Invalid, blamed
from dougong.verbs.action import action
from dougong.verbs.query import query

SET_NUMBERS = Permission("dougong.set_numbers", "Set what the numbers of documents look like.")

NUMBER_KEEPER = Role(
    "dougong.number_keeper",
    "Sets what the numbers of documents look like, and where they begin.",
    grants=[SET_NUMBERS, read(NumberPattern)],
    rows=[all_rows(NumberPattern)],
)
HIGHEST = 10**15


@strawberry.type(name="NumberSeries")
class ShownSeries:
    """Where the numbers of one kind of document come from."""

    name: str
    """`sales_order.order`."""
    description: str
    """What is numbered."""
    gapless: bool
    """Whether no number is ever left out."""
    pattern: str
    """What its numbers look like now."""
    shipped_pattern: str
    """What they look like unless the company sets it."""
    next: str | None
    """The number that would be drawn next, today; null where each unit counts for itself and none
    was named."""


@query(needs=SET_NUMBERS)
def number_series(
    ctx: Context, *, unit: Unit | None = None, on: date | None = None
) -> list[ShownSeries]:
    """The series from which documents get their numbers, in what is installed.

    unit: For which unit the next number is shown.
    on: For which day the next number is shown; today unless said.
    """
    return [_shown(one, ctx, on or ctx.now.date(), unit) for one in ctx.generation.series.values()]


def _shown(series: NumberSeries, ctx: Context, on: date, unit: Unit | None) -> ShownSeries:
    text = series.text(ctx)
    pattern, code = pattern_of(text), unit.code if unit else None
    coming = None
    if unit is not None or not pattern.needs_unit:
        coming = pattern.number(series.last(ctx, pattern.frame(on, code)) + 1, on, code)
    return ShownSeries(
        name=series.name,
        description=series.description,
        gapless=series.gapless,
        pattern=text,
        shipped_pattern=series.shipped,
        next=coming,
    )


@action(needs=SET_NUMBERS)
def change_number_pattern(ctx: Context, *, series: str, pattern: str, reason: str) -> NumberPattern:
    """Set what the numbers of a series look like from now on; those drawn before stay.

    Raises Invalid (`no_series`, `pattern_…`, `number_reason`).

    series: `sales_order.order`.
    pattern: Text with `{year}`, `{quarter}`, `{month}`, `{day}`, `{unit}`, and once `{n}` or
    `{n:05}`. It counts anew for each period and unit that it names.
    reason: Why.
    """
    _series(ctx, series)
    if not reason.strip():
        raise Invalid("number_reason", at="reason")
    with blamed("pattern"):
        pattern_of(pattern)
    made = NumberPattern(series=series, pattern=pattern, reason=reason.strip())
    ctx.session.add(made)
    ctx.session.flush()
    return made


@dataclass(frozen=True)
class NumbersStart:
    """Where the numbers of a series go on."""

    next: str
    """The number that is drawn next."""


@action(needs=SET_NUMBERS)
def start_numbers_at(
    ctx: Context, *, series: str, n: int, unit: Unit | None = None, on: date | None = None
) -> NumbersStart:
    """Let the counter of a series go on from a number, as after moving from another system.

    It only goes up; that of a gapless series is set before its first number is drawn.
    Raises Invalid (`no_series`, `number_start`, `number_gap`) and Refused (`number_needs_unit`).

    series: `sales_order.order`.
    n: The counter of the next number.
    unit: Whose counter is meant, where each unit counts for itself.
    on: A day in the period whose counter is meant; today unless said.
    """
    known = _series(ctx, series)
    pattern, day = known.pattern(ctx), on or ctx.now.date()
    code = known.code(pattern, unit)
    frame, table = pattern.frame(day, code), number_counter
    first = insert(table).values(series=series, frame=frame, last=0)
    held = first.on_conflict_do_update(
        index_elements=[table.c.series, table.c.frame], set_={"last": table.c.last}
    )
    last = int(ctx.session.execute(held.returning(table.c.last)).scalar_one())
    if not last < n <= HIGHEST:
        raise Invalid("number_start", at="n", least=last + 1, most=HIGHEST)
    if known.gapless and last:
        raise Invalid("number_gap", at="n", series=series)
    ctx.session.execute(
        table.update().where(table.c.series == series, table.c.frame == frame).values(last=n - 1)
    )
    return NumbersStart(pattern.number(n, day, code))


def _series(ctx: Context, name: str) -> NumberSeries:
    if name not in ctx.generation.series:
        raise Invalid("no_series", at="series", series=name[:80])
    return ctx.generation.series[name]
