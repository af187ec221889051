"""Revisions: written from the entities, one history for each add-on, in agreement with them."""

from __future__ import annotations

import textwrap
from collections.abc import Callable

import pytest
from sqlalchemy import Engine
from tests.core.lifecycle.conftest import ThrowAway, catalogue

from dougong.addons.discovery import available, parts_of
from dougong.addons.revisions import bring_to_head, disagreements
from dougong.errors import SetupError

ENTITIES = '''
    """What a test remembers."""
    from decimal import Decimal
    from enum import StrEnum
    from dougong import Entity, Money, link, money
    from sqlalchemy import CheckConstraint, Computed, Numeric
    from sqlalchemy.orm import Mapped, mapped_column

    class Colour(StrEnum):
        """A colour."""
        RED = "RED"
        GREEN = "GREEN"

    class %(entity)s(Entity):
        """A thing."""
        __table_args__ = (CheckConstraint("length(name) > 0", name="named"),)
        name: Mapped[str] = mapped_column(unique=True)
        colour: Mapped[Colour] = mapped_column(default=Colour.RED)
        price: Mapped[Money | None] = money(default=None)
        size: Mapped[Decimal] = mapped_column(Numeric(18, 4), server_default="0", default=Decimal(0))
        area: Mapped[Decimal] = mapped_column(Numeric(36, 8), Computed("size * size"), init=False)
        inside: Mapped["%(entity)s | None"] = link(default=None, on_delete="SET NULL")
'''


def test_models_and_migrations_agree_for_every_part(opened: Callable[..., Engine]) -> None:
    engine = opened()
    shipped = [
        n for n, point in available().items() if point.dist and point.dist.version == "0.1.0"
    ]

    with engine.connect() as connection:
        wrong = {}
        for part in parts_of(shipped):
            bring_to_head(connection, part)
            wrong[part.name] = disagreements(connection, part)
        connection.rollback()

    assert {name: words for name, words in wrong.items() if words} == {}


def test_a_revision_is_written_once_and_what_changes_later_goes_into_the_next(
    opened: Callable[..., Engine], throw_away: ThrowAway
) -> None:
    engine = opened()
    before = catalogue(engine)
    name = throw_away.name("things")
    entity = name.title()
    package = throw_away.write(name, entities=ENTITIES % {"entity": entity})

    first = throw_away.write_revision(engine, name, "Things at last!")

    assert first is not None
    assert first.name == "0001_things_at_last.py"
    said = first.read_text("utf-8")
    assert "sa.Computed(" in said
    assert "sa.Text()" in said
    assert "EnumText" not in said
    assert f"ck_{name}_colour" in said
    assert f"ck_{name}_named" in said
    assert throw_away.write_revision(engine, name) is None
    assert catalogue(engine) == before
    assert package == first.parent.parent.name


def test_a_new_state_and_a_new_check_are_noticed(
    opened: Callable[..., Engine], throw_away: ThrowAway
) -> None:
    engine = opened()
    name = throw_away.name("things")
    package = throw_away.write(name, entities=ENTITIES % {"entity": name.title()})
    folder = throw_away.folder / package / "migrations"
    folder.mkdir()
    (folder / "0001_first.py").write_text(
        textwrap.dedent(f'''
            """First."""
            import sqlalchemy as sa
            from alembic import op
            revision = "0001"
            down_revision = None
            def upgrade() -> None:
                op.create_table(
                    "{name}",
                    sa.Column("id", sa.BigInteger(), sa.Identity(always=False), primary_key=True),
                    sa.Column("colour", sa.Text(), nullable=False),
                    sa.CheckConstraint("colour in ('RED')", name=op.f("ck_{name}_colour")),
                    sa.CheckConstraint("colour <> ''", name=op.f("ck_{name}_old")),
                    schema="{name}",
                )
        ''')
    )

    second = throw_away.write_revision(engine, name, "More")

    assert second is not None
    said = second.read_text("utf-8")
    assert second.name == "0002_more.py"
    assert f"op.drop_constraint(op.f('ck_{name}_colour')" in said
    assert "'GREEN'" in said
    assert f"ck_{name}_old" in said
    assert f"ck_{name}_named" in said
    assert throw_away.write_revision(engine, name, "Nothing") is None


@pytest.mark.parametrize(
    ("source", "says"),
    [
        ("from dougong_crm import Lead", "imports dougong_crm; a revision may import only"),
        ("def upgrade(:", r"0001_first\.py, line 1: "),
    ],
)
def test_a_revision_that_would_not_run_years_later_is_refused(
    opened: Callable[..., Engine], throw_away: ThrowAway, source: str, says: str
) -> None:
    engine = opened()
    name = throw_away.name("things")
    package = throw_away.write(name)
    folder = throw_away.folder / package / "migrations"
    folder.mkdir()
    (folder / "0001_first.py").write_text(source)

    with pytest.raises(SetupError, match=says):
        throw_away.write_revision(engine, name)


def test_two_revisions_with_the_same_number_are_refused(
    opened: Callable[..., Engine], throw_away: ThrowAway
) -> None:
    engine = opened()
    name = throw_away.name("things")
    folder = throw_away.folder / throw_away.write(name) / "migrations"
    folder.mkdir()
    for file, revision in (("a", "0001"), ("b", "0002")):
        (folder / f"{file}.py").write_text(
            f'revision = "{revision}"\ndown_revision = None\ndef upgrade() -> None: ...\n'
        )

    with pytest.raises(SetupError, match="are not one line: they end in 0001, 0002"):
        throw_away.write_revision(engine, name)
