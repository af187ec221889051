"""Tracing: every voucher beside what was booked for it, and what is wrong put right."""

from datetime import timedelta
from decimal import Decimal

import pytest
from counting import START, furnish_counting
from sqlalchemy import delete, event, update

from dougong import Invalid, Refused, WrongState
from dougong_inventory import (
    FindingKind,
    Location,
    LocationKind,
    StockMove,
    StockPeriod,
    StockQuantity,
    TraceFinding,
    TraceSession,
    TraceState,
    TraceVoucher,
    Transfer,
    TransferKind,
    TransferLine,
    ValuationLayer,
    VoucherCheck,
    booked_for,
    location_for,
    post,
    report_finding,
    tick,
    write_in_voucher,
)
from dougong_inventory.graphql.journal import daily_match, stock_journal
from dougong_inventory.tracing import findings_of
from dougong_inventory.workflows.counts import finish, recompare, trace
from dougong_inventory.workflows.periods import shut, stop
from dougong_inventory.workflows.tracing import (
    abandon,
    correct,
    doubt,
    propose,
    seal,
    uphold,
    verify,
)
from dougong_inventory.workflows.transfers import (
    arrive,
    expect,
    inspect,
    pack,
    pick,
    put_away,
    request,
    ship,
)

TODAY = START.date()


@pytest.fixture
def floor(stock):
    """A hundred of the tea by the books."""
    floor = furnish_counting(stock)
    floor.have(100)
    return floor


def deliver(floor, quantity, reference):
    """A delivery that was picked, packed and shipped; the move that was booked for it."""
    ctx = floor.ctx(floor.keeper)
    line = TransferLine(product=floor.stock.tea, quantity=Decimal(quantity))
    transfer = ctx.create(
        Transfer(
            kind=TransferKind.DELIVERY,
            source=floor.stock.shelf,
            destination=location_for(LocationKind.CUSTOMER, ctx),
            reference=reference,
            lines=[line],
        )
    )
    for step in (request, pick, pack, ship):
        step(transfer, floor.ctx(floor.keeper))
    (move,) = ctx.find(StockMove, StockMove.transfer == transfer)
    return move


def never_booked(floor, move):
    """Make the books as if a move had never been booked."""
    session, tables = floor.stock.world.session, (StockMove.__table__, StockQuantity.__table__)
    moves, quantities = tables
    for place, back in ((move.source, move.quantity), (move.destination, -move.quantity)):
        session.connection().execute(
            update(quantities)
            .where(quantities.c.product_id == move.product.id)
            .where(quantities.c.location_id == place.id)
            .values(on_hand=quantities.c.on_hand + back)
        )
    layers = ValuationLayer.__table__
    session.connection().execute(delete(layers).where(layers.c.move_id == move.id))
    session.connection().execute(delete(moves).where(moves.c.id == move.id))
    session.expunge(move)
    session.expire_all()


def shifted(floor, move, days):
    """Make the books have a move on another day."""
    table = StockMove.__table__
    at = move.effective_at + timedelta(days=days)
    floor.stock.world.session.connection().execute(
        update(table).where(table.c.id == move.id).values(effective_at=at)
    )
    floor.stock.world.session.expire_all()


def session_of(floor, count=None, **said):
    said = {"location": floor.stock.shelf, "since": TODAY, "until": TODAY, **said}
    return floor.ctx(floor.auditor).create(TraceSession(stock_count=count, **said))


def vouchers_of(floor, session):
    ctx = floor.ctx(floor.auditor)
    ctx.session.expire_all()
    return ctx.find(TraceVoucher, TraceVoucher.session == session)


def verified(floor, count=None):
    """A session whose vouchers were all looked at: what looks wrong is reported."""
    session = verify(session_of(floor, count), floor.ctx(floor.auditor))
    for voucher in vouchers_of(floor, session):
        if voucher.suspected is None:
            tick(session, floor.ctx(floor.auditor), vouchers=[voucher])
        else:
            report_finding(
                session, floor.ctx(floor.auditor), voucher=voucher, kind=voucher.suspected
            )
    return session


def corrected(floor, count=None):
    session = propose(verified(floor, count), floor.ctx(floor.auditor))
    uphold(session, floor.ctx(floor.supervisor))
    correct(session, floor.ctx(floor.auditor))
    return seal(session, floor.ctx(floor.auditor))


