"""What an author may declare, and what every entity does by itself."""

import itertools
import sys
import textwrap
import types
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import insert, select, text, update
from sqlalchemy.exc import IntegrityError

from dougong import Context, Money, Refused, SetupError, Workflow
from dougong.access.principal import Principal
from dougong.addons.discovery import core_part
from dougong.addons.manifest import Part
from dougong.entity.model import model_of
from dougong.entity.registry import registry_of
from dougong.generation import Generation
from dougong_bees import Hive
from dougong_garden import Bed, BedState, Crop, Plant, here, plugged, sow

_numbers = itertools.count(1)
WORDS = """
from __future__ import annotations
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Optional
from dougong import *
from sqlalchemy import *
from sqlalchemy.orm import *
"""

Declare = Callable[..., types.ModuleType]


@pytest.fixture
def declare() -> Iterator[Declare]:
    """Run an add-on's code, in a module of its own; nothing of it stays."""
    made: list[str] = []

    def run(code: str, name: str | None = None, future: bool = False) -> types.ModuleType:
        name = name or f"dougong_throwaway{next(_numbers)}"
        module = types.ModuleType(name)
        sys.modules[name] = module
        made.append(name)
        words = WORDS if future else WORDS.replace("from __future__ import annotations\n", "")
        exec(compile(words + textwrap.dedent(code), name, "exec"), vars(module))
        return module

    yield run
    for name in made:
        del sys.modules[name]


def generation_of(module: types.ModuleType) -> Generation:
    addon = module.__name__.removeprefix("dougong_")
    return Generation(1, (core_part(), Part(addon, module.__name__, "1", addon, ())))


BAD_DECLARATIONS = {
    "a bare Decimal": """
        class Thing(Entity):
            size: Mapped[Decimal]
    """,
    "a Numeric without precision": """
        class Thing(Entity):
            size: Mapped[Decimal] = mapped_column(Numeric)
    """,
    "a link to a number": """
        class Thing(Entity):
            other: Mapped[int] = link()
    """,
    "a link to several": """
        class Thing(Entity):
            other: Mapped["int | str"] = link()
    """,
    "children that are declared later": """
        class Thing(Entity):
            parts: Mapped[list["Piece"]] = owned(default_factory=list)
    """,
    "children without a link back": """
        class Piece(Entity):
            name: Mapped[str]
        class Thing(Entity):
            parts: Mapped[list[Piece]] = owned(default_factory=list)
    """,
    "children whose link back may be empty": """
        class Piece(Entity):
            thing: Mapped["Thing | None"] = link(default=None)
        class Thing(Entity):
            parts: Mapped[list[Piece]] = owned(default_factory=list)
    """,
    "an extension column without default": """
        class Thing(Entity):
            name: Mapped[str]
        class More(Extension[Thing]):
            size: Mapped[int]
    """,
    "an extension of nothing": """
        class More(Extension):
            size: Mapped[int | None]
    """,
    "an extension of a number": """
        class More(Extension[int]):
            size: Mapped[int | None]
    """,
    "an entity that inherits an entity": """
        class Thing(Entity):
            name: Mapped[str]
        class Special(Thing):
            size: Mapped[int]
    """,
    "an async action": """
        @action(needs=EVERYONE)
        async def wait(ctx: Context) -> None: ...
    """,
    "an async step": """
        class Mood(StrEnum):
            GOOD = "GOOD"
        class Thing(Entity):
            mood: Mapped[Mood] = mapped_column(default=Mood.GOOD, init=False)
        @Workflow(Thing, Thing.mood).step(Mood.GOOD, to=Mood.GOOD, needs=EVERYONE)
        async def wait(thing: Thing, ctx: Context) -> None: ...
    """,
    "an async reaction": """
        class Thing(Entity):
            name: Mapped[str]
        @before(Thing.create)
        async def wait(thing: Thing, ctx: Context) -> None: ...
    """,
    "a reaction on a reaction": """
        class Thing(Entity):
            name: Mapped[str]
        @before(Thing.create)
        @before(Thing.update)
        def wait(thing: Thing, ctx: Context) -> None: ...
    """,
    "a verb without ctx": """
        @action(needs=EVERYONE)
        def wait(much: int) -> None: ...
    """,
    "a search in a number": """
        class Thing(Entity, searchable=("size",)):
            size: Mapped[int]
    """,
    "a search in what is not there": """
        class Thing(Entity, searchable=("name", "title")):
            name: Mapped[str]
    """,
    "a search in a text instead of a tuple": """
        class Thing(Entity, searchable="name"):
            name: Mapped[str]
    """,
    "a state without a beginning": """
        class Mood(StrEnum):
            GOOD = "GOOD"
        class Thing(Entity):
            mood: Mapped[Mood]
        flow = Workflow(Thing, Thing.mood)
    """,
}


