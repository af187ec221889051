"""What warehouses have of what they are to have, and what is ordered to fill them up."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Any

from sqlalchemy import Date, DateTime, and_, cast, func, literal, or_, select

from dougong import Context
from dougong_inventory.entities import (
    Location,
    Lot,
    Transfer,
    TransferKind,
    TransferLine,
    TransferState,
)
from dougong_inventory.entities.alerts import AlertKind, ReplenishmentRule, Rounding
from dougong_inventory.entities.replenishment import (
    ReplenishmentLine,
    ReplenishmentOrder,
    ReplenishmentState,
)
from dougong_inventory.layers import kept, layers
from dougong_inventory.ledger import NONE

State, Stage = ReplenishmentState, TransferState
ASKED = (State.DRAFT, State.SUBMITTED)
COMING = (
    *(State.HEADQUARTERS_APPROVED, State.FINANCE_APPROVED, State.SHIPPING),
    *(State.IN_TRANSIT, State.RECEIVED, State.CONFIRMED),
)
OVER = (Stage.DRAFT, Stage.SHIPPED, Stage.DONE, Stage.CANCELLED)
"""States of transfers that bring and take nothing more, or are not asked for yet."""


@dataclass(frozen=True)
class Level:
    """What a warehouse has of the product of a rule."""

    free: Decimal = NONE
    """To spare: not reserved, not blocked, not expired."""
    least: Decimal = NONE
    """The lowest of what is on hand at its places."""
    expiring: Decimal = NONE
    """Of lots that expire soon, or have."""
    old: Decimal = NONE
    """Longer on the shelf than it should be."""


def faults(rule: ReplenishmentRule, level: Level) -> dict[AlertKind, Decimal]:
    """What is wrong, and how much of it (I15)."""
    wrong: dict[AlertKind, Decimal] = {}
    if level.free <= 0 < rule.target:
        wrong[AlertKind.OUT] = level.free
    elif level.free < rule.minimum:
        wrong[AlertKind.LOW] = level.free
    elif rule.maximum is not None and level.free > rule.maximum:
        wrong[AlertKind.OVER] = level.free
    if level.least < 0:
        wrong[AlertKind.NEGATIVE] = level.least
    if level.expiring > 0:
        wrong[AlertKind.EXPIRING] = level.expiring
    if level.old > 0:
        wrong[AlertKind.AGEING] = level.old
    return wrong


def refill(rule: ReplenishmentRule, forecast: Decimal) -> Decimal:
    """How many to order: up to the target, in multiples; 0 when there are enough (I16)."""
    missing = rule.target - forecast
    if missing <= 0:
        return NONE
    way = ROUND_CEILING if rule.rounding is Rounding.UP else ROUND_FLOOR
    return (missing / rule.multiple).to_integral_value(way) * rule.multiple


def levels(rules: Sequence[ReplenishmentRule], ctx: Context) -> dict[int, Level]:
    """What the warehouses of some rules have, by the rules' numbers."""
    numbers = [rule.id for rule in rules]
    shelves, rule = kept(), ReplenishmentRule
    today = cast(ctx.now, Date)
    sound = or_(Lot.id.is_(None), ~Lot.blocked & func.coalesce(Lot.expires_on >= today, True))
    soon = Lot.expires_on - today <= rule.expiring_days  # no day is too far off
    rows = ctx.session.execute(
        select(
            rule.id,
            func.coalesce(func.sum(shelves.c.free).filter(sound), 0),
            func.coalesce(func.min(shelves.c.least), 0),
            func.coalesce(func.sum(shelves.c.on_hand).filter(soon), 0),
        )
        .join(shelves, _same(shelves))
        .outerjoin(Lot, Lot.id == shelves.c.lot_id)
        .where(rule.id.in_(numbers))
        .group_by(rule.id)
    )
    old = _old(numbers, ctx)
    found = {
        number: Level(free, least, expiring, old.get(number, NONE))
        for number, free, least, expiring in rows
    }
    return {number: found.get(number, Level()) for number in numbers}


