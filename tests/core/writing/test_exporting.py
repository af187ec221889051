"""Lists in files: what the person sees, safe in a spreadsheet, and the same when it comes back."""

import csv
import hashlib
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from gardens import Committed
from sqlalchemy import select, text

from dougong import Money, Refused
from dougong.access.principal import Principal
from dougong.builtin.import_export import import_file
from dougong.builtin.import_export.exporting import Asked, export_file
from dougong.workflow.event_log import event
from dougong_garden import Bed, BedState, Crop, Plant

TEXTS = (
    "=1+1", "+49 30", "-5", "@sum", "\tx", "\rx", "\nx", "＝1", "＋1", "－1", "＠x",
    "'", "''", "'=1", "'tis", " blanks ", "x ", "plain", "a,b;c\td", 'say "hi"', "斗拱", "two\nlines",
)  # fmt: skip


def contents(garden: Committed, entity: type[Any]) -> list[Any]:
    """All rows of an entity's table."""
    left_out = ("created_by_id", "updated_by_id")
    with garden.engine.connect() as connection:
        columns = [c for c in entity.__table__.columns if c.name not in left_out]
        return [tuple(row) for row in connection.execute(select(*columns).order_by(columns[0]))]


def export(garden: Committed, path: Path, entity: str = "Bed", **asked: Any) -> list[list[str]]:
    """What an export writes into a CSV file."""
    export_file(garden.engine, garden.generation, garden.who, Asked(entity, **asked), path)
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file))


def planted(garden: Committed) -> None:
    def plant(ctx: Any) -> None:
        for number, name in enumerate(TEXTS):
            bed = Bed(name=name, code=f"C{number}", crop=Crop.LEEK, length=Decimal("1.25"))
            if number % 2:
                bed.rent = Money(Decimal("-12.5"), "EUR")
            ctx.create(bed)
        first = ctx.find(Bed)[0]
        ctx.find(Bed)[1].neighbour = first
        ctx.create(Plant(bed=first, name="=leek", weight=Decimal("0.5")))

    garden.do(plant)


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_what_is_exported_comes_back_exactly(
    committed: Callable[..., Committed], tmp_path: Path, kind: str
) -> None:
    garden, other = committed("garden", "bees"), committed("garden", "bees")
    planted(garden)

    for entity in (Bed, Plant):
        file = tmp_path / f"{entity.__name__}.{kind}"
        asked = Asked(entity.__name__, history=True)
        export_file(garden.engine, garden.generation, garden.who, asked, file)
        other.do(lambda ctx, e=entity, f=file: import_file(ctx, e, f, history=True))

        assert contents(other, entity) == contents(garden, entity)


def test_no_cell_begins_as_a_formula_does(
    committed: Callable[..., Committed], tmp_path: Path
) -> None:
    garden = committed("garden", "bees")
    planted(garden)

    rows = export(garden, tmp_path / "beds.csv", columns=("name",))

    assert rows[0] == ["Name"]
    assert len(rows) == len(TEXTS) + 1
    assert not [row[0] for row in rows if row[0][0] in "=+-@\t\r\n＝＋－＠"]


def test_conditions_order_and_columns_are_those_of_the_api(
    committed: Callable[..., Committed], tmp_path: Path
) -> None:
    garden = committed("garden", "bees")
    planted(garden)

    rows = export(
        garden,
        tmp_path / "beds.csv",
        where='{code: {in: ["C1", "C0"]}}',
        order="[{code: DESC}]",
        columns=("code", "neighbour.name", "rent", "state"),
    )

    assert rows == [
        ["Code", "Neighbour.Name", "Rent", "Rent.Currency", "State"],
        ["C1", "'=1+1", "-12.5000", "EUR", "EMPTY"],
        ["C0", "", "", "", "EMPTY"],
    ]


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"columns": ("nmae",)}, "no_such_field"),
        ({"columns": ("neighbour.nmae",)}, "no_such_field"),
        ({"where": "{nmae: 1}"}, "bad_export"),
        ({"where": "{"}, "bad_export"),
        ({"order": "[{name: UP}]"}, "bad_export"),
    ],
)
def test_what_cannot_be_exported_is_refused_and_leaves_no_file(
    committed: Callable[..., Committed], tmp_path: Path, asked: dict[str, Any], code: str
) -> None:
    garden = committed("garden")

    with pytest.raises(Refused) as refused:
        export(garden, tmp_path / "beds.csv", **asked)

    assert refused.value.code == code
    assert garden.generation.sentence(refused.value) != str(refused.value)
    assert list(tmp_path.iterdir()) == []


def test_an_export_has_the_rows_that_the_person_sees_and_is_written_down(
    committed: Callable[..., Committed], tmp_path: Path
) -> None:
    garden = committed("garden", "bees")
    planted(garden)
    garden.who = Principal(1, "a", frozenset({"garden.gardener"}))
    file = tmp_path / "beds.csv"
    with garden.engine.begin() as connection:
        connection.execute(text("update garden.bed set owner_id = :me where id % 3 = 0"), {"me": 1})
        mine = set(
            connection.execute(text("select code from garden.bed where owner_id > 0")).scalars()
        )

    rows = export(garden, file, where="{}", columns=("code",))

    with garden.engine.connect() as connection:
        forms = connection.execute(
            select(event.c.form, event.c.actor_id).where(event.c.verb == "dougong.export")
        ).all()
    assert 0 < len(mine) < len(TEXTS)
    assert sorted(code for (code,) in rows[1:]) == sorted(mine)
    assert [(form["rows"], form["sha256"], form["where"], actor) for form, actor in forms] == [
        (len(rows) - 1, hashlib.sha256(file.read_bytes()).hexdigest(), "{}", 1)
    ]


def test_headers_and_choices_can_be_chinese_and_are_understood(
    committed: Callable[..., Committed], tmp_path: Path
) -> None:
    garden, other = committed("garden"), committed("garden")
    planted(garden)
    file = tmp_path / "beds.csv"

    rows = export(garden, file, history=True, language="zh-CN")
    other.do(lambda ctx: import_file(ctx, Bed, file, history=True))

    assert "创建时间" in rows[0]
    assert contents(other, Bed) == contents(garden, Bed)
    assert {bed.state for bed in other.do(lambda ctx: ctx.find(Bed))} == {BedState.EMPTY}
