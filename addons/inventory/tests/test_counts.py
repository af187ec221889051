"""Stock counts: what lies on the shelf, beside what the books have of that moment."""

from datetime import timedelta
from decimal import Decimal

import pytest
from counting import START, furnish_counting

from dougong import Forbidden, Invalid, Money, Refused, WrongState
from dougong_inventory import (
    CountDifference,
    CountLine,
    CountMode,
    CountState,
    DifferenceReason,
    GainLossRequest,
    Location,
    LocationKind,
    RequestDecision,
    StockCount,
    StockMove,
    Uncounted,
    explain_difference,
    strike_count,
)
from dougong_inventory.reports.counts import count_accuracy, gains_and_losses
from dougong_inventory.workflows.counts import (
    allow,
    conclude,
    finish,
    give_up,
    look_again,
    present,
    recompare,
    recount,
    settle,
)
from dougong_product import Product


@pytest.fixture
def floor(stock):
    """Ten of the tea by the books."""
    floor = furnish_counting(stock)
    floor.have(10)
    return floor


def difference_of(floor, count):
    (one,) = floor.differences(count)
    return one


# Counting ------------------------------------------------------------------------------------


def test_a_count_has_a_line_for_all_that_the_books_have_there(floor):
    count = floor.begun()

    (line,) = count.lines
    assert (line.product, line.booked, line.counted) == (floor.stock.tea, 10, None)
    assert count.number.startswith("CNT-")


def test_a_blind_count_does_not_say_what_the_books_have(floor):
    (line,) = floor.begun(blind=True).lines

    assert line.booked is None


def test_places_within_the_place_are_counted_too(floor):
    inner = floor.ctx(floor.keeper).create(
        Location(name="Aisle", code="AISLE", parent=floor.stock.shelf)
    )
    floor.have(3, at=inner)

    lines = floor.begun().lines

    assert {line.location.code for line in lines} == {"MAIN", "AISLE"}


def test_I13_after_booking_the_books_have_what_was_counted(floor):
    count = floor.concluded(floor.counted(8))

    assert (count.state, floor.on_hand()) == (CountState.CLOSED, 8)
    one = difference_of(floor, count)
    assert (one.book, one.picked, one.difference) == (10, 0, -2)
    assert (one.move.quantity, one.move.source) == (2, floor.stock.shelf)


def test_I13_what_moves_after_counting_does_not_matter(floor):
    count = floor.counted(9)
    floor.move(4)
    floor.move(2, LocationKind.SUPPLIER, floor.stock.shelf)

    floor.concluded(count)

    assert floor.on_hand() == 9 - 4 + 2


def test_T8_counting_while_delivering_ends_with_what_is_there(floor):
    count = floor.begun()
    floor.enter(count, 9)
    floor.move(3)
    finish(count, floor.ctx(floor.counter))
    floor.settled(count)
    floor.move(1)

    conclude(count, floor.ctx(floor.finance))

    assert floor.on_hand() == 9 - 3 - 1


def test_two_lines_for_one_product_and_place_are_summed(floor):
    count = floor.begun()
    floor.enter(count, 4)
    floor.enter(count, 7, who=floor.other)
    finish(count, floor.ctx(floor.counter))

    one = difference_of(floor, count)
    assert (one.counted, one.difference) == (11, 1)


def test_lines_between_which_goods_moved_are_not_summed(floor):
    count = floor.begun()
    floor.enter(count, 4)
    floor.move(1)
    floor.enter(count, 6)

    with pytest.raises(Refused, match="moved_while_counted"):
        finish(count, floor.ctx(floor.counter))


def test_what_was_entered_by_mistake_is_struck(floor):
    count = floor.begun()
    line = floor.enter(count, 100)

    strike_count(line, floor.ctx(floor.counter))
    floor.enter(count, 10)
    finish(count, floor.ctx(floor.counter))

    assert difference_of(floor, count).difference == 0


def test_goods_that_nobody_counted_are_kept(floor):
    count = finish(floor.begun(), floor.ctx(floor.counter))

    assert floor.differences(count) == []


