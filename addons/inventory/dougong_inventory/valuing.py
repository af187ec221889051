"""What moves make the stock worth: by the moving average, or the oldest cost first (§5.3).

Only what comes from outside or goes there changes what the stock is worth; goods that change their
place among ours, also those in transit or quarantine, take their value along.
"""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert

from dougong import Context
from dougong_inventory.entities import (
    CostMethod,
    LayerKind,
    LocationKind,
    ProductValuation,
    StockMove,
    StockPolicy,
    ValuationLayer,
)
from dougong_product import Product, digits_of, rounded

OURS = (
    *(LocationKind.STOCK, LocationKind.INPUT, LocationKind.OUTPUT),
    *(LocationKind.QUARANTINE, LocationKind.TRANSIT),
)
"""Where goods lie that are worth something to us."""
COST_DIGITS = 6
NOTHING = Decimal(0)


def value(move: StockMove, ctx: Context) -> None:
    """Write down what a done move changes of what the stock is worth."""
    came, was = move.destination.kind in OURS, move.source.kind in OURS
    if came == was:
        return
    state = _held(move.product, ctx)
    digits = digits_of(ctx, move.product.price.currency)
    if came:
        _receive(move, state, digits, ctx)
    else:
        _issue(move, state, digits, ctx)


def cost_of(product: Product, ctx: Context) -> Decimal | None:
    """What one unit of the stock costs us now, with 6 decimals.

    Without stock, what it cost when some came or went last; None where that is not known.
    """
    return costs_of([product], ctx).get(product.id)


def costs_of(
    products: Sequence[Product], ctx: Context, *, on: date | None = None
) -> dict[int, Decimal]:
    """The same for several products, by their numbers: now, or at the end of a day."""
    numbers = [one.id for one in products]
    kept = ctx.find(ProductValuation, ProductValuation.__table__.c.product_id.in_(numbers))
    states = {one.product.id: one for one in kept}
    held = {number: (one.quantity, one.amount) for number, one in states.items()}
    if on is not None and on < ctx.now.date():
        held = _held_on(numbers, on, ctx)
    costs = {}
    for product in products:
        state = states.get(product.id)
        quantity, amount = held.get(product.id, (NOTHING, NOTHING))
        last = state.last_cost or NOTHING if state else NOTHING
        now = rounded(Fraction(amount) / Fraction(quantity), COST_DIGITS) if quantity > 0 else last
        if cost := now or product.standard_cost:
            costs[product.id] = cost
    return costs


def _held_on(products: Sequence[int], on: date, ctx: Context) -> dict[int, tuple[Decimal, Decimal]]:
    """How many there were of each at the end of a day, and what they were worth."""
    layer = ValuationLayer.__table__.c
    then = (
        select(layer.product_id, func.sum(layer.quantity), func.sum(layer.amount))
        .where(layer.product_id.in_(products), ValuationLayer.booked_on <= on)
        .group_by(layer.product_id)
    )
    return {number: (many, worth) for number, many, worth in ctx.session.execute(then)}


def _held(product: Product, ctx: Context) -> ProductValuation:
    """What the product's stock is worth, locked: who values the same product waits."""
    new = insert(ProductValuation).values(product_id=product.id)
    ctx.session.execute(new.on_conflict_do_nothing())
    (found,) = ctx.hold(ProductValuation, ProductValuation.product == product)
    return found


def _receive(move: StockMove, state: ProductValuation, digits: int, ctx: Context) -> None:
    """Goods come in, at what they cost; then what went before it was there is put right."""
    owed, cost = max(-state.quantity, NOTHING), _cost_in(move, ctx)
    amount = rounded(Fraction(cost) * Fraction(move.quantity), digits)
    left = max(move.quantity - owed, NOTHING)
    kept = amount if left == move.quantity else rounded(Fraction(cost) * Fraction(left), digits)
    _write(move, LayerKind.RECEIVED, cost, move.quantity, amount, state, ctx, left, kept)
    state.last_cost = cost
    if owed:
        worth = rounded(Fraction(cost) * Fraction(state.quantity), digits)
        _correct(move, LayerKind.TRUED_UP, worth, state, ctx)


