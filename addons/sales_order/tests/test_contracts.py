"""Contracts: reviewed, signed by both sides, and in force for a while."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from agreed import SHA256, by_legal, draft, file_of, signed_with
from sqlalchemy import update
from sqlalchemy.exc import IntegrityError

from dougong import File, Forbidden, Invalid, Money, Refused, User, WrongState
from dougong_party import Party
from dougong_sales_order import (
    Contract,
    ContractLine,
    ContractState,
    SalesOrder,
    activate,
    end,
    endorse,
    hand_in,
    send_back,
    void,
)
from dougong_sales_order.jobs.contracts import end_contracts


def test_a_contract_belongs_to_whoever_drafts_it_and_has_a_number(contract):
    assert contract.number.startswith("C-")
    assert contract.salesperson.name == "Sam Seller"
    assert contract.goods == Decimal(9000)


def test_S02_a_contract_is_reviewed_signed_and_put_into_force(active):
    assert active.state is ContractState.ACTIVE
    assert active.signed_sha256 == SHA256
    assert (active.signed_by_us.name, active.signed_by_customer) == ("Mia Manager", "A. Fred")


def test_S02_an_unsigned_contract_is_not_put_into_force(shop, approved):
    with pytest.raises(WrongState, match="wrong_state"):
        activate(approved, shop.by_seller())


def test_S02_nobody_reviews_their_own_contract(shop, contract):
    hand_in(contract, shop.by_manager())

    with pytest.raises(Forbidden, match="same_person"):
        endorse(contract, shop.by_manager())


def test_S02_above_the_limit_it_takes_who_may_approve_any_amount(shop):
    large = hand_in(draft(shop, amount=Money(Decimal(50001), "EUR")), shop.by_seller())

    with pytest.raises(Forbidden, match="above_limit"):
        endorse(large, by_legal(shop))

    assert endorse(large, shop.by_manager()).state is ContractState.APPROVED


def test_a_contract_that_was_sent_back_can_be_corrected(shop, contract):
    hand_in(contract, shop.by_seller())
    send_back(contract, by_legal(shop), reason="No end")

    Contract.update(contract, shop.by_seller(), ends_on=date(2027, 1, 1))

    assert contract.sent_back_reason == "No end"


@pytest.mark.parametrize(
    "change",
    [
        lambda one, ctx: Contract.update(one, ctx, title="Coffee"),
        lambda one, ctx: ContractLine.update(one.lines[0], ctx, quantity=Decimal(1)),
        lambda one, ctx: ContractLine.delete(one.lines[0], ctx),
        Contract.delete,
    ],
)
def test_what_was_approved_stays_as_it_is(shop, approved, change):
    with pytest.raises(WrongState, match="contract_is_fixed"):
        change(approved, shop.by_manager())


def test_lines_are_not_added_to_what_was_approved(shop, approved):
    more = ContractLine(
        contract=approved, product=shop.tea, quantity=Decimal(1), unit_price=Decimal(1)
    )

    with pytest.raises(WrongState, match="contract_is_fixed"):
        shop.by_seller().create(more)


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"signed_by_us_on": date(2999, 1, 1)}, "signed_in_the_future"),
        ({"signed_by_customer_on": date(2999, 1, 1)}, "signed_in_the_future"),
        ({"signed_by_customer": " "}, "signer_missing"),
    ],
)
def test_both_sides_have_signed_by_now(shop, approved, wrong, code):
    with pytest.raises(Invalid, match=code):
        signed_with(shop, approved, **wrong)


def test_a_file_of_another_contract_is_not_what_was_signed(shop, approved):
    other = file_of(shop, draft(shop))

    with pytest.raises(Invalid, match="file_of_another"):
        signed_with(shop, approved, other)


def test_S02_the_file_that_was_signed_stays(shop, signed):
    ctx = shop.world.ctx()
    (file,) = ctx.find(File)

    with pytest.raises(Refused, match="file_was_signed"):
        File.delete(file, ctx)


def test_a_contract_is_put_into_force_on_its_first_day(shop):
    later = hand_in(draft(shop, starts_on=date(2999, 1, 1)), shop.by_seller())
    endorse(later, by_legal(shop))
    signed_with(shop, later)

    with pytest.raises(Refused, match="not_begun"):
        activate(later, shop.by_seller())


def test_a_contract_ends_by_itself_after_its_last_day_and_not_on_it(shop, active):
    ctx = shop.by_seller()
    with pytest.raises(Refused, match="not_over"):
        end(active, ctx)

    for last, state in ((0, ContractState.ACTIVE), (1, ContractState.ENDED)):
        day = ctx.now.date() - timedelta(days=last)
        table = Contract.__table__
        shop.world.session.connection().execute(update(table).values(ends_on=day))
        shop.world.session.expire_all()
        end_contracts.run(shop.by_seller(), {})
        assert active.state is state


def test_a_contract_is_called_off_with_a_reason(shop, active):
    with pytest.raises(Refused, match="reason_missing"):
        void(active, by_legal(shop), reason=" ")

    assert void(active, by_legal(shop), reason="Fraud").void_reason == "Fraud"


def test_S29_a_salesperson_with_contracts_stays_and_can_be_deactivated(shop, contract):
    connection = shop.world.session.connection()
    me = User.__table__.c.id == shop.seller.user_id

    with pytest.raises(IntegrityError, match="fk_contract_salesperson"), connection.begin_nested():
        connection.execute(User.__table__.delete().where(me))
    connection.execute(User.__table__.update().where(me).values(active=False))

    shop.world.session.expire_all()
    assert contract.salesperson.active is False


# Orders --------------------------------------------------------------------------------------


def test_orders_are_made_under_a_contract_that_is_in_force(shop, active):
    order = shop.order(shop.line(), contract=active)

    assert order.contract is active


def test_no_order_is_made_under_a_contract_that_is_not_in_force(shop, approved):
    with pytest.raises(WrongState, match="not_in_force"):
        shop.order(shop.line(), contract=approved)


def test_nobody_orders_under_anothers_contract(shop, active):
    other = shop.world.ctx().create(Party(name="Bolido", contacts=[]))
    order = SalesOrder(customer=other, lines=[], contract=active)

    with pytest.raises(Invalid, match="contract_of_another"):
        shop.by_seller().create(order)
    with pytest.raises(Invalid, match="contract_of_another"):
        SalesOrder.update(
            shop.order(shop.line(), contract=active), shop.by_seller(), customer=other
        )