def test_goods_that_nobody_counted_are_gone_where_the_count_says_so(floor):
    count = finish(floor.begun(uncounted=Uncounted.ZERO), floor.ctx(floor.counter))

    assert difference_of(floor, count).difference == -10


def test_goods_that_the_books_do_not_have_are_found(floor):
    cups = floor.stock.goods("Cups")
    count = floor.begun()
    floor.enter(count, 5, product=cups)
    finish(count, floor.ctx(floor.counter))

    floor.settled(count)

    assert floor.stock.quantities(cups) == [(5, 0, 5)]


def test_what_was_counted_earlier_is_compared_with_the_books_of_then(floor):
    count = floor.begun()
    then = floor.now
    floor.move(4)
    floor.enter(count, 10, counted_at=then)
    finish(count, floor.ctx(floor.counter))

    assert difference_of(floor, count).difference == 0


@pytest.mark.parametrize("wrong", [START - timedelta(days=1), START + timedelta(days=400)])
def test_nobody_counts_before_the_count_began_or_in_the_future(floor, wrong):
    with pytest.raises(Invalid, match="counted_at_another_time"):
        floor.enter(floor.begun(), 10, counted_at=wrong)


@pytest.mark.parametrize(
    ("counted", "code"), [("-1", "counted_below_zero"), ("0.00001", "counted_too_finely")]
)
def test_a_count_is_a_quantity(floor, counted, code):
    with pytest.raises(Invalid, match=code):
        floor.enter(floor.begun(), counted)


def test_nobody_counts_elsewhere(floor):
    other = floor.stock.open("SECOND")

    with pytest.raises(Invalid, match="counted_elsewhere"):
        floor.enter(floor.begun(), 1, location=other)


def test_nobody_counts_before_it_has_begun(floor):
    with pytest.raises(WrongState, match="not_counting"):
        floor.enter(floor.plan(), 10)


def test_a_count_of_some_products_counts_these_alone(floor):
    cups = floor.stock.goods("Cups")
    floor.have(5, cups)

    count = floor.begun(whole=False, lines=[CountLine(product=cups)])

    assert [(line.product, line.booked) for line in count.lines] == [(cups, 5)]


def test_what_has_begun_is_not_planned_otherwise(floor):
    count = floor.begun()

    with pytest.raises(WrongState, match="count_has_begun"):
        StockCount.update(count, floor.ctx(floor.keeper), blind=True)
    with pytest.raises(WrongState, match="count_has_begun"):
        CountLine.delete(count.lines[0], floor.ctx(floor.keeper))
    with pytest.raises(WrongState, match="count_has_begun"):
        floor.ctx(floor.keeper).create(CountLine(stock_count=count, product=floor.stock.tea))


def test_a_line_stays_with_its_product(floor):
    count = floor.plan(whole=False, lines=[CountLine(product=floor.stock.tea)])

    with pytest.raises(Invalid, match="line_stays"):
        CountLine.update(count.lines[0], floor.ctx(floor.keeper), product=floor.stock.goods("Cups"))


# Counting again ------------------------------------------------------------------------------


def test_I11_what_differs_too_much_is_counted_again_by_another_person(floor):
    count = floor.counted(7, recount_above=Decimal(2))
    assert difference_of(floor, count).recount
    with pytest.raises(Refused, match="recount_due"):
        recompare(count, floor.ctx(floor.keeper))

    recount(count, floor.ctx(floor.keeper))
    with pytest.raises(Refused, match="recounted_by_the_same"):
        floor.enter(count, 9)
    with pytest.raises(Refused, match="recount_waits"):
        finish(count, floor.ctx(floor.other))
    floor.enter(count, 9, who=floor.other)
    finish(count, floor.ctx(floor.other))

    one = difference_of(floor, count)
    assert (one.counted, one.difference, one.recount) == (9, -1, False)


def test_what_differs_little_is_not_counted_again(floor):
    count = floor.counted(9, recount_above=Decimal(2))

    with pytest.raises(Refused, match="nothing_to_recount"):
        recount(count, floor.ctx(floor.keeper))