def matched(floor, on=TODAY):
    found = daily_match(floor.ctx(floor.auditor), on=on, location=floor.stock.shelf)
    return [(one.reference, int(one.vouchers), int(one.booked), one.finding) for one in found]


# Vouchers beside the books -------------------------------------------------------------------


def test_I08_what_was_sold_and_what_was_booked_agree(floor):
    deliver(floor, 3, "SO-1")

    assert matched(floor) == [("SO-1", -3, -3, None)]


def test_I08_a_move_that_is_gone_is_reported_as_missing_with_its_voucher(floor):
    never_booked(floor, deliver(floor, 3, "SO-1"))

    assert matched(floor) == [("SO-1", -3, 0, FindingKind.MISSING)]


def test_I08_a_move_that_no_voucher_explains_is_extra(floor):
    deliver(floor, 3, "SO-1")
    floor.move(3, reference="SO-1")

    assert matched(floor) == [
        ("SO-1", -3, -3, None),
        ("SO-1", 0, -3, FindingKind.EXTRA),
    ]


def test_I08_what_came_back_by_hand_without_a_voucher_is_extra(floor):
    floor.move(2, LocationKind.CUSTOMER, floor.stock.shelf, reference="RET-1")

    assert matched(floor) == [("RET-1", 0, 2, FindingKind.EXTRA)]


def test_I08_what_documents_moved_is_claimed_by_them(floor):
    """A return has a transfer; a voucher of another day has booked what has an origin."""
    post(
        *(floor.stock.tea, Decimal(3), floor.stock.shelf),
        *(floor.stock.place(LocationKind.CUSTOMER), floor.ctx(floor.keeper)),
        reference="POS-7",
        origin="till.Sale:7/1",
        effective_at=floor.now,
    )
    bring_back(floor, 2)

    assert matched(floor) == [("POS-7", 0, -3, None), ("RET-2", 0, 2, None)]


def test_I10_what_nobody_claims_is_taken_back(floor):
    move = floor.move(3, reference="SO-1")

    session = corrected(floor)

    (finding,) = findings_of(session, floor.ctx(floor.auditor))
    assert finding.kind is FindingKind.EXTRA
    assert finding.reversal is not None
    assert finding.reversal.reversal_of is move
    assert floor.on_hand() == 100
    assert matched(floor) == []


def bring_back(floor, quantity):
    """A return that was inspected and put away."""
    ctx = floor.ctx(floor.keeper)
    bay = ctx.create(
        Location(name="Bay", code="BAY", kind=LocationKind.QUARANTINE, parent=floor.stock.shelf)
    )
    transfer = ctx.create(
        Transfer(
            kind=TransferKind.RETURN_IN,
            source=location_for(LocationKind.CUSTOMER, ctx),
            destination=bay,
            reference="RET-2",
            lines=[TransferLine(product=floor.stock.tea, quantity=Decimal(quantity))],
        )
    )
    for step in (expect, arrive, inspect, put_away):
        step(transfer, floor.ctx(floor.keeper))


def test_T9_what_tracing_finds_is_put_right_and_the_count_agrees(floor):
    gone = deliver(floor, 3, "SO-1")
    deliver(floor, 5, "SO-2")
    late = deliver(floor, 7, "SO-3")
    never_booked(floor, gone)
    floor.move(5, reference="SO-2")
    shifted(floor, late, days=-1)
    floor.now = START + timedelta(hours=4)
    count = trace(floor.counted(100 - 3 - 5 - 7), floor.ctx(floor.keeper))
    (before,) = floor.differences(count)
    assert before.difference == 2

    session = corrected(floor, count)

    found = {one.voucher.reference: one.kind for one in floor.ctx(floor.auditor).find(TraceFinding)}
    assert found == {
        "SO-1": FindingKind.MISSING,
        "SO-2": FindingKind.EXTRA,
        "SO-3": FindingKind.DATE,
    }
    assert session.state is TraceState.CLOSED
    recompare(count, floor.ctx(floor.keeper))
    (after,) = floor.differences(count)
    assert (after.traced, after.difference) == (85, 0)
    floor.concluded(count)
    assert floor.on_hand() == 85
    assert {one[3] for one in matched(floor)} == {None}


