"""What gifts and redemptions fill in, what they do not let happen, and what they move."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from dougong import (
    Context,
    Invalid,
    NumberSeries,
    Refused,
    WrongState,
    after,
    answers,
    before,
    guard,
)
from dougong_inventory.entities import Location, LocationKind
from dougong_inventory.entities.gifts import (
    GiftIssue,
    GiftLine,
    GiftState,
    Redemption,
    RedemptionLine,
    RedemptionState,
)
from dougong_inventory.giving import (
    bring_back,
    count_gift,
    hand_out,
    uncount_gift,
    use_kept,
    vouchers_of,
)
from dougong_inventory.ledger import location_for
from dougong_inventory.points import return_points, spend_points
from dougong_inventory.questions import SourceVoucher, trace_sources
from dougong_inventory.workflows.gifts import (
    hand_over,
    redeem,
    take_back,
    undo,
)
from dougong_product import Product, ProductKind

GIFT_NUMBERS = NumberSeries("inventory.gift", "What people call gifts.", pattern="G-{n:06}")
REDEMPTION_NUMBERS = NumberSeries(
    "inventory.redemption", "What people call redemptions.", pattern="RD-{n:06}"
)
Voucher = GiftIssue | Redemption


# Gifts --------------------------------------------------------------------------------------


@before(GiftIssue.create)
def fill_in_a_gift(gift: GiftIssue, ctx: Context) -> None:
    """It has a number, and whoever drafts it gives it."""
    _check_shelf(gift)
    gift.number, gift.giver = GIFT_NUMBERS.next(ctx), ctx.me


@guard(GiftIssue.update)
def change_draft_gifts_only(gift: GiftIssue, ctx: Context) -> Refused | None:
    """What is approved is what is given."""
    return _fixed(gift)


@before(GiftIssue.update, form=True)
def keep_giving_from_a_shelf(gift: GiftIssue, ctx: Context, **form: Any) -> None:
    """Goods are taken from where they lie."""
    _check_shelf(gift, form)


@guard(GiftIssue.delete)
def delete_draft_gifts_only(gift: GiftIssue, ctx: Context) -> Refused | None:
    """What was given is taken back, not deleted."""
    return _fixed(gift)


@before(GiftLine.create)
def add_to_draft_gifts_only(line: GiftLine, ctx: Context) -> None:
    """What is approved is what is given."""
    ctx.lock(line.gift)
    _check_line(line.product, line.gift)


@guard(GiftLine.update, loads=(GiftLine.gift,))
def change_lines_of_draft_gifts_only(line: GiftLine, ctx: Context) -> Refused | None:
    """What is approved is what is given."""
    return _fixed(line.gift)


@before(GiftLine.update, form=True)
def keep_lines_in_their_gift(line: GiftLine, ctx: Context, **form: Any) -> None:
    """A line is part of one gift, and about goods."""
    if form.get("gift", line.gift) is not line.gift:
        raise Invalid("supply_line_stays", at="gift", number=line.gift.number)
    _check_line(form.get("product", line.product), line.gift)


@guard(GiftLine.delete, loads=(GiftLine.gift,))
def delete_lines_of_draft_gifts_only(line: GiftLine, ctx: Context) -> Refused | None:
    """What is approved is what is given."""
    return _fixed(line.gift)


@before(hand_over)
def give_away(gift: GiftIssue, ctx: Context) -> None:
    """It counts against the quota, and the goods leave with it (I24)."""
    if not gift.lines:
        raise Refused("nothing_given", number=gift.number)
    count_gift(gift, ctx, ctx.now.date())
    use_kept(gift, ctx)
    to = location_for(LocationKind.GIFT, ctx)
    hand_out(gift.lines, gift.location, to, ctx, reference=gift.number)


@after(take_back)
def bring_gifts_back(gift: GiftIssue, ctx: Context) -> None:
    """The goods are on their shelf again, and the quota has room."""
    assert gift.issued_on is not None
    uncount_gift(gift, ctx, gift.issued_on)
    bring_back(gift.lines, ctx, reference=gift.number)


# Redemptions --------------------------------------------------------------------------------


@before(Redemption.create)
def fill_in_a_redemption(redemption: Redemption, ctx: Context) -> None:
    """It has a number."""
    _check_shelf(redemption)
    redemption.number = REDEMPTION_NUMBERS.next(ctx)


@guard(Redemption.update)
def change_draft_redemptions_only(redemption: Redemption, ctx: Context) -> Refused | None:
    """What was redeemed stays."""
    return _fixed(redemption)


@before(Redemption.update, form=True)
def keep_redeeming_from_a_shelf(redemption: Redemption, ctx: Context, **form: Any) -> None:
    """Goods are taken from where they lie."""
    _check_shelf(redemption, form)


@guard(Redemption.delete)
def delete_draft_redemptions_only(redemption: Redemption, ctx: Context) -> Refused | None:
    """What was redeemed is taken back, not deleted."""
    return _fixed(redemption)


@before(RedemptionLine.create)
def add_to_draft_redemptions_only(line: RedemptionLine, ctx: Context) -> None:
    """What was redeemed stays."""
    ctx.lock(line.redemption)
    _check_line(line.product, line.redemption)


@guard(RedemptionLine.update, loads=(RedemptionLine.redemption,))
def change_lines_of_draft_redemptions_only(line: RedemptionLine, ctx: Context) -> Refused | None:
    """What was redeemed stays."""
    return _fixed(line.redemption)


@before(RedemptionLine.update, form=True)
def keep_lines_in_their_redemption(line: RedemptionLine, ctx: Context, **form: Any) -> None:
    """A line is part of one redemption, and about goods."""
    if form.get("redemption", line.redemption) is not line.redemption:
        raise Invalid("supply_line_stays", at="redemption", number=line.redemption.number)
    _check_line(form.get("product", line.product), line.redemption)


@guard(RedemptionLine.delete, loads=(RedemptionLine.redemption,))
def delete_lines_of_draft_redemptions_only(line: RedemptionLine, ctx: Context) -> Refused | None:
    """What was redeemed stays."""
    return _fixed(line.redemption)


@before(redeem)
def spend_and_hand_over(redemption: Redemption, ctx: Context) -> None:
    """The points first: where there are too few, no goods are looked for (I25)."""
    if not redemption.lines:
        raise Refused("nothing_given", number=redemption.number)
    key = f"inventory.Redemption:{redemption.id}"
    redemption.receipt = spend_points(redemption.party, ctx, points=redemption.points, source=key)
    if redemption.receipt is None:
        raise Refused("nobody_keeps_points", number=redemption.number)
    to = location_for(LocationKind.CUSTOMER, ctx)
    hand_out(redemption.lines, redemption.location, to, ctx, reference=redemption.number)


@before(undo, form=True)
def return_and_bring_back(redemption: Redemption, ctx: Context, *, reason: str) -> None:
    """Points and goods are where they were."""
    key = f"inventory.Redemption:{redemption.id}"
    if return_points(redemption.party, ctx, points=redemption.points, source=key) is None:
        raise Refused("nobody_keeps_points", number=redemption.number)
    bring_back(redemption.lines, ctx, reference=redemption.number)


def _check_shelf(voucher: Voucher, form: dict[str, Any] | None = None) -> None:
    location = (form or {}).get("location", voucher.location)
    if location.kind not in (LocationKind.STOCK, LocationKind.VIEW):
        raise Invalid("no_shelf_of_ours", at="location", location=location.name)


def _check_line(product: Product, voucher: Voucher) -> None:
    if over := _fixed(voucher):
        raise over
    if product.kind is not ProductKind.GOODS:
        raise Invalid("not_goods", at="product", product=product.name)


def _fixed(voucher: Voucher) -> Refused | None:
    if voucher.state in (GiftState.DRAFT, RedemptionState.DRAFT):
        return None
    return WrongState("voucher_is_fixed", number=voucher.number, state=voucher.state)


# Tracing ------------------------------------------------------------------------------------


@answers(trace_sources)
def with_what_was_given_and_redeemed(
    places: Sequence[Location], ctx: Context, *, since: date, until: date
) -> list[SourceVoucher]:
    """Each line of a gift or a redemption took its goods from the shelf (I08)."""
    gift, redemption = GiftIssue.__table__.c, Redemption.__table__.c
    ids = [one.id for one in places]
    gifts = ctx.find(
        GiftIssue,
        GiftIssue.state == GiftState.ISSUED,
        gift.location_id.in_(ids),
        gift.issued_on.between(since, until),
    )
    redeemed = ctx.find(
        Redemption,
        Redemption.state == RedemptionState.REDEEMED,
        redemption.location_id.in_(ids),
        redemption.redeemed_on.between(since, until),
    )
    gone, sold = location_for(LocationKind.GIFT, ctx), location_for(LocationKind.CUSTOMER, ctx)
    found: list[SourceVoucher] = []
    for one in gifts:
        found += vouchers_of([one], gone, one.issued_on, ctx)
    for other in redeemed:
        found += vouchers_of([other], sold, other.redeemed_on, ctx)
    return found
