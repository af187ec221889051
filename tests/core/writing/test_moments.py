"""What goes around a verb's own rule or stands instead of it, what is asked, and what is traced."""

import logging
import re
from collections import Counter
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeVar

import pytest
from gardens import Api, parts
from sqlalchemy import text
from test_verbs import refuse

import dougong
from dougong import Context, Refused, SetupError, after, answers, before, instead_of, question, wrap
from dougong.addons.discovery import parts_of
from dougong.errors import WrongState
from dougong.generation import Generation
from dougong.workflow.hookspecs import MOMENTS, LifeCycle, Moments
from dougong.workflow.moments import MomentIndex
from dougong_bees import Hive, hum, water_with_honey
from dougong_garden import (
    Bed,
    BedState,
    Plant,
    dangers,
    harvest,
    journal,
    plugged,
    sow,
    water,
)

ROOT = Path(__file__).parents[3]
F = TypeVar("F", bound=Callable[..., Any])


def of_bees(rule: F) -> F:
    """As if it stood in the bees' code."""
    rule.__module__ = "dougong_bees"
    return rule


@pytest.fixture
def world(garden: Any) -> Any:
    return garden("garden", "bees", "amber")


@pytest.fixture
def bed(world: Any) -> Bed:
    made: Bed = world.ctx().create(Bed(name="North"))
    world.session.execute(text("select 1"))
    journal.clear()
    return made


# Around ---------------------------------------------------------------------------------------


def test_what_is_around_sees_the_state_before_and_after(world: Any, bed: Bed) -> None:
    seen: list[BedState] = []
    plugged["bees around sow"] = lambda found, _ctx: seen.append(found.state)
    plugged["bees behind sow"] = lambda found, _ctx: seen.append(found.state)

    sow(bed, world.ctx())

    assert seen == [BedState.EMPTY, BedState.SOWN]


def test_it_runs_with_the_rights_of_its_add_on_and_the_rule_with_the_verbs(
    world: Any, bed: Bed
) -> None:
    acting: list[str] = []
    for place in ("bees around sow", "rule sow", "bees behind sow"):
        plugged[place] = lambda _bed, ctx: acting.append(ctx.acting)

    sow(bed, world.ctx())

    assert acting == ["bees", "garden", "bees"]


def test_what_it_refuses_before_the_rule_keeps_the_rule_from_running(world: Any, bed: Bed) -> None:
    plugged["bees around sow"] = refuse("too_wet")

    with pytest.raises(Refused) as refused:
        sow(bed, world.ctx())

    assert world.generation.sentence(refused.value) == "The bees do not fly in the rain."
    assert "rule sow" not in journal


def test_a_refusal_of_the_rule_is_seen_on_its_way_and_stays_the_rules(world: Any, bed: Bed) -> None:
    plugged["rule sow"] = refuse("too_wet")

    with pytest.raises(Refused) as refused:
        sow(bed, world.ctx())

    assert world.generation.sentence(refused.value) == "The garden is too wet."
    assert journal[-1] == "bees behind sow"


def test_whoever_catches_a_refusal_does_not_make_it_undone(world: Any, bed: Bed) -> None:
    @wrap(sow)
    @of_bees
    def never_mind(bed: Bed, ctx: Context) -> Iterator[None]:
        try:
            yield
        except Refused:
            journal.append("caught")

    world.generation.moments = MomentIndex([never_mind])
    plugged["rule sow"] = refuse("too_wet")

    with pytest.raises(Refused, match="too_wet"), world.session.begin_nested():
        sow(bed, world.ctx())

    assert journal == ["rule sow", "caught"]
    assert bed.state is BedState.EMPTY


def test_a_refusal_can_be_said_in_other_words(world: Any, bed: Bed) -> None:
    @wrap(sow)
    @of_bees
    def say_it_better(bed: Bed, ctx: Context) -> Iterator[None]:
        try:
            yield
        except Refused:
            raise Refused("no_bees", count=0) from None

    world.generation.moments = MomentIndex([say_it_better])
    plugged["rule sow"] = refuse("too_wet")

    with pytest.raises(Refused, match="no_bees") as refused:
        sow(bed, world.ctx())

    assert refused.value.locale == "bees"