def test_I11_only_what_tracing_does_not_explain_remains(floor):
    never_booked(floor, deliver(floor, 3, "SO-1"))
    floor.now = START + timedelta(hours=4)
    count = trace(floor.counted(96), floor.ctx(floor.keeper))
    session = session_of(floor, count)
    with pytest.raises(Refused, match="tracing_goes_on"):
        recompare(count, floor.ctx(floor.keeper))
    abandon(session, floor.ctx(floor.auditor), reason="Begun by mistake")

    corrected(floor, count)

    recompare(count, floor.ctx(floor.keeper))
    (one,) = floor.differences(count)
    assert (one.book, one.traced, one.difference) == (100, 97, -1)


def test_a_wrong_quantity_is_supplemented(floor):
    move = deliver(floor, 3, "SO-1")
    session = verify(session_of(floor), floor.ctx(floor.auditor))
    (voucher,) = [one for one in vouchers_of(floor, session) if one.move is move]
    others = [one for one in vouchers_of(floor, session) if one.move is not move]
    tick(session, floor.ctx(floor.auditor), vouchers=others)
    report_finding(
        session,
        floor.ctx(floor.auditor),
        voucher=voucher,
        kind=FindingKind.QUANTITY,
        quantity=Decimal(-4),
    )
    propose(session, floor.ctx(floor.auditor))
    uphold(session, floor.ctx(floor.supervisor))

    correct(session, floor.ctx(floor.auditor))

    assert floor.on_hand() == 96
    assert matched(floor) == [("SO-1", -3, -4, FindingKind.QUANTITY)]


def test_I10_what_was_missing_is_booked_on_the_day_on_which_it_happened(floor):
    gone = deliver(floor, 3, "SO-1")
    happened = gone.effective_at
    never_booked(floor, gone)
    floor.now = START + timedelta(days=3)

    corrected(floor)

    (finding,) = floor.ctx(floor.auditor).find(TraceFinding)
    assert finding.supplement.effective_at == happened
    assert finding.supplement.accounting_date == TODAY
    assert finding.supplement.done_at > START + timedelta(days=3)
    assert floor.on_hand() == 97


def test_I10_what_happened_in_a_closed_period_is_booked_today_and_the_count_knows_it(floor):
    never_booked(floor, deliver(floor, 3, "SO-1"))
    floor.now = START + timedelta(days=1)
    period = floor.ctx(floor.finance).create(StockPeriod(ends_on=TODAY))
    shut(stop(period, floor.ctx(floor.finance)), floor.ctx(floor.finance))
    count = trace(floor.counted(97), floor.ctx(floor.keeper))

    corrected(floor, count)

    (finding,) = floor.ctx(floor.auditor).find(TraceFinding)
    assert finding.supplement.accounting_date == TODAY + timedelta(days=1)
    recompare(count, floor.ctx(floor.keeper))
    (one,) = floor.differences(count)
    assert (one.traced, one.difference) == (97, 0)
    floor.concluded(count)
    assert floor.on_hand() == 97


def test_what_a_count_has_put_right_is_not_put_right_again(floor):
    never_booked(floor, deliver(floor, 3, "SO-1"))
    floor.now = START + timedelta(hours=4)
    floor.settled(floor.counted(97))
    session = propose(verified(floor), floor.ctx(floor.auditor))
    uphold(session, floor.ctx(floor.supervisor))

    with pytest.raises(Refused, match="counted_already"), floor.undone():
        correct(session, floor.ctx(floor.auditor))

    doubt(session, floor.ctx(floor.supervisor), reason="The count has booked it")
    assert floor.on_hand() == 97


# The way of a session ------------------------------------------------------------------------


def test_I07_a_session_is_not_closed_with_unticked_vouchers(floor):
    deliver(floor, 3, "SO-1")
    session = verify(session_of(floor), floor.ctx(floor.auditor))
    first, *_ = vouchers_of(floor, session)
    tick(session, floor.ctx(floor.auditor), vouchers=[first])

    for step in (propose, seal):
        with pytest.raises(Refused, match="vouchers_unticked"):
            step(session, floor.ctx(floor.auditor))

    tick(session, floor.ctx(floor.auditor), vouchers=vouchers_of(floor, session))
    assert seal(session, floor.ctx(floor.auditor)).state is TraceState.CLOSED