def _issue(move: StockMove, state: ProductValuation, digits: int, ctx: Context) -> None:
    """Goods go out: at what they cost on average, or at the oldest costs."""
    there = state.quantity
    oldest, uncovered = _use(move, digits, ctx)
    original = _original_cost(move, ctx)
    if StockPolicy.of(move.product).cost_method is CostMethod.FIFO:
        beyond = Fraction(_estimate(move.product, state)) * Fraction(uncovered)
        worth = oldest + rounded(beyond, digits)
    else:
        cost = original if original is not None else _average(move.product, state)
        worth = rounded(cost * Fraction(move.quantity), digits)
        if there > move.quantity and worth > state.amount:
            worth = rounded(_average(move.product, state) * Fraction(move.quantity), digits)
    each = rounded(Fraction(worth) / Fraction(move.quantity), COST_DIGITS)
    _write(move, LayerKind.ISSUED, each, -move.quantity, -worth, state, ctx)
    state.last_cost = each
    if not state.quantity:
        _correct(move, LayerKind.ROUNDED, NOTHING, state, ctx)


def _use(move: StockMove, digits: int, ctx: Context) -> tuple[Decimal, Decimal]:
    """Take the oldest layers first, for a reversal its own; what they cost, and what none covers."""
    layers = ctx.find(
        ValuationLayer,
        ValuationLayer.product == move.product,
        ValuationLayer.remaining_quantity > 0,
    )
    layers.sort(key=lambda one: (one.move is None or one.move is not move.reversal_of, one.id))
    left, cost = move.quantity, NOTHING
    for layer in layers:
        if not left:
            break
        taken = min(left, layer.remaining_quantity)
        part = Fraction(taken) / Fraction(layer.remaining_quantity)
        worth = rounded(Fraction(layer.remaining_amount) * part, digits)
        layer.remaining_quantity -= taken
        layer.remaining_amount -= worth
        left, cost = left - taken, cost + worth
    return cost, left


def _cost_in(move: StockMove, ctx: Context) -> Decimal:
    """What one of the units that come in cost us.

    What comes back cost what it cost when it went; what is bought, what its line says; what is
    found, what the others cost.
    """
    original = _original_cost(move, ctx)
    if original is not None:
        return rounded(original, COST_DIGITS)
    line = move.line
    if line is not None and line.unit_cost is not None:
        return line.unit_cost
    if move.unit_cost is not None:
        return move.unit_cost
    return cost_of(move.product, ctx) or NOTHING


def _original_cost(move: StockMove, ctx: Context) -> Fraction | None:
    """What one unit was valued at by the moves that this one takes or brings back; else None."""
    layer = ValuationLayer.__table__.c
    sums = select(func.sum(layer.amount), func.sum(layer.quantity)).where(layer.quantity != 0)
    if move.reversal_of is not None:
        sums = sums.where(ValuationLayer.move == move.reversal_of)
    elif move.line is not None and move.line.returns is not None:
        sums = sums.where(ValuationLayer.move.has(StockMove.line == move.line.returns))
    else:
        return None
    amount, quantity = ctx.session.execute(sums).one()
    return Fraction(amount) / Fraction(quantity) if quantity else None


def _average(product: Product, state: ProductValuation) -> Fraction:
    if state.quantity > 0:
        return Fraction(state.amount) / Fraction(state.quantity)
    return Fraction(_estimate(product, state))


def _estimate(product: Product, state: ProductValuation) -> Decimal:
    """What goods cost that are not there yet: what the last did."""
    return state.last_cost or product.standard_cost or NOTHING


def _correct(
    move: StockMove, kind: LayerKind, worth: Decimal, state: ProductValuation, ctx: Context
) -> None:
    """Make the stock worth so much, by a layer without goods where it is not."""
    if state.amount != worth:
        _write(move, kind, NOTHING, NOTHING, worth - state.amount, state, ctx)


def _write(
    move: StockMove,
    kind: LayerKind,
    cost: Decimal,
    quantity: Decimal,
    amount: Decimal,
    state: ProductValuation,
    ctx: Context,
    remaining: Decimal = NOTHING,
    remaining_amount: Decimal = NOTHING,
) -> None:
    assert move.accounting_date is not None
    layer = ValuationLayer(
        product=move.product,
        move=move,
        kind=kind,
        booked_on=move.accounting_date,
        quantity=quantity,
        unit_cost=cost,
        amount=amount,
        remaining_quantity=remaining,
        remaining_amount=remaining_amount,
    )
    ctx.create(layer)
    state.quantity += quantity
    state.amount += amount