def test_the_first_is_the_outermost(world: Any, bed: Bed) -> None:
    def around(name: str) -> Any:
        @wrap(sow, name=name)
        @of_bees
        def note(bed: Bed, ctx: Context) -> Iterator[None]:
            journal.append(f"{name} in")
            yield
            journal.append(f"{name} out")

        return note

    world.generation.moments = MomentIndex([around("a"), around("b")])

    sow(bed, world.ctx())

    assert journal == ["a in", "b in", "rule sow", "b out", "a out"]


def test_records_that_are_made_together_are_wrapped_one_by_one(world: Any) -> None:
    @wrap(Plant.create)
    @of_bees
    def count(plant: Plant, ctx: Context) -> Iterator[None]:
        journal.append(f"{plant.name} {plant.id}")
        yield
        assert plant.id is not None

    from dougong.verbs.together import create_all

    world.generation.moments = MomentIndex([count])
    beds = [
        Bed(name=name, plants=[Plant(name=f"{name}1"), Plant(name=f"{name}2")]) for name in "ab"
    ]

    create_all(Bed, beds, world.ctx())

    assert journal == ["a1 None", "a2 None", "b1 None", "b2 None"]
    assert [len(bed.plants) for bed in beds] == [2, 2]


# Instead --------------------------------------------------------------------------------------


def test_what_stands_instead_of_a_rule_does_its_work(world: Any, bed: Bed) -> None:
    assert water(bed, world.ctx(), litres=3) is bed

    assert journal == ["bees instead of water"]
    assert Hive.of(bed).honey == 3


def test_without_its_add_on_the_rule_is_followed_again(garden: Any) -> None:
    world = garden("garden")
    bed = world.ctx().create(Bed(name="North"))
    journal.clear()

    water(bed, world.ctx(), litres=3)

    assert journal == ["rule water"]


def test_a_step_whose_rule_is_replaced_still_moves_its_record(world: Any, bed: Bed) -> None:
    @instead_of(sow)
    @of_bees
    def sow_by_machine(bed: Bed, ctx: Context) -> None:
        journal.append("machine")

    world.generation.moments = MomentIndex([sow_by_machine])

    sow(bed, world.ctx())

    assert (journal, bed.state) == (["machine"], BedState.SOWN)
    with pytest.raises(WrongState):
        sow(bed, world.ctx())


def test_two_that_stand_instead_of_one_rule_are_refused_with_both_names() -> None:
    @instead_of(water)
    @of_bees
    def water_by_hose(bed: Bed, ctx: Context) -> Bed:
        return bed

    with pytest.raises(SetupError) as refused:
        MomentIndex([water_with_honey, water_by_hose])

    said = str(refused.value)
    assert "dougong_bees.water_with_honey" in said
    assert "dougong_bees.water_by_hose" in said
    assert "garden.water" in said
    assert "Fix: " in said
    assert [getattr(one, "name", one) for one in refused.value.where] == [
        "dougong_bees.water_with_honey",
        "dougong_bees.water_by_hose",
    ]


def test_creating_has_no_rule_that_could_be_replaced() -> None:
    with pytest.raises(SetupError, match=r"which has no rule\. Fix: "):

        @instead_of(Bed.create)
        @of_bees
        def buy(bed: Bed, ctx: Context) -> Bed:
            return bed


@pytest.mark.parametrize("mark", [wrap, before, after])
def test_only_what_is_around_says_yield(mark: Any) -> None:
    def yields(bed: Bed, ctx: Context) -> Iterator[None]:
        yield

    def plain(bed: Bed, ctx: Context) -> None: ...

    with pytest.raises(SetupError, match=r"(has no|has a) yield\. Fix: write `yield`"):
        mark(sow)(plain if mark is wrap else yields)