def test_findings_are_proposed_where_there_are_some_and_corrected_before_it_is_closed(floor):
    session = verified(floor)
    with pytest.raises(Refused, match="nothing_found"):
        propose(session, floor.ctx(floor.auditor))
    floor.move(1)

    other = verified(floor)

    with pytest.raises(Refused, match="findings_wait"):
        seal(other, floor.ctx(floor.auditor))


def test_a_finding_is_taken_back_by_ticking_its_voucher(floor):
    floor.move(1)
    session = verified(floor)

    tick(session, floor.ctx(floor.auditor), vouchers=vouchers_of(floor, session))

    assert floor.ctx(floor.auditor).find(TraceFinding) == []
    assert {one.checked for one in vouchers_of(floor, session)} == {VoucherCheck.VERIFIED}


def test_nobody_approves_what_they_have_found(floor):
    floor.move(1)
    floor.auditor = floor.stock.world.person("inventory.auditor", "inventory.supervisor")
    session = propose(verified(floor), floor.ctx(floor.auditor))

    with pytest.raises(Refused, match="same_person"):
        uphold(session, floor.ctx(floor.auditor))


def test_a_voucher_that_is_on_paper_alone_is_written_in(floor):
    session = verify(session_of(floor), floor.ctx(floor.auditor))
    supplier = location_for(LocationKind.SUPPLIER, floor.ctx(floor.keeper))
    said = {
        "product": floor.stock.tea,
        "location": floor.stock.shelf,
        "counterpart": supplier,
        "quantity": Decimal(20),
        "happened_at": START,
        "reference": "Receipt 17",
    }
    voucher = write_in_voucher(session, floor.ctx(floor.auditor), **said)
    for wrong, code in (
        ({"location": supplier}, "traced_elsewhere"),
        ({"quantity": Decimal(0)}, "voucher_moves_nothing"),
        ({"happened_at": START - timedelta(days=1)}, "voucher_of_another_day"),
    ):
        with pytest.raises(Invalid, match=code):
            write_in_voucher(session, floor.ctx(floor.auditor), **{**said, **wrong})
    with pytest.raises(Invalid, match="finding_of_another_kind"):
        report_finding(session, floor.ctx(floor.auditor), voucher=voucher, kind=FindingKind.EXTRA)
    report_finding(session, floor.ctx(floor.auditor), voucher=voucher, kind=FindingKind.MISSING)
    others = [one for one in vouchers_of(floor, session) if one is not voucher]
    tick(session, floor.ctx(floor.auditor), vouchers=others)
    propose(session, floor.ctx(floor.auditor))
    uphold(session, floor.ctx(floor.supervisor))

    correct(session, floor.ctx(floor.auditor))

    assert floor.on_hand() == 120


def test_what_was_gathered_stays(floor):
    session = verify(session_of(floor), floor.ctx(floor.auditor))

    with pytest.raises(WrongState, match="vouchers_gathered"):
        TraceSession.update(session, floor.ctx(floor.auditor), since=TODAY)
    with pytest.raises(WrongState, match="vouchers_gathered"):
        TraceSession.delete(session, floor.ctx(floor.auditor))


def test_vouchers_are_ticked_in_their_own_session_while_it_is_verified(floor):
    first = verify(session_of(floor), floor.ctx(floor.auditor))
    second = session_of(floor)
    theirs = vouchers_of(floor, first)

    with pytest.raises(WrongState, match="not_verifying"):
        tick(second, floor.ctx(floor.auditor), vouchers=theirs)
    verify(second, floor.ctx(floor.auditor))
    with pytest.raises(Invalid, match="voucher_of_another_session"):
        tick(second, floor.ctx(floor.auditor), vouchers=theirs)


# The journal ---------------------------------------------------------------------------------