def test_what_is_not_to_be_counted_again_is_not(floor):
    cups = floor.stock.goods("Cups")
    floor.have(5, cups)
    count = floor.begun(recount_above=Decimal(2))
    floor.enter(count, 5, product=cups)
    floor.enter(count, 1)
    finish(count, floor.ctx(floor.counter))
    recount(count, floor.ctx(floor.keeper))

    with pytest.raises(Refused, match="not_to_recount"):
        floor.enter(count, 4, product=cups, who=floor.other)


# Approving -----------------------------------------------------------------------------------


def test_I12_nothing_is_booked_without_approval(floor):
    count = floor.presented(floor.counted(8))

    with pytest.raises(WrongState, match="wrong_state"):
        settle(count, floor.ctx(floor.finance))

    assert floor.on_hand() == 10


def test_I12_each_difference_has_a_reason(floor):
    count = recompare(floor.counted(8), floor.ctx(floor.keeper))

    with pytest.raises(Refused, match="differences_unexplained"):
        present(count, floor.ctx(floor.keeper))


def cost(floor, amount):
    Product.update(floor.stock.tea, floor.stock.world.ctx(), standard_cost=Decimal(amount))


def test_I12_a_request_says_what_gains_and_losses_come_to(floor):
    cost(floor, "12.50")
    count = floor.presented(floor.counted(8))

    (request,) = floor.ctx(floor.finance).find(GainLossRequest)
    assert (request.gains, request.losses, request.currency) == (0, 25, "USD")
    assert count.worth == Money(Decimal(25), "USD")
    assert request.decision is RequestDecision.REQUESTED
    assert allow(count, floor.ctx(floor.supervisor)).state is CountState.APPROVED
    assert request.decision is RequestDecision.APPROVED


def test_I12_above_the_limit_it_takes_who_may_approve_any_value(floor):
    cost(floor, "500.01")
    count = floor.presented(floor.counted(8))

    with pytest.raises(Forbidden, match="above_limit"):
        allow(count, floor.ctx(floor.supervisor))

    assert allow(count, floor.ctx(floor.finance)).state is CountState.APPROVED


def test_I12_a_value_that_nobody_knows_takes_who_may_approve_any(floor):
    count = floor.presented(floor.counted(8))

    assert count.worth is None
    with pytest.raises(Forbidden, match="above_limit"):
        allow(count, floor.ctx(floor.supervisor))


def test_a_count_without_differences_is_worth_nothing(floor):
    count = floor.presented(floor.counted(10))

    assert count.worth == Money(Decimal(0), "USD")
    assert allow(count, floor.ctx(floor.supervisor)).state is CountState.APPROVED


def test_I12_nobody_approves_what_they_have_counted(floor):
    floor.counter = floor.stock.world.person("inventory.counter", "inventory.finance")
    count = floor.presented(floor.counted(8))

    with pytest.raises(Refused, match="same_person"):
        allow(count, floor.ctx(floor.counter))


def test_what_is_sent_back_is_compared_again(floor):
    count = look_again(
        floor.presented(floor.counted(8)), floor.ctx(floor.finance), reason="Look behind the door"
    )

    assert count.state is CountState.COUNTED
    (request,) = floor.ctx(floor.finance).find(GainLossRequest)
    assert request.decision is RequestDecision.RETURNED
    floor.concluded(count)
    assert floor.on_hand() == 8


def test_a_count_in_which_nobody_counted_is_not_presented(floor):
    count = finish(floor.begun(), floor.ctx(floor.counter))
    recompare(count, floor.ctx(floor.keeper))

    with pytest.raises(Refused, match="nothing_counted"):
        present(count, floor.ctx(floor.keeper))


# Booking -------------------------------------------------------------------------------------


def test_what_was_booked_for_the_past_meanwhile_is_compared_once_more(floor):
    count = floor.counted(8)
    counted_at = difference_of(floor, count).counted_at
    floor.approved(count)
    floor.move(2, effective_at=counted_at - timedelta(seconds=1))

    with pytest.raises(Refused, match="books_changed"):
        settle(count, floor.ctx(floor.finance))

    look_again(count, floor.ctx(floor.finance), reason="A delivery was booked late")
    recompare(count, floor.ctx(floor.keeper))
    assert difference_of(floor, count).difference == 0
    floor.concluded(count)
    assert floor.on_hand() == 8