@pytest.mark.parametrize("code", BAD_DECLARATIONS.values(), ids=BAD_DECLARATIONS.keys())
def test_a_wrong_declaration_says_how_to_put_it_right(declare: Declare, code: str) -> None:
    with pytest.raises(SetupError, match=r" Fix: .+\.$"):
        declare(code)


BAD_ADD_ONS = {
    "a link to a class that is nowhere": """
        class Thing(Entity):
            other: Mapped["Nowhere | None"] = link(default=None)
    """,
    "a column that the API cannot show": """
        class Thing(Entity):
            size: Mapped[float]
    """,
    "two lists of one name": """
        class Thing(Entity):
            name: Mapped[str]
        class Piece(Entity):
            first: Mapped[Thing] = link()
            second: Mapped[Thing] = link()
    """,
    "a role that grants without saying which records": """
        class Thing(Entity):
            name: Mapped[str]
        READER = Role("{addon}.reader", "Reads.", grants=[read(Thing)])
    """,
    "a role without the add-on's name": """
        READER = Role("reader", "Reads.")
    """,
    "a permission without the add-on's name": """
        LOOK = Permission("look", "Looks.")
    """,
    "an entity that another add-on has": """
        class User(Entity):
            name: Mapped[str]
    """,
}


@pytest.mark.parametrize("code", BAD_ADD_ONS.values(), ids=BAD_ADD_ONS.keys())
def test_an_add_on_that_does_not_fit_says_how_to_put_it_right(declare: Declare, code: str) -> None:
    name = f"dougong_throwaway{next(_numbers)}"
    module = declare(code.replace("{addon}", name.removeprefix("dougong_")), name)

    with pytest.raises(SetupError, match=r"(?s) Fix: .+\.$"):
        generation_of(module)


@pytest.mark.parametrize("field", ["search", "not", "count", "values"])
def test_a_field_whose_name_the_api_needs_is_refused(declare: Declare, field: str) -> None:
    name = f"dougong_throwaway{next(_numbers)}"
    module = declare(f"class Thing(Entity):\n    {field}_: Mapped[int]", name)

    with pytest.raises(SetupError, match=rf"a field “{field}”.* Fix: rename the field\.$"):
        assert generation_of(module).schema


@pytest.mark.parametrize("name", ["garden_of_eden", "scripts.run"])
def test_a_package_without_an_add_on_name_says_how_to_put_it_right(
    declare: Declare, name: str
) -> None:
    with pytest.raises(SetupError, match=r" Fix: .*dougong_"):
        declare("class Thing(Entity):\n    name: Mapped[str]", name)


@pytest.mark.parametrize("future", [False, True], ids=["values", "texts"])
def test_fields_mean_the_same_whether_annotations_are_texts_or_values(
    declare: Declare, future: bool
) -> None:
    module = declare(
        """
        class Piece(Entity):
            thing: Mapped["Thing"] = link(on_delete="CASCADE")
            size: Mapped[Quantity]
        class Thing(Entity):
            when: Mapped[datetime | None] = mapped_column(default=None)
            price: Mapped[Money | None] = money(default=None)
            cost: Mapped[Money] = money()
            owner: Mapped[User | None] = link(default=None)
            above: Mapped["Thing | None"] = link(default=None, reverse="below")
            pieces: Mapped[list[Piece]] = owned(default_factory=list)
            size: Mapped[Decimal] = sum_of(Piece.size)
        """,
        future=future,
    )

    thing = model_of(module.Thing)

    assert {name: field.nullable for name, field in thing.fields.items() if field.owner} | {
        name: link.nullable for name, link in thing.links.items()
    } == {
        "version": False,
        "created_at": False,
        "updated_at": False,
        "when": True,
        "price": True,
        "cost": False,
        "size": False,
        "created_by": True,
        "updated_by": True,
        "owner": True,
        "above": True,
    }
    assert thing.owned == {"pieces": module.Piece}


