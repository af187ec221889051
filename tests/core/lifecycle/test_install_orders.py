"""In which order add-ons are installed changes nothing: not the API, not who reacts first."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import permutations
from random import Random

import pytest
from graphql import print_schema
from sqlalchemy import Engine
from tests.core.lifecycle.conftest import ThrowAway, catalogue

from dougong.addons.discovery import parts_of
from dougong.addons.install import install
from dougong.addons.installed import load_generation
from dougong.addons.rehearsal import with_needs
from dougong.generation import Generation
from dougong.workflow.hookspecs import MOMENTS

SHIPPED = ("party", "product", "crm", "sales_order", "inventory")
STEMS = ("quince", "apple", "medlar", "cherry", "olive")
ENTITIES = """
    '''What is remembered of parties.'''
    from dougong import Entity, Extension, link
    from dougong_party import Party
    from sqlalchemy.orm import Mapped, mapped_column

    class {name}(Entity):
        '''Something about a party.'''
        note: Mapped[str]
        party: Mapped[Party] = link()

    class {name}Of(Extension[Party]):
        '''How many there are of a party.'''
        {field}: Mapped[int] = mapped_column(default=0, server_default="0")
"""
HOOKS = """
    '''What happens to parties.'''
    from dougong import Context, Refused, after, before, guard
    from dougong_party import Party

    @after(Party.create)
    def follow(party: Party, ctx: Context) -> None: ...

    @before(Party.create)
    def second(party: Party, ctx: Context) -> None: ...

    @before(Party.create)
    def first(party: Party, ctx: Context) -> None: ...

    @guard(Party.update)
    def watch(party: Party, ctx: Context) -> Refused | None: ...
"""


@pytest.fixture
def five(throw_away: ThrowAway) -> list[str]:
    """Five add-ons that extend, link to and react to parties, and know nothing of each other."""
    names = [throw_away.name(stem) for stem in STEMS]
    for name in names:
        entities = ENTITIES.format(name=name.title(), field=f"{name}_count")
        throw_away.write(name, needs="party", entities=entities, hooks=HOOKS)
    return names


def hook_order(generation: Generation) -> dict[str, list[str]]:
    """Who listens to each verb at each moment, in the order in which they run."""
    verbs = [
        *generation.verbs,
        *(
            verb
            for entity in generation.models
            for verb in (entity.create, entity.update, entity.delete)
        ),
    ]
    return {
        f"{moment} {verb.key}": heard
        for verb in verbs
        for moment in MOMENTS
        if (heard := generation.moments.listeners(verb, moment))
    }


def legal_orders(names: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """Every order in which what is needed comes first."""
    needs = {name: set(with_needs([name])) - {name} for name in names}
    for order in permutations(names):
        if all(needs[name] <= set(order[:place]) for place, name in enumerate(order)):
            yield order


def test_five_independent_add_ons_are_the_same_in_all_120_orders(five: list[str]) -> None:
    known = Generation(0, parts_of(["party", *five]))
    sdl, hooks = print_schema(known.schema), hook_order(known)

    orders = list(permutations(five))
    for order in orders:
        found = Generation(0, parts_of([*order, "party"]))
        assert hook_order(found) == hooks, order
        assert print_schema(found.schema) == sdl, order

    assert len(orders) == 120
    modules = [f"dougong_{name}.hooks" for name in sorted(five)]
    assert hooks["before party.party.create"] == [
        f"{module}.{rule}" for module in modules for rule in ("second", "first")
    ]
    assert hooks["after party.party.create"] == [f"{module}.follow" for module in modules]
    assert hooks["guard party.party.update"] == [f"{module}.watch" for module in modules]


def test_the_shipped_add_ons_are_the_same_in_every_legal_order() -> None:
    known = Generation(0, parts_of(SHIPPED))
    sdl, hooks = print_schema(known.schema), hook_order(known)

    orders = list(legal_orders(SHIPPED))
    for order in Random(11).sample(orders, 6):
        for count in range(1, len(order)):  # a server builds one after each install
            _ = Generation(count, parts_of(order[:count]))
        found = Generation(0, parts_of(order))
        assert hook_order(found) == hooks, order
        assert print_schema(found.schema) == sdl, order

    assert len(orders) > 6
    assert "guard crm.qualify" in hooks


def installed_one_by_one(engine: Engine, order: Sequence[str]) -> tuple[object, object, object]:
    """The API, the hook order and the database's catalogue after installing in this order."""
    for name in order:
        install(engine, [name])
    generation = load_generation(engine)
    return print_schema(generation.schema), hook_order(generation), catalogue(engine)


def test_on_the_database_the_order_leaves_no_trace_either(
    opened: Callable[..., Engine], throw_away: ThrowAway, five: list[str]
) -> None:
    first = opened("party")
    for name in five:
        throw_away.write_revision(first, name)
    install(first, five)
    generation = load_generation(first)
    together = print_schema(generation.schema), hook_order(generation), catalogue(first)

    order = sorted(five, reverse=True)
    assert installed_one_by_one(opened("party"), order) == together


def test_the_shipped_add_ons_leave_no_trace_of_their_order_either(
    opened: Callable[..., Engine],
) -> None:
    engine = opened(*SHIPPED)
    generation = load_generation(engine)
    together = print_schema(generation.schema), hook_order(generation), catalogue(engine)
    order = Random(7).choice(list(legal_orders(SHIPPED)))

    assert installed_one_by_one(opened(), order) == together, order