def _old(numbers: list[int], ctx: Context) -> dict[int, Decimal]:
    """What lies longer than a rule allows, by the numbers of those that say so."""
    rule = ReplenishmentRule
    saying = ctx.find(rule, rule.id.in_(numbers), rule.ageing_days.is_not(None))
    if not saying:
        return {}
    lying = layers()
    lain = literal(ctx.now, DateTime(timezone=True)) - lying.c.arrived_at
    old = lain > func.make_interval(0, 0, 0, rule.ageing_days)
    rows = ctx.session.execute(
        select(rule.id, func.sum(lying.c.quantity))
        .join(lying, _same(lying))
        .where(rule.id.in_([one.id for one in saying]), old)
        .group_by(rule.id)
    )
    return dict(rows.all())


def _same(rows: Any) -> Any:
    """Whether rows are about the product and the warehouse of a rule."""
    rule = ReplenishmentRule.__table__.c
    return and_(rows.c.product_id == rule.product_id, rows.c.warehouse_id == rule.warehouse_id)


def forecasts(rules: Sequence[ReplenishmentRule], ctx: Context) -> dict[int, Decimal]:
    """What there will be to spare: now, with what comes, without what is asked for and not kept.

    What comes within the rule's days counts: what the store has ordered and not got, and what
    receipts expect.
    """
    numbers = [rule.id for rule in rules]
    have, ordered = levels(rules, ctx), _ordered(numbers, ctx)
    comes = _moving(numbers, TransferKind.RECEIPT, ctx)
    goes = _moving(numbers, TransferKind.DELIVERY, ctx)
    return {
        one: have[one].free + ordered.get(one, NONE) + comes.get(one, NONE) - goes.get(one, NONE)
        for one in numbers
    }


def _ordered(numbers: list[int], ctx: Context) -> dict[int, Decimal]:
    """What the warehouses of some rules have ordered of their products and not got."""
    rule, line, order = ReplenishmentRule, ReplenishmentLine, ReplenishmentOrder
    asked = func.sum(line.requested).filter(order.state.in_(ASKED))
    coming = func.sum(line.to_ship + line.arriving).filter(order.state.in_(COMING))
    rows = ctx.session.execute(
        select(rule.id, func.coalesce(asked, 0) + func.coalesce(coming, 0))
        .select_from(rule)
        .join(order, _column(order, "warehouse_id") == _column(rule, "warehouse_id"))
        .join(order.lines)
        .where(rule.id.in_(numbers), _column(line, "product_id") == _column(rule, "product_id"))
        .group_by(rule.id)
    )
    return {number: Decimal(many or 0) for number, many in rows}


def _moving(numbers: list[int], kind: TransferKind, ctx: Context) -> dict[int, Decimal]:
    """What receipts will bring for some rules, or deliveries take that is not reserved yet."""
    rule, line, transfer = ReplenishmentRule, TransferLine, Transfer
    place, left = "destination_id", line.base_quantity - line.done
    if kind is TransferKind.DELIVERY:
        place, left = "source_id", left - line.reserved
    due = or_(
        transfer.scheduled_on.is_(None),
        transfer.scheduled_on - cast(ctx.now, Date) <= rule.lead_days,  # no day is too far off
    )
    rows = ctx.session.execute(
        select(rule.id, func.sum(left))
        .select_from(rule)
        .join(line, _column(line, "product_id") == _column(rule, "product_id"))
        .join(line.transfer)
        .join(Location, Location.id == _column(transfer, place))
        .where(_column(Location, "warehouse_id") == _column(rule, "warehouse_id"))
        .where(rule.id.in_(numbers), transfer.kind == kind, transfer.state.not_in(OVER), due)
        .group_by(rule.id)
    )
    return {number: Decimal(many or 0) for number, many in rows}


def _column(entity: Any, name: str) -> Any:
    return entity.__table__.c[name]
