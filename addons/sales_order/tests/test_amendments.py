"""Contracts that were signed are amended: header and lines, reviewed, signed and in force."""

from datetime import date
from decimal import Decimal

import pytest
from agreed import SHA256, by_legal, draft, file_of, signatures

from dougong import File, Forbidden, Invalid, Money, Refused, WrongState
from dougong_sales_order import (
    Amendment,
    AmendmentLine,
    AmendmentState,
    ContractState,
    adopt,
    countersign,
    drop,
    propose,
    rework,
    void,
)

OTHER = "cd" * 32


def amend(shop, contract, **said) -> Amendment:
    amendment = Amendment(contract=contract, why="More tea", **said)
    return shop.by_seller().create(amendment)


def adopted(shop, contract, **said) -> Amendment:
    """An amendment that may be signed."""
    return adopt(propose(amend(shop, contract, **said), shop.by_seller()), by_legal(shop))


def in_force(shop, amendment, sha256=OTHER, **said) -> Amendment:
    """The amendment, signed by both sides."""
    file = file_of(shop, amendment, sha256)
    return countersign(amendment, shop.by_seller(), file=file, **signatures(shop, **said))


def contracts_file(shop) -> File:
    """The file of the contract that was signed."""
    (file,) = shop.world.ctx().find(File, File.sha256 == SHA256)
    return file


def test_S02_an_amendment_changes_the_contract_after_another_review(shop, active):
    amendment = amend(shop, active, amount=Money(Decimal(12000), "EUR"), terms="Net 30")
    propose(amendment, shop.by_seller())
    adopt(amendment, by_legal(shop))
    assert active.amount == Money(Decimal(9000), "EUR")

    in_force(shop, amendment)

    assert (active.amount, active.terms) == (Money(Decimal(12000), "EUR"), "Net 30")
    assert (amendment.amount_before, amendment.terms_before) == (Decimal(9000), None)
    assert amendment.state is AmendmentState.IN_FORCE
    assert active.state is ContractState.ACTIVE
    assert amendment.signed_sha256 == OTHER
    assert amendment.signed_by_us
    assert (amendment.signed_by_us.name, amendment.signed_by_customer) == ("Mia Manager", "A. Fred")


def test_S02_an_amendment_that_is_not_signed_changes_nothing(shop, active):
    amendment = adopted(shop, active, terms="Net 30")

    assert (amendment.state, active.terms) == (AmendmentState.APPROVED, None)
    for wrong, code in (
        ({"signed_by_us_on": date(2999, 1, 1)}, "signed_in_the_future"),
        ({"signed_by_customer": " "}, "signer_missing"),
    ):
        with pytest.raises(Invalid, match=code):
            in_force(shop, amendment, sha256=code, **wrong)
    with pytest.raises(Invalid, match="file_of_other_amendment"):
        countersign(amendment, shop.by_seller(), file=contracts_file(shop), **signatures(shop))
    assert active.terms is None


def test_S02_the_file_of_a_signed_amendment_stays(shop, active):
    amendment = in_force(shop, adopted(shop, active, terms="Net 30"))
    ctx = shop.world.ctx()
    (file,) = ctx.find(File, File.record == f"Amendment:{amendment.id}")

    with pytest.raises(Refused, match="file_was_signed"):
        File.delete(file, ctx)


def test_S02_lines_are_added_changed_and_ended_by_an_amendment(shop, active):
    (tea,) = active.lines
    first = in_force(
        shop,
        adopted(
            shop,
            active,
            lines=[
                AmendmentLine(line=tea, quantity=Decimal(600), note="Green"),
                AmendmentLine(
                    product=shop.coffee, quantity=Decimal(10), unit_price=Decimal("4.25")
                ),
            ],
        ),
    )
    shop.world.session.expire_all()
    changed, added = sorted(active.lines, key=lambda line: line.id)
    assert (changed.quantity, changed.unit_price, changed.note) == (600, 18, "Green")
    assert (added.product, added.added_by, added.net) == (shop.coffee, first, Decimal("42.50"))
    assert active.goods == Decimal("10842.50")
    was, new = sorted(first.lines, key=lambda line: line.id)
    assert (was.quantity_before, was.unit_price_before, was.note_before) == (500, 18, None)
    assert (new.quantity_before, new.line) == (None, added)

    in_force(shop, adopted(shop, active, lines=[AmendmentLine(line=changed, ended=True)]), "c" * 64)

    shop.world.session.expire_all()
    assert changed.ended_on == shop.by_seller().now.date()
    assert (changed.net, active.goods) == (0, Decimal("42.50"))
    with pytest.raises(Refused, match="line_has_ended"):
        amend(shop, active, lines=[AmendmentLine(line=changed, quantity=Decimal(1))])