@pytest.mark.parametrize("future", [False, True], ids=["values", "texts"])
def test_optional_is_understood_as_may_be_empty(declare: Declare, future: bool) -> None:
    module = declare(
        """
        class Thing(Entity):
            price: Mapped[Optional[Money]] = money(default=None)
            owner: Mapped[Optional[User]] = link(default=None)
        """,
        future=future,
    )

    thing = model_of(module.Thing)

    assert thing.fields["price"].nullable
    assert thing.links["owner"].nullable


def test_a_broken_add_on_does_not_break_another(declare: Declare) -> None:
    broken = declare(
        'class Thing(Entity):\n    other: Mapped["Nowhere | None"] = link(default=None)'
    )
    sound = declare("class Other(Entity):\n    name: Mapped[str]")

    with pytest.raises(SetupError):
        generation_of(broken)

    assert model_of(sound.Other).name == "Other"
    assert sound.Other(name="there").name == "there"
    assert registry_of("garden") is not registry_of("bees")


# What every record does by itself -------------------------------------------------------------


@pytest.fixture
def bed(garden: Any) -> Bed:
    return garden("garden").ctx().create(Bed(name="North"))


def context_of(bed: Bed) -> Context:
    from sqlalchemy.orm import object_session

    session = object_session(bed)
    assert session is not None
    return session.info["context"]


def next_transaction(world: Any, who: Principal | None = None) -> Context:
    """As if the next request came: nothing is known of what was changed before."""
    world.session.flush()
    return world.ctx(who)


def test_defaults_hold_at_once_before_the_record_is_stored() -> None:
    bed = Bed(name="North")

    assert (bed.crop, bed.state, bed.length) == (Crop.CARROT, BedState.EMPTY, 1)
    assert bed.plants == []


def test_a_field_that_has_no_default_must_be_said() -> None:
    with pytest.raises(TypeError, match="name"):
        Bed()  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]


def test_an_enumeration_is_kept_by_its_name(bed: Bed) -> None:
    found = context_of(bed).session.execute(text("select crop from garden.bed")).scalar_one()

    assert found == "CARROT"


def test_the_database_refuses_what_is_not_in_the_enumeration(bed: Bed) -> None:
    with pytest.raises(IntegrityError, match="ck_bed_crop"):
        context_of(bed).session.execute(text("update garden.bed set crop = 'carrot'"))


@pytest.mark.parametrize("part", ["rent_amount = 5", "rent_currency = 'EUR'"])
def test_money_is_there_with_amount_and_currency_or_not_at_all(bed: Bed, part: str) -> None:
    with pytest.raises(IntegrityError, match="ck_bed_rent"):
        context_of(bed).session.execute(text(f"update garden.bed set {part}"))


def test_money_is_read_as_it_was_written(bed: Bed) -> None:
    bed.rent = Money(Decimal("12.3456"), "EUR")
    session = context_of(bed).session
    session.flush()
    session.expire(bed)

    assert bed.rent == Money(Decimal("12.3456"), "EUR")


def test_money_can_be_taken_away_again(bed: Bed) -> None:
    ctx = context_of(bed)
    Bed.update(bed, ctx, rent=Money(Decimal(1), "EUR"))
    Bed.update(bed, ctx, rent=None)
    ctx.session.expire(bed)

    assert bed.rent is None


def test_a_generated_column_follows_its_record(bed: Bed) -> None:
    ctx = context_of(bed)

    Bed.update(bed, ctx, length=Decimal("2.5"), width=Decimal(3))

    assert bed.area == Decimal("7.5")
    assert ctx.find(Bed, Bed.area == Decimal("7.5")) == [bed]