def test_I06_the_journal_ends_with_what_is_on_hand(floor):
    deliver(floor, 3, "SO-1")
    floor.now = START + timedelta(days=1)
    floor.move(5, LocationKind.SUPPLIER, floor.stock.shelf)
    floor.move(2)
    said = {"product": floor.stock.tea, "location": floor.stock.shelf}
    tomorrow = TODAY + timedelta(days=1)

    whole = stock_journal(floor.ctx(floor.auditor), since=TODAY, until=tomorrow, **said)
    second = stock_journal(floor.ctx(floor.auditor), since=tomorrow, until=tomorrow, **said)

    assert [(int(one.quantity), int(one.balance)) for one in whole.entries] == [
        *((100, 100), (-3, 97)),
        *((5, 102), (-2, 100)),
    ]
    assert (whole.opening, whole.closing) == (0, floor.on_hand())
    assert (second.opening, len(second.entries), second.closing) == (97, 2, 100)


def test_a_journal_ends_after_it_begins(floor):
    with pytest.raises(Invalid, match="ends_before_it_begins"):
        stock_journal(
            floor.ctx(floor.auditor),
            product=floor.stock.tea,
            location=floor.stock.shelf,
            since=TODAY,
            until=TODAY - timedelta(days=1),
        )


def test_goods_that_are_picked_are_not_looked_for_on_the_shelf(floor):
    ctx = floor.ctx(floor.keeper)
    line = TransferLine(product=floor.stock.tea, quantity=Decimal(10))
    transfer = ctx.create(
        Transfer(
            kind=TransferKind.DELIVERY,
            source=floor.stock.shelf,
            destination=location_for(LocationKind.CUSTOMER, ctx),
            lines=[line],
        )
    )
    request(transfer, floor.ctx(floor.keeper))
    pick(transfer, floor.ctx(floor.keeper))
    count = floor.counted(90)
    (one,) = floor.differences(count)
    assert (one.book, one.picked, one.difference) == (100, 10, 0)
    pack(transfer, floor.ctx(floor.keeper))
    ship(transfer, floor.ctx(floor.keeper))

    floor.concluded(count)

    assert floor.on_hand() == 90


def test_goods_that_leave_between_counting_and_comparing_are_not_looked_for(floor):
    """They were off the shelf when it was counted, and are out of the books when it is compared."""
    ctx = floor.ctx(floor.keeper)
    line = TransferLine(product=floor.stock.tea, quantity=Decimal(10))
    transfer = ctx.create(
        Transfer(
            kind=TransferKind.DELIVERY,
            source=floor.stock.shelf,
            destination=location_for(LocationKind.CUSTOMER, ctx),
            lines=[line],
        )
    )
    request(transfer, floor.ctx(floor.keeper))
    pick(transfer, floor.ctx(floor.keeper))
    count = floor.begun()
    floor.enter(count, 90)
    pack(transfer, floor.ctx(floor.keeper))
    ship(transfer, floor.ctx(floor.keeper))

    finish(count, floor.ctx(floor.counter))

    (one,) = floor.differences(count)
    assert (one.book, one.picked, one.difference) == (100, 10, 0)
    floor.concluded(count)
    assert floor.on_hand() == 90


MANY_MOVES = """
insert into inventory.stock_move (product_id, quantity, source_id, destination_id, effective_at,
                                  accounting_date, state, origin)
select product_id, 1, source_id, destination_id, effective_at, accounting_date, 'DONE',
       'till.Sale:' || number || '/1'
  from inventory.stock_move, generate_series(1, 5000) number"""


def test_the_moves_of_vouchers_are_found_by_an_index(floor):
    filled = floor.undone()
    connection, sent = floor.stock.world.session.connection(), []
    connection.exec_driver_sql(MANY_MOVES)
    connection.exec_driver_sql("analyze inventory.stock_move")

    def note(_connection, _cursor, statement, parameters, *_):
        sent.append((statement, parameters))

    event.listen(connection, "before_cursor_execute", note)
    found = booked_for(["till.Sale:7", "till.Sale:8"], floor.ctx(floor.keeper))
    event.remove(connection, "before_cursor_execute", note)

    assert [one.origin for moves in found.values() for one in moves] == [
        *("till.Sale:7/1", "till.Sale:8/1")
    ]
    (asked,) = [one for one in sent if "split_part" in one[0]]
    plan = connection.exec_driver_sql(f"explain {asked[0]}", asked[1]).scalars().all()
    assert "ix_stock_move_voucher" in "\n".join(plan)
    filled.rollback()
    floor.stock.world.session.expire_all()