@pytest.mark.parametrize(
    ("said", "code", "at"),
    [
        ({"quantity": Decimal(1)}, "added_line_incomplete", "product"),
        ({"product": "coffee", "quantity": Decimal(1)}, "added_line_incomplete", "unit_price"),
        ({"ended": True}, "line_to_end_missing", "line"),
        ({"line": "tea"}, "line_unchanged", "line"),
        ({"line": "tea", "ended": True, "quantity": Decimal(1)}, "ended_and_changed", "ended"),
        ({"line": "tea", "product": "coffee", "note": "x"}, "line_keeps_product", "product"),
        ({"line": "other", "quantity": Decimal(1)}, "line_of_another", "line"),
    ],
)
def test_what_becomes_of_a_line_is_said_completely(shop, active, said, code, at):
    known = {"tea": active.lines[0], "other": draft(shop).lines[0], "coffee": shop.coffee}
    given = {
        name: known.get(one, one) if isinstance(one, str) else one for name, one in said.items()
    }
    if isinstance(said.get("note"), str):
        given["note"] = said["note"]

    with pytest.raises(Refused, match=code) as refused:
        amend(shop, active, lines=[AmendmentLine(**given)])

    assert refused.value.at[-1] == at


@pytest.mark.parametrize(
    "change",
    [
        lambda one, ctx: AmendmentLine.update(one.lines[0], ctx, quantity=Decimal(1)),
        lambda one, ctx: AmendmentLine.delete(one.lines[0], ctx),
        lambda one, ctx: ctx.create(
            AmendmentLine(amendment=one, line=one.contract.lines[0], ended=True)
        ),
    ],
)
def test_the_lines_of_an_amendment_that_was_proposed_stay(shop, active, change):
    lines = [AmendmentLine(line=active.lines[0], quantity=Decimal(2))]
    amendment = propose(amend(shop, active, lines=lines), shop.by_seller())

    with pytest.raises(WrongState, match="amendment_is_fixed"):
        change(amendment, shop.by_seller())


def test_what_was_agreed_by_an_amendment_is_sent_back_or_dropped_before_it_is_signed(shop, active):
    amendment = adopted(shop, active, terms="Net 30")
    with pytest.raises(Refused, match="amended_already"):
        amend(shop, active, terms="Net 60")

    rework(amendment, by_legal(shop), reason="60 days")
    drop(amendment, shop.by_seller())

    assert active.terms is None
    assert amend(shop, active, terms="Net 60").state is AmendmentState.DRAFT


def test_nobody_adopts_their_own_amendment(shop, active):
    amendment = propose(amend(shop, active, terms="Net 30"), shop.by_manager())

    with pytest.raises(Forbidden, match="same_person"):
        adopt(amendment, shop.by_manager())


def test_an_amendment_above_the_limit_takes_who_may_approve_any_amount(shop, active):
    amendment = propose(amend(shop, active, amount=Money(Decimal(60000), "EUR")), shop.by_seller())

    with pytest.raises(Forbidden, match="above_limit"):
        adopt(amendment, by_legal(shop))


def test_an_amendment_that_changes_nothing_is_not_proposed(shop, active):
    with pytest.raises(Refused, match="nothing_amended"):
        propose(amend(shop, active), shop.by_seller())


def test_there_is_one_amendment_at_a_time(shop, active):
    first = amend(shop, active, terms="Net 30")

    with pytest.raises(Refused, match="amended_already"):
        amend(shop, active, terms="Net 60")

    drop(first, shop.by_seller())
    amend(shop, active, terms="Net 60")


def test_a_draft_is_not_amended(shop, contract):
    with pytest.raises(WrongState, match="not_amended"):
        amend(shop, contract, terms="Net 30")


def test_a_contract_that_was_called_off_meanwhile_is_not_changed(shop, active):
    amendment = propose(amend(shop, active, terms="Net 30"), shop.by_seller())
    void(active, by_legal(shop), reason="Fraud")

    with pytest.raises(WrongState, match="not_amended"):
        adopt(amendment, by_legal(shop))


def test_a_contract_that_was_called_off_before_the_signature_is_not_changed(shop, active):
    amendment = adopted(shop, active, terms="Net 30")
    void(active, by_legal(shop), reason="Fraud")

    with pytest.raises(WrongState, match="not_amended"):
        in_force(shop, amendment)


def test_an_amendment_stays_in_the_contracts_currency(shop, active):
    with pytest.raises(Invalid, match="currency_of_contract"):
        amend(shop, active, amount=Money(Decimal(1), "USD"))


def test_what_was_proposed_is_sent_back_before_it_is_changed(shop, active):
    amendment = propose(amend(shop, active, terms="Net 30"), shop.by_seller())
    with pytest.raises(WrongState, match="amendment_is_fixed"):
        Amendment.update(amendment, shop.by_seller(), terms="Net 60")

    rework(amendment, by_legal(shop), reason="60 days")

    Amendment.update(amendment, shop.by_seller(), terms="Net 60")
    assert amendment.sent_back_reason == "60 days"


def test_S02_lines_worth_more_than_the_amount_that_was_written_count_for_the_limit(shop, active):
    (tea,) = active.lines
    large = [AmendmentLine(line=tea, quantity=Decimal(10_000))]

    with pytest.raises(Forbidden, match="above_limit"):
        adopted(shop, active, lines=large)

    assert tea.quantity == 500