def test_two_reactions_of_one_name_are_refused() -> None:
    def twice() -> Any:
        @after(sow, name="twice")
        @of_bees
        def react(bed: Bed, ctx: Context) -> None: ...

        return react

    with pytest.raises(SetupError, match=r"Two reactions to garden\.sow are called .*twice\. Fix:"):
        MomentIndex([twice(), twice()])


# Questions ------------------------------------------------------------------------------------


def test_a_question_is_answered_by_who_is_installed(world: Any, bed: Bed) -> None:
    Hive.of(bed).honey = 4
    world.session.flush()

    assert harvest(bed, world.ctx(), month=5) == Decimal(20)
    assert dangers(bed, world.ctx()) == ["bears", "resin"]


def test_an_answer_may_be_that_nothing_is_known(world: Any, bed: Bed) -> None:
    assert harvest(bed, world.ctx(), month=5) is None


def test_where_nobody_answers_it_is_none_or_nothing(garden: Any) -> None:
    world = garden("garden")
    bed = world.ctx().create(Bed(name="North"))

    assert harvest(bed, world.ctx(), month=5) is None
    assert dangers(bed, world.ctx()) == []


def test_an_answer_has_the_rights_of_its_add_on(world: Any, bed: Bed) -> None:
    acting: list[str] = []
    plugged["bees answer harvest"] = lambda _bed, ctx: acting.append(ctx.acting)
    plugged["rule sow"] = lambda bed, ctx: harvest(bed, ctx, month=1)

    sow(bed, world.ctx())

    assert acting == ["bees"]


def test_a_refusal_of_an_answer_is_the_questions(world: Any, bed: Bed) -> None:
    plugged["bees answer harvest"] = refuse("too_wet")

    with pytest.raises(Refused) as refused:
        harvest(bed, world.ctx(), month=1)

    assert refused.value.locale == "bees"


def test_two_answers_where_one_is_asked_for_are_refused_with_both_names() -> None:
    from dougong_bees import honey_of

    @answers(harvest)
    @of_bees
    def guess(bed: Bed, ctx: Context, *, month: int) -> Decimal | None:
        return Decimal(1)

    with pytest.raises(SetupError, match=r"dougong_bees\.honey_of and .*guess both answer") as one:
        MomentIndex([honey_of, guess])

    assert one.value.where == (honey_of, guess)


def test_an_answer_without_the_dependency_is_refused() -> None:
    from dougong.addons.manifest import Part

    bees = Part("bees", "dougong_bees", "1", "Bees", ())

    with pytest.raises(SetupError, match=r"does not depend on garden\. Fix: "):
        Generation(1, (*parts("garden"), bees))


def test_what_is_no_question_cannot_be_answered() -> None:
    with pytest.raises(SetupError, match=r"which is no question\. Fix:"):

        @answers("dougong_garden.harvest")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType] - what is tested
        @of_bees
        def guess(bed: Bed, ctx: Context) -> None: ...


def test_a_question_says_how_many_may_answer_and_takes_ctx() -> None:
    with pytest.raises(SetupError, match="does not say how many may answer"):
        question()  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue] - what is tested
    with pytest.raises(SetupError, match="does not take ctx"):

        @question(first=True)
        @of_bees
        def weather() -> str | None: ...


def test_a_computed_field_and_a_query_may_ask(api: Api) -> None:
    bed = api.bed()
    api.live.ask(
        "mutation ($id: ID!) { updateBed(id: $id, version: 1, patch: {honey: 2}) { bed { id } } }",
        api.head,
        id=bed,
    )

    answer = api.live.ask(
        "query ($id: ID!) { bed(id: $id) { forecast } bedDangers(bed: $id) }", api.head, id=bed
    )

    assert answer in (
        {"bed": {"forecast": "10.0000"}, "bedDangers": ["bears"]},
        {"bed": {"forecast": "10"}, "bedDangers": ["bears"]},
    )


# Traces ---------------------------------------------------------------------------------------


