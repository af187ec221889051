"""How a lead moves, and who moves it."""

import pytest

from dougong import Forbidden, Refused, WrongState
from dougong_crm import Lead, LeadStage, lose, qualify, reopen, win
from dougong_party import PartyKind


@pytest.fixture
def here(world):
    return world("crm")


@pytest.fixture
def seller(here):
    return here.person("crm.seller", name="Sam Seller")


@pytest.fixture
def ctx(here, seller):
    return here.ctx(seller)


@pytest.fixture
def lead(ctx):
    return ctx.create(Lead(name="Ann", email="ann@acme.example"))


def test_whoever_brings_a_lead_owns_it(lead):
    assert lead.owner is not None
    assert lead.owner.name == "Sam Seller"


def test_a_lead_that_comes_with_an_owner_keeps_it(here, lead):
    manager = here.ctx(here.person("crm.manager"))

    other = manager.create(Lead(name="Bob", owner=lead.owner))

    assert other.owner is lead.owner


def test_a_lead_that_can_be_reached_is_qualified(ctx, lead):
    assert qualify(lead, ctx).stage is LeadStage.QUALIFIED


def test_a_telephone_number_is_a_way_to_reach_somebody(ctx):
    lead = ctx.create(Lead(name="Ann", phone="030 123"))

    assert qualify(lead, ctx).stage is LeadStage.QUALIFIED


def test_a_lead_without_a_way_to_reach_it_cannot_be_qualified(ctx):
    lead = ctx.create(Lead(name="Ann"))

    with pytest.raises(Refused, match="no_way_to_reach"):
        qualify(lead, ctx)


def test_a_won_person_becomes_a_party(ctx, lead):
    win(qualify(lead, ctx), ctx)

    assert lead.party.kind is PartyKind.PERSON
    assert (lead.party.name, lead.party.email) == ("Ann", "ann@acme.example")


def test_a_won_company_becomes_a_party_with_the_person_as_its_contact(here, ctx):
    lead = ctx.create(Lead(name="Ann", company="Acme", email="ann@acme.example"))

    win(qualify(lead, ctx), ctx)

    here.session.expire_all()
    assert (lead.party.name, lead.party.kind) == ("Acme", PartyKind.COMPANY)
    assert [contact.name for contact in lead.party.contacts] == ["Ann"]


def test_a_lead_is_not_won_before_it_is_qualified(ctx, lead):
    with pytest.raises(WrongState):
        win(lead, ctx)


def test_a_lost_lead_says_why(ctx, lead):
    lose(lead, ctx, reason=" Too dear ")

    assert (lead.stage, lead.lost_reason) == (LeadStage.LOST, "Too dear")


@pytest.mark.parametrize("reason", ["", "  "])
def test_a_lead_is_not_lost_without_a_reason(ctx, lead, reason):
    with pytest.raises(Refused, match="reason_missing"):
        lose(lead, ctx, reason=reason)


def test_a_lost_lead_gets_a_second_chance(ctx, lead):
    lose(lead, ctx, reason="Too dear")

    reopen(lead, ctx)

    assert (lead.stage, lead.lost_reason) == (LeadStage.NEW, None)


def test_a_won_lead_stays_won(ctx, lead):
    win(qualify(lead, ctx), ctx)

    with pytest.raises(WrongState):
        lose(lead, ctx, reason="Too dear")


def test_somebody_without_the_permission_moves_no_lead(here, lead):
    with pytest.raises(Forbidden, match="needs_permission"):
        qualify(lead, here.ctx(here.person("party.reader")))
