"""What happens around a verb, in which order, and what is left when somebody refuses."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from gardens import Committed, parts
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from dougong import Context, Forbidden, Refused, SetupError, WrongState, run
from dougong.addons.manifest import Part
from dougong.errors import GenerationChanged
from dougong.generation import Generation
from dougong.workflow.event_log import event, write_waiting
from dougong_bees import Hive
from dougong_cuckoo import call
from dougong_garden import (
    Bed,
    BedState,
    Crop,
    Plant,
    clear,
    inspect,
    journal,
    move_plants,
    plugged,
    sow,
    weigh,
)

GARDEN = ("garden", "bees", "amber")


def refuse(code: str, **params: Any) -> Callable[..., Any]:
    """Something that refuses."""

    def reaction(*_: Any) -> None:
        raise Refused(code, **params)

    return reaction


def events(world: Any) -> list[tuple[str, str, str | None, str | None]]:
    """What was done: verb, by whose code, from and to which state."""
    wanted = select(event.c.verb, event.c.addon, event.c.from_state, event.c.to_state)
    write_waiting(world.session)
    return [tuple(row) for row in world._connection.execute(wanted.order_by(event.c.id))]


@pytest.fixture
def world(garden: Any) -> Any:
    return garden(*GARDEN)


@pytest.fixture
def bed(world: Any) -> Bed:
    made: Bed = world.ctx().create(Bed(name="North"))
    world.session.execute(text("select 1"))
    journal.clear()
    return made


# Moments --------------------------------------------------------------------------------------


def test_the_moments_come_in_order_and_within_one_in_the_order_of_dependency(
    world: Any, bed: Bed
) -> None:
    sow(bed, world.ctx())

    assert journal == [
        "bees guard sow",
        "bees guard sow again",
        "bees before sow",
        "amber before sow",
        "bees around sow",
        "rule sow",
        "bees behind sow",
        "bees after sow",
        "amber after sow",
    ]


def test_the_order_does_not_depend_on_who_was_installed_first(garden: Any) -> None:
    """`amber` comes before `bees` by its name, and depends on them."""
    world = garden("amber", "bees", "garden")

    assert [name.split(".")[0] for name in world.generation.moments.listeners(sow, "before")] == [
        "dougong_bees",
        "dougong_amber",
    ]


def test_each_moment_sees_what_it_should(world: Any, bed: Bed) -> None:
    seen: list[tuple[str, BedState, int]] = []

    def look(place: str) -> Callable[[Bed, Context], None]:
        def write(found: Bed, _ctx: Context) -> None:
            seen.append((place, found.state, len(events(world))))

        return write

    for place in ("bees guard sow", "bees before sow", "rule sow", "bees after sow"):
        plugged[place] = look(place)

    sow(bed, world.ctx())

    assert seen == [
        ("bees guard sow", BedState.EMPTY, 1),
        ("bees before sow", BedState.EMPTY, 1),
        ("rule sow", BedState.EMPTY, 1),
        ("bees after sow", BedState.SOWN, 2),
    ]


def test_a_new_record_is_not_stored_before_and_is_stored_after(world: Any) -> None:
    seen: dict[str, tuple[Any, int]] = {}
    for place in ("before", "after"):
        plugged[f"bees {place} create"] = lambda bed, ctx, place=place: seen.update(
            {place: (bed.id is None, len(ctx.find(Bed)))}
        )

    world.ctx().create(Bed(name="North"))

    assert seen == {"before": (True, 0), "after": (False, 1)}


def test_what_before_create_fills_in_is_stored(world: Any) -> None:
    plugged["bees before create"] = lambda bed, _ctx: setattr(bed, "code", "FILLED")

    world.ctx().create(Bed(name="North"))

    assert world.session.scalar(text("select code from garden.bed")) == "FILLED"


def test_a_verb_that_nobody_may_do_wakes_nobody(world: Any, bed: Bed) -> None:
    with pytest.raises(Forbidden):
        sow(bed, world.ctx(world.person("garden.visitor")))

    assert journal == []


def test_a_verb_in_the_wrong_state_wakes_nobody(world: Any, bed: Bed) -> None:
    with pytest.raises(WrongState) as refused:
        clear(bed, world.ctx(), remark="x")

    assert journal == []
    assert refused.value.params == {
        "step": clear,
        "entity": "Bed",
        "state": BedState.EMPTY,
        "starts_from": (BedState.SOWN, BedState.CHECKED),
    }


def test_the_reactions_of_what_is_not_installed_stay_silent(garden: Any) -> None:
    world = garden("garden", "bees")

    sow(world.ctx().create(Bed(name="North")), world.ctx())

    assert not [place for place in journal if place.startswith("amber")]
    assert [place for place in journal if place.startswith("bees")]


def test_a_reaction_may_ask_for_the_form(world: Any, bed: Bed) -> None:
    heard: list[str] = []
    plugged["bees before clear"] = heard.append
    sow(bed, world.ctx())

    clear(bed, world.ctx(), remark="frost")

    assert heard == ["frost"]


def test_a_reaction_may_stop_a_create_an_update_and_a_deletion(world: Any, bed: Bed) -> None:
    for place in ("bees before create", "bees after update", "bees before delete"):
        plugged[place] = refuse("too_wet")
    attempts: list[Callable[[Context], Any]] = [
        lambda ctx: ctx.create(Bed(name="South")),
        lambda ctx: Bed.update(bed, ctx, name="East"),
        lambda ctx: ctx.delete(bed),
    ]

    for attempt in attempts:
        with pytest.raises(Refused, match="too_wet"), world.session.begin_nested():
            attempt(world.ctx())

    assert [found.name for found in world.ctx().find(Bed)] == ["North"]


def test_a_reaction_without_the_dependency_is_refused() -> None:
    bees = Part("bees", "dougong_bees", "1", "Bees", ())

    with pytest.raises(SetupError, match=r"does not depend on garden\. Fix: add garden to needs="):
        Generation(1, (*parts("garden"), bees))


# Refusals -------------------------------------------------------------------------------------


def test_all_guards_are_asked_and_all_reasons_are_given_at_once(world: Any, bed: Bed) -> None:
    plugged["bees guard sow"] = refuse("too_wet")
    plugged["bees guard sow again"] = lambda _bed, _ctx: Refused("no_bees", count=3)

    with pytest.raises(Refused) as refused:
        sow(bed, world.ctx())

    assert [world.generation.sentence(one) for one in refused.value.several] == [
        "The bees do not fly in the rain.",
        "There are 3 bees, and more are needed.",
    ]
    assert "rule sow" not in journal
    assert "bees before sow" not in journal


def test_each_add_on_refuses_in_its_own_words(world: Any, bed: Bed) -> None:
    """Both the garden and the bees have a sentence `too_wet`."""
    said = []
    for place in ("rule sow", "bees before sow"):
        plugged.clear()
        plugged[place] = refuse("too_wet")
        with pytest.raises(Refused) as refused, world.session.begin_nested():
            sow(bed, world.ctx())
        said.append(world.generation.sentence(refused.value))

    assert said == ["The garden is too wet.", "The bees do not fly in the rain."]


def test_an_add_on_may_refuse_in_the_words_of_the_core(world: Any, bed: Bed) -> None:
    plugged["bees before sow"] = lambda _bed, ctx: ctx.get(Bed, 999999)

    with pytest.raises(Refused) as refused:
        sow(bed, world.ctx())

    assert world.generation.sentence(refused.value) == (
        "There is no Bed:999999, or you may not see it."
    )


@pytest.mark.parametrize(
    "place", ["bees guard sow", "bees before sow", "rule sow", "bees after sow"]
)
def test_a_refusal_at_any_moment_undoes_everything(
    committed: Callable[..., Committed], place: str
) -> None:
    garden = committed("garden", "bees")
    bed = garden.do(lambda ctx: ctx.create(Bed(name="North")))

    def write_and_refuse(found: Bed, ctx: Context) -> None:
        if place.startswith("bees"):
            Hive.of(found).honey = 5
        else:
            found.name = "South"
        ctx.session.flush()
        raise Refused("too_wet")

    plugged[place] = write_and_refuse

    with pytest.raises(Refused):
        garden.do(lambda ctx: sow(ctx.get(Bed, bed.id), ctx))

    with garden.engine.connect() as connection:
        found = "select name, state, version, honey from garden.bed join bees.hive using (id)"
        state = connection.execute(text(found)).one()
        done = connection.execute(select(event.c.verb)).scalars().all()
    assert tuple(state) == ("North", "EMPTY", 1, 0)
    assert done == ["garden.bed.create"]


def test_a_refusal_of_a_child_says_which(world: Any) -> None:
    ctx = world.ctx()
    ctx.create(Bed(name="North", plants=[Plant(name="a", label="taken")]))

    with pytest.raises(Refused) as refused:
        ctx.create(Bed(name="South", plants=[Plant(name="b"), Plant(name="c", label="taken")]))

    assert (refused.value.code, refused.value.at) == ("taken", ("plants", 1, "label"))


def test_what_is_still_used_cannot_be_deleted(world: Any, bed: Bed) -> None:
    ctx = world.ctx()
    ctx.create(Bed(name="South", neighbour=bed))

    with pytest.raises(Refused) as refused:
        ctx.delete(bed)

    assert refused.value.code == "still_used"


def test_a_number_that_is_too_large_is_a_refusal(world: Any, bed: Bed) -> None:
    with pytest.raises(Refused, match="bad_number"):
        Bed.update(bed, world.ctx(), length=Decimal(1000000))


# States ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("place", ["rule sow", "bees before sow", "bees after sow"])
def test_only_steps_write_a_state(world: Any, bed: Bed, place: str) -> None:
    plugged[place] = lambda found, _ctx: setattr(found, "state", BedState.FALLOW)

    with pytest.raises(SetupError, match=r"Fix: "):
        sow(bed, world.ctx())


def test_an_update_does_not_write_a_state(world: Any, bed: Bed) -> None:
    with pytest.raises(SetupError, match="outside a step"):
        Bed.update(bed, world.ctx(), state=BedState.FALLOW)


def test_a_record_is_not_created_in_the_middle_of_its_life(world: Any) -> None:
    bed = Bed(name="North")
    bed.state = BedState.FALLOW

    with pytest.raises(SetupError, match="Fix: create it EMPTY"):
        world.ctx().create(bed)


def test_a_step_does_not_overwrite_the_state_that_a_reaction_led_to(world: Any, bed: Bed) -> None:
    def sow_and_clear(found: Bed, ctx: Context) -> None:
        if len([place for place in journal if place == "bees before sow"]) == 1:
            sow(found, ctx)

    plugged["bees before sow"] = sow_and_clear
    world.generation.parts["bees"].__dict__["may"] = (run(sow),)

    with pytest.raises(WrongState):
        sow(bed, world.ctx())


def test_a_rule_does_not_move_its_own_record_by_another_step(world: Any, bed: Bed) -> None:
    def move(found: Bed, ctx: Context) -> None:
        if journal.count("rule sow") == 1:
            sow(found, ctx)

    plugged["rule sow"] = move

    with pytest.raises(SetupError, match="by itself"):
        sow(bed, world.ctx())


def test_whoever_did_the_one_step_may_not_do_the_other(world: Any, bed: Bed) -> None:
    sower, inspector = world.person("garden.head"), world.person("garden.head")
    sow(bed, world.ctx(sower))

    with pytest.raises(Forbidden, match="same_person"):
        inspect(bed, world.ctx(sower))
    inspect(bed, world.ctx(inspector))

    assert bed.state is BedState.CHECKED


def test_the_separation_of_duties_is_about_one_record(world: Any, bed: Bed) -> None:
    sower, inspector = world.person("garden.head"), world.person("garden.head")
    ctx = world.ctx(sower)
    other = ctx.create(Bed(name="South"))
    sow(bed, ctx)
    sow(other, world.ctx(inspector))

    inspect(other, world.ctx(sower))

    assert other.state is BedState.CHECKED


# The event log --------------------------------------------------------------------------------


def test_every_verb_writes_what_was_done_by_whom_and_with_which_form(world: Any) -> None:
    who = world.person("garden.head", name="Ada")
    ctx = world.ctx(who)
    bed = ctx.create(Bed(name="North"))
    other = ctx.create(Bed(name="South"))
    sow(bed, ctx, seeds=3)
    Bed.update(bed, ctx, name="East", length=Decimal("2.50"), crop=Crop.LEEK, neighbour=other)
    weigh(ctx, day=ctx.now.date(), amounts=[Decimal("1.5")])
    ctx.delete(other.__class__.update(other, ctx, name="x") and ctx.create(Bed(name="gone")))

    rows = world.session.execute(select(event).order_by(event.c.id)).mappings().all()

    assert {(row["actor"], row["actor_id"], row["addon"]) for row in rows} == {
        ("Ada", who.user_id, "garden")
    }
    assert [(row["verb"], row["form"]) for row in rows] == [
        ("garden.bed.create", None),
        ("garden.bed.create", None),
        ("garden.sow", {"seeds": 3}),
        (
            "garden.bed.update",
            {"name": "East", "length": "2.50", "crop": "LEEK", "neighbour": f"Bed:{other.id}"},
        ),
        ("garden.weigh", {"day": ctx.now.date().isoformat(), "amounts": ["1.5"]}),
        ("garden.bed.update", {"name": "x"}),
        ("garden.bed.create", None),
        ("garden.bed.delete", None),
    ]
    assert [(row["entity"], row["record_id"]) for row in rows][2] == ("garden.bed", bed.id)
    assert [(row["from_state"], row["to_state"]) for row in rows][2] == ("EMPTY", "SOWN")
    assert {row["at"] for row in rows} == {ctx.now}


@pytest.mark.parametrize(
    "change",
    [
        "update dougong.event set actor = 'Nobody'",
        "delete from dougong.event",
        "truncate dougong.event",
        "update dougong.event set actor = 'x' where false",
    ],
)
def test_the_event_log_is_only_ever_appended_to(world: Any, bed: Bed, change: str) -> None:
    with pytest.raises(DBAPIError, match="append-only"):
        world.session.execute(text(change))


def test_an_event_names_the_add_on_whose_code_called(garden: Any) -> None:
    plugged["cuckoo call"] = lambda ctx: sow(ctx.find(Bed)[0], ctx)
    world = garden("garden", "cuckoo", may=(run(sow),))
    ctx = world.ctx()
    ctx.create(Bed(name="North"))
    call(ctx)

    assert events(world) == [
        ("garden.bed.create", "garden", None, None),
        ("garden.sow", "cuckoo", "EMPTY", "SOWN"),
        ("cuckoo.call", "cuckoo", None, None),
    ]


def test_children_write_events_of_their_own(world: Any) -> None:
    world.ctx().create(Bed(name="North", plants=[Plant(name="a"), Plant(name="b")]))

    assert [verb for verb, *_ in events(world)].count("garden.plant.create") == 2


# Locks and transactions -----------------------------------------------------------------------


def test_of_two_steps_at_once_exactly_one_wins(
    committed: Callable[..., Committed],
) -> None:
    garden = committed("garden")
    bed = garden.do(lambda ctx: ctx.create(Bed(name="North")))

    for _ in range(5):
        results = garden.both(*[lambda ctx: sow(ctx.get(Bed, bed.id), ctx)] * 2)
        assert sorted(type(result).__name__ for result in results) == ["Bed", "WrongState"]
        with garden.engine.begin() as connection:
            connection.execute(text("update garden.bed set state = 'EMPTY'"))


def test_two_who_need_the_same_records_in_opposite_order_both_finish(
    committed: Callable[..., Committed],
) -> None:
    garden = committed("garden")
    one, two = (
        garden.do(lambda ctx, n=n: ctx.create(Bed(name=n, plants=[Plant(name=n)]))) for n in "ab"
    )

    for _ in range(5):
        results = garden.both(
            lambda ctx: move_plants(ctx.get(Bed, one.id), ctx, to=ctx.get(Bed, two.id)),
            lambda ctx: move_plants(ctx.get(Bed, two.id), ctx, to=ctx.get(Bed, one.id)),
        )
        assert [type(result) for result in results] == [Bed, Bed]


def test_work_in_a_generation_that_no_longer_holds_is_not_begun(
    committed: Callable[..., Committed],
) -> None:
    garden = committed("garden")
    with garden.engine.begin() as connection:
        connection.execute(text("update dougong.generation set number = 2"))

    with pytest.raises(GenerationChanged):
        garden.do(lambda ctx: ctx.create(Bed(name="North")))


def test_a_bug_leaves_nothing_behind(
    committed: Callable[..., Committed],
) -> None:
    garden = committed("garden")

    def work(ctx: Context) -> None:
        ctx.create(Bed(name="North"))
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        garden.do(work)

    assert garden.do(lambda ctx: ctx.find(Bed)) == []


def test_a_locked_record_is_read_anew(
    committed: Callable[..., Committed],
) -> None:
    garden = committed("garden")
    bed = garden.do(lambda ctx: ctx.create(Bed(name="North")))

    def work(ctx: Context) -> str:
        found = ctx.get(Bed, bed.id)
        with garden.engine.begin() as connection:
            connection.execute(text("update garden.bed set name = 'South'"))
        ctx.lock(found)
        return found.name

    assert garden.do(work) == "South"


def test_a_record_that_is_gone_cannot_be_locked(
    committed: Callable[..., Committed],
) -> None:
    garden = committed("garden")
    bed = garden.do(lambda ctx: ctx.create(Bed(name="North")))

    def work(ctx: Context) -> None:
        found = ctx.get(Bed, bed.id)
        with garden.engine.begin() as connection:
            connection.execute(text("delete from garden.bed"))
        sow(found, ctx)

    with pytest.raises(Refused, match="not_found"):
        garden.do(work)