def test_every_reaction_that_ran_is_traced_with_its_verb_moment_and_add_on(
    monkeypatch: pytest.MonkeyPatch, garden: Any, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("DOUGONG_TRACE", "hooks")
    world = garden("garden", "bees", "amber")
    bed = world.ctx().create(Bed(name="North"))
    caplog.clear()

    with caplog.at_level(logging.INFO, "dougong.hooks"):
        sow(bed, world.ctx())

    assert [re.sub(r"\d+\.\d\d ms", "TIME", line) for line in caplog.messages] == [
        "guard garden.sow bees dougong_bees.bees_are_awake TIME",
        "guard garden.sow bees dougong_bees.bees_are_fed TIME",
        "before garden.sow bees dougong_bees.wake TIME",
        "before garden.sow amber dougong_amber.shine TIME",
        "wrap garden.sow bees bees.hum TIME",
        "after garden.sow bees dougong_bees.swarm TIME",
        "after garden.sow amber dougong_amber.glow TIME",
    ]


def test_nothing_is_traced_unless_it_is_asked_for(
    world: Any, bed: Bed, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, "dougong.hooks"):
        sow(bed, world.ctx())

    assert caplog.messages == []


# The specifications ---------------------------------------------------------------------------

PARTS = ("When:", "transaction", "Refused", "Example (")
ALL = [
    *((Moments, moment, f"@{moment}(") for moment in MOMENTS),
    *((LifeCycle, name, f"@{name}\n") for name in vars(LifeCycle) if not name.startswith("_")),
]
"""Every specification, and how its example begins."""


@pytest.mark.parametrize(("specs", "moment", "begins"), ALL)
def test_every_moment_says_when_in_which_transaction_and_what_raising_does(
    specs: type, moment: str, begins: str
) -> None:
    said = getattr(specs, moment).__doc__ or ""

    assert [part for part in PARTS if part not in said] == []


@pytest.mark.parametrize(("specs", "moment", "begins"), ALL)
def test_every_moment_has_an_example_that_runs_in_a_test(
    specs: type, moment: str, begins: str
) -> None:
    said = getattr(specs, moment).__doc__ or ""
    found = re.search(r"Example \((\S+)\):\n\n((?: {12}.*\n)+)", said)
    assert found is not None
    example = "".join(line[12:] + "\n" for line in found.group(2).splitlines())

    assert example.startswith(begins)
    assert example in (ROOT / found.group(1)).read_text("utf-8")


def test_every_moment_is_in_the_list_and_somebody_uses_it() -> None:
    generation = Generation(1, parts("garden", "bees", "amber", "gnomon"))
    public = [name for name in vars(Moments) if not name.startswith("_")]
    used = {one.moment for found in generation.contents for one in found.reactions}

    assert list(MOMENTS) == public
    assert used == set(MOMENTS)
    assert hum.name == "bees.hum"


def test_every_moment_of_an_add_ons_own_life_is_a_word_and_an_add_on_uses_it() -> None:
    generation = Generation(1, parts_of(["flow"]))
    public = {name for name in vars(LifeCycle) if not name.startswith("_")}
    used = {hook.key for found in generation.contents for hook in found.restored}

    assert public == {"on_restore"} <= set(dougong.__all__)
    assert used == {"flow.go_on_where_it_was"}


# What wakes ------------------------------------------------------------------------------------


def test_each_verb_and_moment_has_a_specification_and_an_index_of_its_own() -> None:
    generation = Generation(1, parts("garden", "bees", "amber", "gnomon"))
    heard = Counter(
        (one.verb.key, one.moment) for found in generation.contents for one in found.reactions
    )
    index = generation.moments

    plugins = index._plugins  # pluggy's own list is what a call goes through
    stamped = {name for name in vars(plugins.hook) if not name.startswith("_")}

    assert len(stamped) == len(heard)
    assert {name.rpartition("_")[0] for name in stamped} == set(MOMENTS)
    for verb in {one.verb for found in generation.contents for one in found.reactions}:
        for moment in MOMENTS:
            assert len(index.listeners(verb, moment)) == heard[verb.key, moment]