def test_the_sum_over_no_children_is_0(bed: Bed) -> None:
    assert bed.weight == 0


def test_a_sum_follows_the_children(bed: Bed) -> None:
    ctx = context_of(bed)
    seen = [bed.weight]

    plant = ctx.create(Plant(bed=bed, name="one", weight=Decimal("1.25")))
    seen.append(bed.weight)
    Plant.update(plant, ctx, weight=Decimal("2.5"))
    seen.append(bed.weight)
    ctx.create(Plant(bed=bed, name="two", weight=Decimal(1)))
    seen.append(bed.weight)
    ctx.delete(plant)
    seen.append(bed.weight)

    assert seen == [0, Decimal("1.25"), Decimal("2.5"), Decimal("3.5"), Decimal(1)]
    assert ctx.find(Bed, Bed.weight == 1) == [bed]


def test_a_record_is_created_with_its_children(garden: Any) -> None:
    ctx = garden("garden").ctx()

    bed = ctx.create(Bed(name="North", plants=[Plant(name="a"), Plant(name="b")]))

    assert [plant.name for plant in ctx.find(Plant, Plant.bed == bed)] == ["a", "b"]
    assert bed.weight == 2
    assert [plant.bed for plant in bed.plants] == [bed, bed]


def test_a_record_takes_its_children_along(garden: Any) -> None:
    ctx = garden("garden").ctx()
    bed = ctx.create(Bed(name="North", plants=[Plant(name="a")]))

    ctx.delete(bed)

    assert ctx.find(Plant) == []


def test_children_are_not_lost_by_putting_them_into_the_list_of_a_stored_record(bed: Bed) -> None:
    plant = context_of(bed).create(Plant(bed=bed, name="a"))
    assert bed.plants == [plant]

    with pytest.raises(SetupError, match=r"Fix: call ctx\.create\(Plant"):
        bed.plants.append(Plant(name="b"))
    with pytest.raises(SetupError, match=r"Fix: call ctx\.create\(Plant"):
        bed.plants.remove(plant)


def test_a_new_record_is_version_1_made_by_whoever_asks_now(garden: Any) -> None:
    world = garden("garden")
    me = world.person("dougong.administrator")
    ctx = world.ctx(me)

    bed = ctx.create(Bed(name="North"))

    assert bed.version == 1
    assert bed.created_by.id == bed.updated_by.id == me.user_id
    assert bed.created_at == bed.updated_at == ctx.now


def test_a_change_raises_the_version_once_in_a_transaction(garden: Any) -> None:
    world = garden("garden")
    ctx = world.ctx()
    bed = ctx.create(Bed(name="North"))
    Bed.update(bed, ctx, name="South")
    assert bed.version == 1

    ctx = next_transaction(world)
    Bed.update(bed, ctx, name="East")
    Bed.update(bed, ctx, name="West")
    sow(bed, ctx)

    assert bed.version == 2


def test_every_record_changed_in_a_transaction_rises_even_when_others_were_forgotten(
    garden: Any,
) -> None:
    """A version was once counted by the object's place in memory, which is soon another's."""
    world = garden("garden")
    world.session.execute(insert(Bed), [{"name": f"Bed {n}"} for n in range(200)])
    ids = list(world.session.scalars(select(Bed.id)))
    ctx = next_transaction(world)

    for number in ids:
        bed = ctx.get(Bed, number)
        bed.name = "Changed"
        ctx.session.flush()
        del bed

    versions = world.session.execute(text("select distinct version from garden.bed")).scalars()
    assert versions.all() == [2]


def test_a_change_of_nothing_is_no_change(garden: Any) -> None:
    world = garden("garden")
    bed = world.ctx().create(Bed(name="North"))

    Bed.update(bed, next_transaction(world), name="North")

    assert bed.version == 1


