"""Whatever way a statement of an add-on's is written, it shows nothing that the code may not read."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import (
    column,
    delete,
    exists,
    func,
    insert,
    join,
    literal,
    literal_column,
    select,
    table,
    tablesample,
    text,
    true,
    update,
)
from sqlalchemy.orm import aliased
from test_access import act, first_bed

from dougong import Context, SetupError
from dougong_cuckoo import Egg
from dougong_garden import Bed
from dougong_island import Palm

PALMS: Any = Palm.__table__
FILTERED: dict[str, tuple[Callable[[], Any], list[Any]]] = {
    "an entity joined": (lambda: select(Bed.name).join(Palm, true()), []),
    "an alias joined": (lambda: select(Bed.name).join(aliased(Palm), true()), []),
    "a link asked for": (lambda: select(Bed.name).where(Palm.shade.has()), []),
    "exists": (lambda: select(Bed.name).where(exists().where(Palm.name != "x")), []),
    "in": (lambda: select(Bed.name).where(literal("Coco").in_(select(Palm.name))), []),
    "a count": (lambda: select(func.count()).select_from(Palm), [(0,)]),
    "a CTE": (lambda: select(Bed.name).join(select(Palm.id).cte(), true()), []),
    "a union": (lambda: select(Bed.name).where(Bed.name == "").union(select(Palm.name)), []),
    "a subselect": (lambda: select(select(func.max(Palm.name)).scalar_subquery()), [(None,)]),
}


def asked(garden: Any, statement: Callable[[], Any]) -> Any:
    """What the cuckoo, who does not know the island, gets from a statement."""

    def work(ctx: Context) -> Any:
        ctx.create(Egg(bed=first_bed(ctx)))
        return [tuple(row) for row in ctx.session.execute(statement())]

    return act(garden, work)


@pytest.mark.parametrize(("statement", "seen"), FILTERED.values(), ids=FILTERED.keys())
def test_entities_that_the_code_may_not_read_are_empty(
    garden: Any, statement: Callable[[], Any], seen: list[Any]
) -> None:
    assert asked(garden, statement) == seen


REFUSED: dict[str, Callable[[], Any]] = {
    "a join by hand": lambda: select(Bed.name).select_from(join(Bed, Palm, true())),
    "a table joined": lambda: select(Bed.name).join(PALMS, true()),
    "a table's alias": lambda: select(Bed.name, PALMS.alias().c.name),
    "a table in a subselect": lambda: select(Bed.name).where(Bed.id.in_(select(PALMS.c.id))),
    "a table by its name": lambda: select(Bed.id, table("palm", column("name"), schema="island")),
    "a sample": lambda: select(tablesample(Palm, func.bernoulli(100)).c.name),  # type: ignore[arg-type]
    "text as a condition": lambda: select(Bed).where(text("exists (select from island.palm)")),
    "a literal": lambda: select(Bed.id, literal_column("(select max(name) from island.palm)")),
    "an operator": lambda: select(Bed.id.op("+ (select count(*) from island.palm) +")(1)),
    "a suffix": lambda: select(Bed.name).suffix_with("union select name from island.palm"),
    "records from text": lambda: select(Palm).from_statement(text("select * from island.palm")),
    "a condition of a deletion": lambda: delete(Egg).where(literal("Coco").in_(select(Palm.name))),
    "a new value": lambda: update(Egg).values(
        finder_id=select(func.max(Palm.id)).scalar_subquery()
    ),
    "an insertion of what is selected": lambda: insert(Egg).from_select(
        ["bed_id"], select(func.min(Palm.id))
    ),
}


@pytest.mark.parametrize("statement", REFUSED.values(), ids=REFUSED.keys())
def test_what_no_rule_can_be_applied_to_is_refused(
    garden: Any, statement: Callable[[], Any]
) -> None:
    with pytest.raises(SetupError, match=r"cuckoo runs SQL .* Fix: .*ctx\.elevated"):
        asked(garden, statement)


DOORS: dict[str, Callable[[Context], Any]] = {
    "get_bind": lambda ctx: ctx.session.get_bind(),
    "as_core": lambda ctx: ctx.as_core(),
    "acting_as": lambda ctx: ctx.acting_as("dougong"),
}


@pytest.mark.parametrize("work", DOORS.values(), ids=DOORS.keys())
def test_the_core_s_own_doors_are_shut_to_add_ons(
    garden: Any, work: Callable[[Context], Any]
) -> None:
    with pytest.raises(SetupError, match=r"The code of cuckoo .* Fix: .*ctx\.elevated"):
        act(garden, work)


def test_a_session_says_nobody_what_it_is_bound_to(garden: Any) -> None:
    assert act(garden, lambda ctx: ctx.session.bind) is None
