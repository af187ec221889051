"""The pages about workflows and reactions, done as they say."""

import re
import sys
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from graphql import parse, validate

from dougong import Forbidden, Money, Refused
from dougong.addons.discovery import parts_of
from dougong.addons.manifest import Part
from dougong.addons.rehearsal import with_needs
from dougong.db.engine import open_database
from dougong.db.session import WriteSession
from dougong.entity.registry import registry_of
from dougong.generation import Generation
from dougong.testing import World
from dougong.testing.databases import Databases

PAGES = Path(__file__).parents[2] / "docs" / "how-to"
ADDONS = {"claims": (), "welcome": ("crm",), "advice": ("crm", "welcome")}


class PagesWorld(World):
    """The CRM with the add-ons of the pages, in a transaction."""

    def __init__(self, url: str, *names: str) -> None:
        self.engine = open_database(url, pool_size=None)
        shipped = [one for one in parts_of(with_needs(["crm"])) if not one.is_bridge]
        ours = [Part(n, f"dougong_{n}", "1", n.title(), ADDONS[n]) for n in names]
        self.generation = Generation(1, [*shipped, *ours])
        self._connection = self.engine.connect()
        self._transaction = self._connection.begin()
        self._connection.exec_driver_sql("create schema claims")
        registry_of("claims").metadata.create_all(self._connection)
        self.session = WriteSession(
            self._connection, expire_on_commit=False, join_transaction_mode="create_savepoint"
        )


@pytest.fixture(scope="module")
def _written(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """The files of the pages, where Python finds them."""
    folder = tmp_path_factory.mktemp("pages")
    for page in ("workflows.md", "hooks.md"):
        said = (PAGES / page).read_text("utf-8")
        for name, source in re.findall(
            r"`([\w/]+\.py)`[^\n]*\n\n```python\n(.*?)```", said, re.DOTALL
        ):
            (folder / name).parent.mkdir(exist_ok=True)
            (folder / name).write_text(source, "utf-8")
    (folder / "dougong_claims" / "__init__.py").write_text('"""Claims."""\n')
    sys.path.append(str(folder))
    yield
    sys.path.remove(str(folder))
    for name in [name for name in sys.modules if name.split("_")[-1].split(".")[0] in ADDONS]:
        del sys.modules[name]


@pytest.fixture
def opened(databases: Databases, _written: None) -> Iterator[list[PagesWorld]]:
    worlds: list[PagesWorld] = []
    yield worlds
    for world in worlds:
        world.close()


def world(databases: Databases, opened: list[PagesWorld], *names: str) -> PagesWorld:
    opened.append(PagesWorld(databases.shared("crm"), *names))
    return opened[-1]


def lead(ctx: Any, **given: Any) -> Any:
    from dougong_crm import Lead

    return ctx.create(Lead(name="Ada", email="ada@example.com", **given))


def test_claims_are_approved_by_others_up_to_a_limit_and_rejected_with_a_reason(
    databases: Databases, opened: list[PagesWorld]
) -> None:
    here = world(databases, opened, "claims")
    claims: Any = sys.modules["dougong_claims.workflows"]
    entities: Any = sys.modules["dougong_claims.entities"]
    one, other = here.person("claims.checker"), here.person("claims.checker")
    director = here.person("claims.checker", "claims.director")
    small, large, wrong = (
        here.ctx(one).create(entities.Claim(what="Train", amount=Money(Decimal(amount), "EUR")))
        for amount in (500, 501, 1)
    )

    with pytest.raises(Forbidden, match="same_person"):
        claims.approve(small, here.ctx(one))
    claims.approve(small, here.ctx(other))
    with pytest.raises(Forbidden, match="above_limit"):
        claims.approve(large, here.ctx(other))
    claims.approve(large, here.ctx(director))
    with pytest.raises(Refused, match="reason_missing"):
        claims.reject(wrong, here.ctx(one), reason=" ")
    claims.reject(wrong, here.ctx(one), reason="no receipt")

    assert [str(claim.state) for claim in (small, large, wrong)] == [
        "APPROVED",
        "APPROVED",
        "REJECTED",
    ]


def test_what_the_page_asks_of_the_api_is_in_it(
    databases: Databases, opened: list[PagesWorld]
) -> None:
    here = world(databases, opened, "claims")
    asked = re.findall(
        r"```graphql\n(.*?)```", (PAGES / "workflows.md").read_text("utf-8"), re.DOTALL
    )

    assert len(asked) == 2
    assert [validate(here.generation.schema, parse(one)) for one in asked] == [[], []]


def test_reactions_and_questions_do_what_the_page_says(
    databases: Databases, opened: list[PagesWorld]
) -> None:
    from dougong_crm import lose, qualify, win

    here = world(databases, opened, "welcome", "advice")
    welcome: Any = sys.modules["dougong_welcome"]
    ctx = here.ctx()
    person, company = lead(ctx), lead(ctx, company="ACME")

    assert welcome.plan_call(company, ctx) == "in the morning: ACME"
    assert welcome.plan_call(person, ctx) == "any time: Ada"
    with pytest.raises(Refused, match="no_company"):
        qualify(person, ctx)
    with pytest.raises(Refused, match="too_short"):
        lose(person, ctx, reason="no")
    lose(person, ctx, reason="too dear for her")
    win(qualify(company, ctx), ctx)


def test_without_those_who_answer_nothing_is_known(
    databases: Databases, opened: list[PagesWorld]
) -> None:
    here = world(databases, opened, "welcome")
    welcome: Any = sys.modules["dougong_welcome"]

    assert welcome.plan_call(lead(here.ctx()), here.ctx()) == "any time: the weather"