def test_a_count_of_an_older_system_is_booked_without_a_request(floor):
    count = floor.counted(8)
    floor.approved(count)
    ctx = floor.ctx(floor.finance)
    for request in ctx.find(GainLossRequest):
        ctx.session.delete(request)

    settle(count, ctx)

    assert floor.on_hand() == 8
    assert count.state is CountState.POSTED


def test_a_count_is_not_booked_over_a_later_one(floor):
    first, second = floor.counted(8), floor.counted(8)
    floor.approved(first)
    floor.settled(second)

    with pytest.raises(Refused, match="counted_since"):
        settle(first, floor.ctx(floor.finance))
    assert floor.on_hand() == 8


def test_nothing_is_booked_before_what_was_counted(floor):
    count = floor.settled(floor.counted(8))
    counted_at = difference_of(floor, count).counted_at

    with pytest.raises(Refused, match="counted_already"), floor.undone():
        floor.move(1, effective_at=counted_at - timedelta(hours=1))
    floor.move(1)


def test_explanations_stay_once_they_are_presented(floor):
    count = floor.presented(floor.counted(8))

    with pytest.raises(WrongState, match="not_compared"):
        explain_difference(
            difference_of(floor, count), floor.ctx(floor.keeper), reason=DifferenceReason.STOLEN
        )


def test_a_count_that_is_called_off_books_nothing(floor):
    count = floor.presented(floor.counted(8))

    give_up(count, floor.ctx(floor.keeper), reason="The wrong shelf")

    assert floor.on_hand() == 10
    floor.move(1, effective_at=START + timedelta(minutes=5))


# Freezing ------------------------------------------------------------------------------------


def test_nothing_moves_where_it_is_frozen_but_what_the_count_books(floor):
    count = floor.counted(8, mode=CountMode.FREEZE)

    with pytest.raises(Refused, match="location_frozen"), floor.undone():
        floor.move(1)
    with pytest.raises(Refused, match="location_frozen"), floor.undone():
        floor.have(1)
    floor.settled(count)
    floor.move(1)

    assert floor.on_hand() == 7


def test_elsewhere_goods_move_while_a_place_is_frozen(floor):
    floor.begun(mode=CountMode.FREEZE)
    second = floor.stock.open("SECOND")

    floor.move(1, LocationKind.SUPPLIER, second)


def test_other_goods_move_while_some_are_frozen(floor):
    cups = floor.stock.goods("Cups")
    floor.begun(mode=CountMode.FREEZE, whole=False, lines=[CountLine(product=floor.stock.tea)])

    floor.move(1, LocationKind.SUPPLIER, floor.stock.shelf, product=cups)


# Reports -------------------------------------------------------------------------------------


def rows(floor, report):
    ctx = floor.ctx(floor.finance)
    ctx.session.flush()
    return [tuple(row) for row in ctx.session.execute(report.build(ctx))]


def test_reports_say_how_right_the_books_were_and_what_was_lost(floor):
    cost(floor, "2.50")
    cups = floor.stock.goods("Cups")
    floor.have(5, cups)
    count = floor.begun()
    floor.enter(count, 5, product=cups)
    floor.enter(count, 8)
    finish(count, floor.ctx(floor.counter))
    assert rows(floor, count_accuracy) == []

    floor.settled(count)

    assert rows(floor, count_accuracy) == [(2026, 3, "MAIN", 2, 1, 50)]
    (lost,) = rows(floor, gains_and_losses)
    assert lost == (DifferenceReason.UNKNOWN, "USD", 1, None, 5)


def test_a_counter_reads_no_differences(floor):
    from dougong import Operation

    access = floor.stock.world.generation.access
    assert not access.may(floor.counter, Operation.READ, CountDifference)
    assert not access.may(floor.counter, Operation.READ, StockMove)
    assert access.may(floor.counter, Operation.READ, CountLine)