def test_a_change_says_who_and_when_and_leaves_who_made_it(garden: Any) -> None:
    world = garden("garden")
    maker, changer = (world.person("dougong.administrator") for _ in range(2))
    bed = world.ctx(maker).create(Bed(name="North"))
    later = datetime.now(UTC) + timedelta(hours=1)
    ctx = Context(world.generation, world.session, changer, later)

    Bed.update(bed, ctx, name="South")

    assert (bed.created_by.id, bed.updated_by.id) == (maker.user_id, changer.user_id)
    assert bed.updated_at == later
    assert bed.created_at < later


def test_an_update_of_a_field_that_does_not_exist_is_refused(bed: Bed) -> None:
    with pytest.raises(SetupError, match="nmae"):
        Bed.update(bed, context_of(bed), nmae="South")


# Extensions -----------------------------------------------------------------------------------


def test_every_new_record_has_its_extension_row(garden: Any) -> None:
    world = garden("garden", "bees")

    bed = world.ctx().create(Bed(name="North"))

    rows = world.session.execute(text("select id, honey, mood from bees.hive")).all()
    assert rows == [(bed.id, 0, None)]
    assert Hive.of(bed).honey == 0


def test_a_record_made_without_verb_has_its_extension_row_too(garden: Any) -> None:
    world = garden("garden", "bees")
    ctx = world.ctx()
    bed = Bed(name="North")
    ctx.session.add(bed)
    ctx.session.flush()

    assert world.session.scalar(text("select count(*) from bees.hive")) == 1


def test_there_is_no_extension_row_while_its_add_on_is_not_installed(garden: Any) -> None:
    world = garden("garden")

    world.ctx().create(Bed(name="North"))

    assert world.session.scalar(text("select count(*) from bees.hive")) == 0


def test_a_change_of_an_extension_raises_the_version_of_its_record(garden: Any) -> None:
    world = garden("garden", "bees")
    bed = world.ctx().create(Bed(name="North"))
    ctx = next_transaction(world)

    Hive.of(bed).honey = 3
    ctx.session.flush()

    assert bed.version == 2
    assert bed.updated_at == ctx.now


def test_an_extension_goes_with_its_record(garden: Any) -> None:
    world = garden("garden", "bees")
    ctx = world.ctx()
    bed = ctx.create(Bed(name="North"))
    Hive.of(bed).honey = 3

    ctx.delete(bed)

    assert world.session.scalar(text("select count(*) from bees.hive")) == 0


def test_an_extension_can_be_asked_for_while_the_record_is_being_made(garden: Any) -> None:
    def fill(bed: Bed, ctx: Context) -> None:
        Hive.of(bed).honey = 7

    plugged["bees after create"] = fill
    world = garden("garden", "bees")

    bed = world.ctx().create(Bed(name="North"))

    assert Hive.of(bed).honey == 7
    assert bed.version == 1


def test_an_extension_of_a_record_in_no_session_is_a_mistake_that_says_so() -> None:
    with pytest.raises(SetupError, match=" Fix: "):
        Hive.of(Bed(name="North"))


def test_a_value_that_is_taken_is_a_refusal_that_names_only_the_field(garden: Any) -> None:
    ctx = garden("garden").ctx()
    ctx.create(Bed(name="North", code="N"))

    with pytest.raises(Refused) as refused:
        ctx.create(Bed(name="South", code="N"))

    assert (refused.value.code, refused.value.at) == ("taken", ("code",))
    assert refused.value.params == {"entity": "Bed", "fields": "code"}


def test_a_statement_that_changes_many_is_held_to_the_same_states(garden: Any) -> None:
    def cheat(bed: Bed, ctx: Context) -> None:
        ctx.session.execute(update(Bed).values(state=BedState.FALLOW))

    plugged["rule sow"] = cheat
    ctx = garden("garden").ctx()
    bed = ctx.create(Bed(name="North"))

    with pytest.raises(SetupError, match="outside a step"):
        sow(bed, ctx)


def test_nothing_is_plugged_by_default() -> None:
    assert here("nowhere") is None


def test_a_workflow_knows_where_it_starts() -> None:
    assert Workflow(Bed, Bed.state).start is BedState.EMPTY
