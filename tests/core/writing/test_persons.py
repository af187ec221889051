"""Who created and changed a record, as code asks the record."""

from typing import Any

import pytest
from sqlalchemy import event, insert

from dougong import User
from dougong_garden import Bed


@pytest.fixture
def shared(garden: Any) -> Any:
    """A garden of beds that three people made, in turns; nobody changed them."""
    world = garden("garden")
    people = [world.person(name=name).user_id for name in ("Ada", "Ben", "Cai")]
    made = [{"name": f"{n}", "created_by_id": people[n % 3]} for n in range(9)]
    world.session.execute(insert(Bed), made)
    return world


def test_who_made_the_beds_is_one_statement_for_all(shared: Any) -> None:
    ctx = shared.ctx()
    beds = sorted(ctx.find(Bed), key=lambda one: one.name)
    asked: list[str] = []
    event.listen(shared.engine, "before_cursor_execute", lambda *said: asked.append(said[2]))

    assert [bed.created_by.name for bed in beds] == ["Ada", "Ben", "Cai"] * 3

    assert len(asked) == 1
    assert [bed.updated_by for bed in beds] == [None] * 9


def test_who_changed_a_bed_is_told_as_soon_as_it_is_stored(shared: Any) -> None:
    bed = next(iter(shared.ctx().find(Bed)))
    for name in ("Dot", "Eve"):
        ctx = shared.ctx(shared.person("dougong.administrator", name=name))
        bed.name = name
        ctx.session.flush()
        assert bed.updated_by.name == name
    assert bed.created_by.name in ("Ada", "Ben", "Cai")


def test_nobody_made_a_bed_whose_maker_is_not_known_and_one_that_is_not_stored(shared: Any) -> None:
    ctx = shared.ctx()
    shared.session.execute(insert(Bed).values(name="wild"))

    assert [one.created_by for one in ctx.find(Bed, Bed.name == "wild")] == [None]
    assert Bed(name="new").created_by is None


def test_who_made_it_is_asked_of_records_and_never_set(shared: Any) -> None:
    ctx = shared.ctx()
    bed = next(iter(ctx.find(Bed)))

    with pytest.raises(AttributeError, match=r"Fix: compare Bed\.created_by_id"):
        _ = Bed.created_by
    with pytest.raises(AttributeError, match="created_by is set by the core"):
        bed.created_by = ctx.session.get(User, bed.created_by_id)
