"""Steps: reasons, limits, separate duties, the role that permitted them, and what is set for them."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from gardens import LiveGarden, make_tables
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from dougong import Context, Forbidden, Invalid, Limit, Money, SetupError
from dougong.testing.databases import Databases
from dougong.testing.worlds import Person
from dougong.verbs.together import create_all
from dougong.workflow.event_log import event
from dougong_works import (
    SIGN,
    SIGN_MORE,
    Phase,
    Work,
    acting,
    cost_of,
    sign,
    stop,
    work_workflow,
)

CHANGE = """mutation ($step: String!, $reason: String!, $off: Boolean, $needs: String,
        $upTo: [MoneyInput!]) {
    changeStep(step: $step, reason: $reason, switchedOff: $off, needs: $needs, upTo: $upTo) {
        stepSetting { step switchedOff needs upTo reason createdBy { name } }
        userErrors { path code message } } }"""
SIGNED = """mutation ($id: ID!) { signWork(id: $id, version: 1) {
    work { phase } userErrors { path code message params } } }"""


@pytest.fixture
def world(garden: Any) -> Any:
    return garden("works")


def euros(amount: str) -> Money:
    return Money(Decimal(amount), "EUR")


def work(world: Any, cost: Money | None = None, **given: Any) -> Work:
    """Works that somebody else has asked for."""
    made: Work = world.ctx().create(Work(name="Bridge", cost=cost, **given))
    return made


def last(world: Any) -> dict[str, Any]:
    """The last event."""
    found = world.session.execute(select(event).order_by(event.c.id.desc()).limit(1))
    return dict(found.mappings().one())


# Reasons --------------------------------------------------------------------------------------


def test_a_step_with_a_reason_keeps_it_in_the_event_log_and_not_in_the_form(world: Any) -> None:
    stop(work(world), world.ctx(), reason="  too dear ", days=3)

    assert last(world)["reason"] == "too dear"
    assert last(world)["form"] == {"days": 3}


@pytest.mark.parametrize("reason", ["", "  \n"])
def test_a_step_with_a_reason_is_not_done_without_one(world: Any, reason: str) -> None:
    made = work(world)

    with pytest.raises(Invalid) as refused:
        stop(made, world.ctx(), reason=reason)

    assert (refused.value.code, refused.value.at) == ("reason_missing", ("reason",))
    assert made.phase is Phase.PLANNED


def test_who_may_not_do_it_is_told_that_and_not_to_give_a_reason(world: Any) -> None:
    with pytest.raises(Forbidden, match="needs_permission"):
        stop(work(world), world.ctx(world.person()), reason="")


def test_a_step_with_a_reason_must_take_it() -> None:
    def halt(work: Work, ctx: Context) -> None:
        """Stop."""

    halt.__module__ = "dougong_works"

    with pytest.raises(SetupError, match=r"does not take one\. Fix: write def halt"):
        work_workflow.step(Phase.PLANNED, to=Phase.STOPPED, needs=SIGN, reason=True)(halt)


# Duties ---------------------------------------------------------------------------------------


def test_whoever_created_a_record_may_be_kept_from_a_step(world: Any) -> None:
    clerk, other = world.person("works.clerk"), world.person("works.clerk")
    made = world.ctx(clerk).create(Work(name="Bridge", cost=euros("1")))

    with pytest.raises(Forbidden, match="same_person") as refused:
        sign(made, world.ctx(clerk))
    sign(made, world.ctx(other))

    assert refused.value.params["other"] is Work.create


def test_whoever_created_it_among_others_is_kept_from_it_too(world: Any) -> None:
    clerk = world.person("works.clerk")
    records = [Work(name=name, cost=euros("1")) for name in "ab"]
    create_all(Work, records, world.ctx(clerk))

    with pytest.raises(Forbidden, match="same_person"):
        sign(records[1], world.ctx(clerk))


# Limits ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cost", "may"),
    [
        (euros("1000"), True),
        (euros("1000.0001"), False),
        (Money(Decimal(1200), "USD"), True),
        (Money(Decimal(1201), "USD"), False),
        (Money(Decimal(1), "CNY"), False),
        (None, False),
    ],
)
def test_up_to_the_limit_of_its_currency_the_permission_is_enough(
    world: Any, cost: Money | None, may: bool
) -> None:
    made, clerk = work(world, cost), world.person("works.clerk")

    if may:
        sign(made, world.ctx(clerk))
        return
    with pytest.raises(Forbidden) as refused:
        sign(made, world.ctx(clerk))
    assert refused.value.code == "above_limit"
    assert refused.value.params == {"step": sign, "permission": "works.sign_more"}
    sign(made, world.ctx(world.person("works.clerk", "works.head")))


def test_above_the_limit_the_rows_of_the_other_permission_count(world: Any) -> None:
    clerk = world.person("works.clerk", "works.head_of_own")
    ctx = world.ctx(clerk)
    mine, other = work(world, euros("5000"), owner=ctx.me), work(world, euros("5000"))

    sign(mine, world.ctx(clerk))
    with pytest.raises(Forbidden, match="above_limit"):
        sign(other, world.ctx(clerk))


def test_what_a_record_is_about_is_asked_with_the_rights_of_the_add_on(site: Any) -> None:
    made = site.work("1")
    acting.clear()

    site.sign(made)

    assert set(acting) == {"works"}


@pytest.mark.parametrize("up_to", [[], [euros("1"), euros("2")]])
def test_a_limit_has_one_amount_for_each_currency(up_to: list[Money]) -> None:
    with pytest.raises(SetupError, match="Fix: write one for each currency"):
        Limit(cost_of, up_to=up_to, above=SIGN_MORE)


# The event log's role -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("roles", "mine", "role"),
    [
        (("works.clerk",), False, "works.clerk"),
        (("works.owner", "works.clerk"), False, "works.clerk"),
        (("works.owner",), True, "works.owner"),
        (("dougong.administrator",), False, "dougong.administrator"),
    ],
)
def test_the_event_log_names_the_role_that_permitted_it(
    world: Any, roles: tuple[str, ...], mine: bool, role: str
) -> None:
    who = world.person(*roles)
    made = work(world, euros("1"), owner=world.ctx(who).me if mine else None)

    sign(made, world.ctx(who))

    assert last(world)["role"] == role


def test_creating_and_deleting_have_their_roles_too(world: Any) -> None:
    who = world.person("works.clerk", "works.owner")
    made = world.ctx(who).create(Work(name="Bridge"))
    created = last(world)["role"]
    world.ctx(who).delete(made)

    assert (created, last(world)["role"]) == ("works.clerk", "works.clerk")


# What an organisation sets --------------------------------------------------------------------


class Site:
    """Works, served, and those who work on them."""

    def __init__(self, live: LiveGarden) -> None:
        self.live = live
        self.boss = live.person("dougong.process_owner", name="Olga")
        self.admin = live.person("dougong.administrator")
        self.clerk = live.person("works.clerk")
        self.head = live.person("works.clerk", "works.head")

    def work(self, amount: str = "100", currency: str = "EUR") -> str:
        document = "mutation ($i: WorkCreate!) { createWork(input: $i) { work { id } } }"
        given = {"name": "Bridge", "cost": {"amount": amount, "currency": currency}}
        made: str = self.live.ask(document, self.admin, i=given)["createWork"]["work"]["id"]
        return made

    def change(self, who: Person | None = None, **given: Any) -> Any:
        said = {"step": "works.sign", "reason": "because", **given}
        return self.live.ask(CHANGE, who or self.boss, **said)["changeStep"]

    def sign(self, work: str, who: Person | None = None) -> list[str]:
        """The codes of what is refused; `actions` says the same before."""
        who = who or self.clerk
        asked = 'query ($id: ID!) { work(id: $id) { actions(names: ["signWork"]) { reasons { path code message params } } } }'
        (shown,) = self.live.ask(asked, who, id=work)["work"]["actions"]
        refused = self.live.ask(SIGNED, who, id=work)["signWork"]["userErrors"]
        assert shown["reasons"] == refused
        return [one["code"] for one in refused]


@pytest.fixture(scope="module")
def site(databases: Databases) -> Iterator[Site]:
    url = databases.clone()
    make_tables(url)
    live = LiveGarden(url, "works")
    yield Site(live)
    live.close()


@pytest.fixture(autouse=True)
def _as_shipped(request: pytest.FixtureRequest) -> Iterator[None]:
    yield
    if "site" in request.fixturenames:
        request.getfixturevalue("site").change()


def test_a_step_that_is_switched_off_is_refused_to_everybody(site: Site) -> None:
    setting = site.change(off=True)["stepSetting"]

    assert setting == {
        "step": "works.sign",
        "switchedOff": True,
        "needs": None,
        "upTo": None,
        "reason": "because",
        "createdBy": {"name": "Olga"},
    }
    assert site.sign(site.work()) == ["switched_off"]
    assert site.sign(site.work(), site.head) == ["switched_off"]


def test_what_is_under_way_keeps_what_held_when_it_was_created(site: Site) -> None:
    before = site.work()
    site.change(off=True)
    between = site.work()
    site.change(off=False)
    after = site.work()

    assert [site.sign(one) for one in (before, between, after)] == [[], ["switched_off"], []]


PHASE = "query ($id: ID!) { work(id: $id) { phase actions { name enabled } } }"


@pytest.mark.parametrize(
    ("off", "phase", "next_step"),
    [
        ((), "SIGNED", "checkWork"),
        (("check",), "CHECKED", "fundWork"),
        (("check", "fund"), "FUNDED", None),
        (("fund",), "SIGNED", "checkWork"),
    ],
)
def test_an_optional_step_that_is_switched_off_is_passed_by(
    site: Site, off: tuple[str, ...], phase: str, next_step: str | None
) -> None:
    for step in off:
        site.change(step=f"works.{step}", off=True)
    made = site.work()

    site.sign(made)

    shown = site.live.ask(PHASE, site.clerk, id=made)["work"]
    able = {one["name"] for one in shown["actions"] if one["enabled"]}
    assert shown["phase"] == phase
    assert {"checkWork", "fundWork"} & able == ({next_step} if next_step else set())
    with site.live.engine.connect() as connection:
        found = "select to_state from dougong.event where verb = 'works.sign' order by id desc"
        assert connection.execute(text(found)).scalar() == phase
    for step in off:
        site.change(step=f"works.{step}")


def test_what_was_under_way_goes_through_an_optional_step_that_was_switched_off_later(
    site: Site,
) -> None:
    before = site.work()
    site.change(step="works.check", off=True)
    after = site.work()

    site.sign(before)
    site.sign(after)

    phases = [site.live.ask(PHASE, site.clerk, id=one)["work"]["phase"] for one in (before, after)]
    site.change(step="works.check")
    assert phases == ["SIGNED", "CHECKED"]


@pytest.mark.parametrize("needs", ["works.sign_more", "works.head"])
def test_a_step_may_take_another_permission_or_role_besides(site: Site, needs: str) -> None:
    site.change(needs=needs)

    assert site.sign(site.work()) == ["needs_besides"]
    assert site.sign(site.work(), site.head) == []


def test_a_role_that_nobody_knows_any_more_lets_nobody_through(site: Site) -> None:
    with site.live.engine.begin() as connection:
        named = "insert into dougong.step_setting (step, switched_off, needs, reason)"
        connection.execute(text(f"{named} values ('works.sign', false, 'works.gone', 'x')"))

    assert site.sign(site.work(), site.head) == ["needs_besides"]


def test_a_limit_may_be_another_here(site: Site) -> None:
    site.change(upTo=[{"amount": "50.5", "currency": "EUR"}])

    assert site.sign(site.work("50.5")) == []
    assert site.sign(site.work("50.51")) == ["above_limit"]
    assert site.sign(site.work("1", "USD")) == ["above_limit"]
    assert site.sign(site.work("51"), site.head) == []


def test_settings_hold_from_the_next_request_in_every_worker(site: Site) -> None:
    other = LiveGarden(site.live.url, "works")
    try:
        Site(other).change(off=True)
        assert site.sign(site.work()) == ["switched_off"]
    finally:
        other.close()


@pytest.mark.parametrize(
    ("given", "at", "code"),
    [
        ({"step": "works.paint"}, "step", "unknown_step"),
        ({"reason": " "}, "reason", "reason_missing"),
        ({"needs": "works.nobody"}, "needs", "no_such_need"),
        ({"step": "works.stop", "upTo": []}, "upTo", "no_step_limit"),
        ({"upTo": [{"amount": "-1", "currency": "EUR"}]}, "upTo", "bad_limit"),
        ({"upTo": [{"amount": "1", "currency": "EUR"}] * 2}, "upTo", "bad_limit"),
    ],
)
def test_what_cannot_be_set_is_said(site: Site, given: Any, at: str, code: str) -> None:
    refused = site.change(**given)["userErrors"]

    assert [(one["path"], one["code"]) for one in refused] == [([at], code)]
    assert refused[0]["message"].endswith((".", "!"))


def test_only_who_may_sets_steps_and_it_is_in_the_event_log(site: Site) -> None:
    assert [one["code"] for one in site.change(site.head)["userErrors"]] == ["needs_permission"]
    site.change(off=True, reason="we build nothing this year")

    with site.live.engine.connect() as connection:
        found = "select actor, verb, form from dougong.event order by id desc limit 1"
        actor, verb, form = connection.execute(text(found)).one()
    assert (actor, verb) == ("Olga", "dougong.change_step")
    assert form["reason"] == "we build nothing this year"


def test_versions_are_never_changed(site: Site) -> None:
    change = "update dougong.step_setting set reason = 'x'"
    site.change()

    with pytest.raises(DBAPIError, match="append-only"), site.live.engine.begin() as connection:
        connection.execute(text(change))


def test_code_that_may_run_a_step_needs_no_persons_authority(world: Any) -> None:
    """As with the step's own permission: `run(sign)` in a manifest is the add-on's right."""
    made, nobody = work(world, euros("5000")), world.person()
    ctx = world.ctx(nobody)

    with ctx.acting_as("works"):
        sign(made, ctx)

    assert (last(world)["role"], last(world)["actor_id"]) == (None, nobody.user_id)


# Pictures -------------------------------------------------------------------------------------

DRAWN = "query ($record: ID) { workflows(record: $record) { name current mermaid svg } }"


def test_the_api_draws_workflows_and_tells_their_steps(site: Site) -> None:
    document = """{ workflows(names: ["works.work"]) { name states start final current mermaid
        steps { name startsFrom leadsTo needs aboveLimitNeeds needsReason } } }"""
    (shown,) = site.live.ask(document, site.clerk)["workflows"]

    assert shown["states"] == ["PLANNED", "SIGNED", "CHECKED", "FUNDED", "STOPPED"]
    assert (shown["start"], shown["final"], shown["current"]) == ("PLANNED", ["STOPPED"], None)
    assert "PLANNED --> STOPPED: stop (reason)" in shown["mermaid"]
    assert shown["steps"][0] == {
        "name": "works.sign",
        "startsFrom": ["PLANNED"],
        "leadsTo": "SIGNED",
        "needs": "works.sign",
        "aboveLimitNeeds": "works.sign_more",
        "needsReason": False,
    }


def test_the_state_of_a_record_is_marked(site: Site) -> None:
    made = site.work()
    site.sign(made)

    (shown,) = site.live.ask(DRAWN, site.clerk, record=made)["workflows"]

    assert (shown["name"], shown["current"]) == ("works.work", "SIGNED")
    assert "class SIGNED current" in shown["mermaid"]
    assert 'class="state current"' in shown["svg"]


def test_the_state_of_what_one_does_not_see_is_not_told(site: Site) -> None:
    made = site.work()
    owner, reader, knows = (site.live.person(f"works.{r}") for r in ("owner", "reader", "knows"))

    (unseen,), (none,) = (
        site.live.errors(DRAWN, owner, record=record) for record in (made, "Work:999999")
    )
    assert unseen["message"].replace(made, "Work:999999") == none["message"]
    with site.live.engine.begin() as connection:
        connection.execute(text("insert into works.secret (name, phase) values ('x', 'PLANNED')"))
        number = connection.scalar(text("select max(id) from works.secret"))
    (hidden,), (seen,) = (
        site.live.ask(DRAWN, who, record=f"Secret:{number}")["workflows"] for who in (reader, knows)
    )
    assert (hidden["current"], seen["current"]) == (None, "PLANNED")
    assert "class PLANNED current" not in hidden["mermaid"]
