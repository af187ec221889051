"""Who raised the rights of code, and why: in the event log, the audit and the record's history."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import pytest
from gardens import LiveGarden, make_tables
from sqlalchemy import insert, select

from dougong import Context, Refused
from dougong.builtin.audit.entries import audit_changes, entry
from dougong.testing.databases import Databases
from dougong.testing.worlds import Person
from dougong.workflow.event_log import event
from dougong_cuckoo import Egg
from dougong_garden import Bed, Crop, plugged
from dougong_island import Palm

WHY = "to lay where palms grow"
CALL = "mutation { call { userErrors { code } } }"
DRY = "mutation @dryRun { call { userErrors { code } } }"
HISTORY = """{ eggs { nodes { history { nodes { kind user label addon verb elevation } } } } }"""


@pytest.fixture
def island(databases: Databases) -> Iterator[LiveGarden]:
    url = databases.clone()
    make_tables(url)
    live = LiveGarden(url, "garden", "cuckoo", "island")
    with live.engine.begin() as connection:
        audit_changes(connection, "cuckoo")
    yield live
    live.close()
    plugged.pop("cuckoo call", None)


@pytest.fixture
def ann(island: LiveGarden) -> Person:
    return island.person("dougong.administrator", name="Ann")


def called(island: LiveGarden, who: Person, work: Callable[[Context], Any], how: str = CALL) -> Any:
    """What is refused where the cuckoo's code does something, and what the logs have of it then."""
    plugged["cuckoo call"] = work
    codes = [one["code"] for one in island.ask(how, who)["call"]["userErrors"]]
    with island.engine.connect() as connection:
        raised = select(event.c.actor_id, event.c.actor, event.c.addon, event.c.form).where(
            event.c.verb == "dougong.elevate"
        )
        told = [tuple(row) for row in connection.execute(raised.order_by(event.c.id))]
        written = list(
            connection.scalars(
                select(entry.c.by).where(entry.c.entity == "cuckoo.egg").order_by(entry.c.id)
            )
        )
    return codes, told, written


def test_the_audit_and_the_history_tell_who_raised_rights_and_why(
    island: LiveGarden, ann: Person
) -> None:
    def work(ctx: Context) -> None:
        with ctx.elevated(Palm, reason=WHY):
            ctx.create(Egg(bed=beds(ctx)[0]))
        ctx.create(Egg(bed=beds(ctx)[0]))

    make_bed(island)
    number = ann.principal.user_id

    codes, told, written = called(island, ann, work)
    nodes = island.ask(HISTORY, ann)["eggs"]["nodes"]

    by = {"user": number, "label": "Ann", "addon": "cuckoo", "verb": "cuckoo.egg.create"}
    assert codes == []
    assert told == [
        (number, "Ann", "cuckoo", {"entities": ["island.palm"], "reason": WHY}),
    ]
    assert [{**one, "request": None} for one in written] == [
        {**by, "elevation": WHY, "request": None},
        {**by, "request": None},
    ]
    shown = {
        "kind": "CREATED",
        "user": f"User:{number}",
        "label": "Ann",
        "addon": "cuckoo",
        "verb": "cuckoo.egg.create",
    }
    assert [one["history"]["nodes"] for one in nodes] == [
        [{**shown, "elevation": WHY}],
        [{**shown, "elevation": None}],
    ]


def make_bed(island: LiveGarden) -> None:
    with island.engine.begin() as connection:
        connection.execute(insert(Bed.__table__).values(name="North", crop=Crop.LEEK))


def beds(ctx: Context) -> list[Bed]:
    return list(ctx.find(Bed))


def refused() -> None:
    raise Refused("no_place")


def test_an_elevation_is_forgotten_with_what_it_was_for(island: LiveGarden, ann: Person) -> None:
    def undone_with_all(ctx: Context) -> None:
        with ctx.elevated(Palm, reason=WHY):
            refused()

    def undone_by_itself(ctx: Context) -> None:
        with suppress(Refused), ctx.attempt(), ctx.elevated(Palm, reason=WHY):
            refused()

    assert called(island, ann, undone_with_all) == (["no_place"], [], [])
    assert called(island, ann, undone_by_itself) == ([], [], [])
    assert called(island, ann, raised, DRY) == ([], [], [])


def raised(ctx: Context) -> None:
    with ctx.elevated(Palm, reason=WHY):
        ctx.find(Palm)


def test_an_elevation_is_kept_where_only_a_part_of_its_block_is_undone(
    island: LiveGarden, ann: Person
) -> None:
    make_bed(island)

    def work(ctx: Context) -> None:
        with ctx.elevated(Palm, reason=WHY), suppress(Refused), ctx.attempt():
            ctx.create(Egg(bed=beds(ctx)[0]))
            refused()

    codes, told, written = called(island, ann, work)

    assert (codes, [form["reason"] for *_, form in told], written) == ([], [WHY], [])
