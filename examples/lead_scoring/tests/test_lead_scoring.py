"""Only leads worth a call get qualified."""

import pytest

from dougong import Forbidden, Refused
from dougong_crm import Lead, LeadStage, qualify
from dougong_lead_scoring import LeadScore, award_points


@pytest.fixture
def here(world):
    return world("lead_scoring")


@pytest.fixture
def ctx(here):
    return here.ctx(here.person("crm.seller"))


@pytest.fixture
def lead(ctx):
    return ctx.create(Lead(name="Ann", email="ann@acme.example"))


def test_a_new_lead_has_no_points(lead):
    assert LeadScore.of(lead).score == 0


def test_points_add_up(ctx, lead):
    award_points(lead, ctx, points=30)
    award_points(lead, ctx, points=12)

    assert LeadScore.of(lead).score == 42


def test_a_lead_with_less_than_fifty_points_is_not_qualified(ctx, lead):
    award_points(lead, ctx, points=49)

    with pytest.raises(Refused, match="not_enough_points") as refused:
        qualify(lead, ctx)

    assert refused.value.params["needed"] == 50
    assert lead.stage is LeadStage.NEW


def test_a_lead_with_fifty_points_is_qualified(ctx, lead):
    award_points(lead, ctx, points=50)

    assert qualify(lead, ctx).stage is LeadStage.QUALIFIED


def test_only_sellers_award_points(here, lead):
    with pytest.raises(Forbidden, match="needs_permission"):
        award_points(lead, here.ctx(here.person("party.reader")), points=50)


def test_without_lead_scoring_no_points_are_needed(world):
    alone = world("crm")
    ctx = alone.ctx(alone.person("crm.seller"))

    lead = qualify(ctx.create(Lead(name="Ann", email="ann@acme.example")), ctx)

    assert lead.stage is LeadStage.QUALIFIED
