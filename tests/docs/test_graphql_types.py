"""The how-to for types that cannot be derived, done as it says, while the server runs."""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from dougong.addons.install import install
from dougong.addons.leaving import plan_remove
from dougong.addons.remove import remove
from dougong.testing import LiveWorld
from dougong.testing.databases import Databases

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "graphql-types.md"


@pytest.fixture
def served(databases: Databases, tmp_path: Path) -> Iterator[LiveWorld]:
    """A server with the CRM, where the page's add-on can be found but is not installed."""
    files = re.findall(
        r"`([\w/]+\.py)`:\n\n```python\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL
    )
    for name, source in files:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(source, "utf-8")
    described = tmp_path / "dougong_calls-1.0.dist-info"
    described.mkdir()
    (described / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: dougong-calls\nVersion: 1.0\nRequires-Dist: dougong-crm\n"
    )
    (described / "entry_points.txt").write_text("[dougong.addons]\ncalls = dougong_calls:addon\n")
    sys.path.append(str(tmp_path))
    world = LiveWorld(databases.clone("crm"))
    yield world
    world.close()
    sys.path.remove(str(tmp_path))
    for module in [name for name in sys.modules if name.split(".")[0] == "dougong_calls"]:
        del sys.modules[module]


def document() -> str:
    """The query that the page shows."""
    (shown,) = re.findall(r"```graphql\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    return str(shown)


def until(served: LiveWorld, there: Callable[[Any], bool]) -> None:
    """Wait until the server serves another generation."""
    for _ in range(200):
        if there(served.runtime.generation.schema.type_map):
            return
        time.sleep(0.05)
    raise AssertionError("the server does not follow")


def test_the_pages_types_come_and_go_while_it_serves(served: LiveWorld, tmp_path: Path) -> None:
    seller = served.person("crm.seller", name="Sam")
    create = "mutation ($l: LeadCreate!) { createLead(input: $l) { lead { id } } }"
    for name in ("Ann", "Bob"):
        served.ask(create, seller, l={"name": name, "company": "Acme"})
    week = {"week": {"hours": 1, "minutesEach": 60}}
    assert served.post(document(), seller, **week).status_code == 400

    install(served.engine, ["calls"])
    until(served, lambda types: "Call" in types)
    answer = served.ask(document(), seller, **week)

    (call,) = answer["nextCalls"]
    assert call["lead"] == {"name": "Ann", "actions": "NEW"}
    assert call["others"] == [{"name": "Bob"}]
    ann, bob = answer["leads"]["nodes"]
    assert ann == {"name": "Ann", "standing": {"daysKnown": 0, "others": [{"name": "Bob"}]}}
    assert bob["standing"]["others"] == [{"name": "Ann"}]
    stranger = served.person("crm.seller")
    assert served.ask(document(), stranger, **week) == {"nextCalls": [], "leads": {"nodes": []}}
    created = served.ask(
        "mutation ($l: LeadCreate!) { createLead(input: $l) { lead { standing { others { name } } } } }",
        seller,
        l={"name": "Cy", "company": "Acme"},
    )
    assert created["createLead"]["lead"]["standing"]["others"] == [{"name": "Ann"}, {"name": "Bob"}]

    remove(served.engine, ["calls"], plan_remove(served.engine, ["calls"]).hash, tmp_path)
    until(served, lambda types: "Call" not in types)
    [refused] = served.errors("{ leads { nodes { standing { daysKnown } } } }", seller)
    assert refused["extensions"] == {"code": "ADDON_ABSENT", "addon": "calls"}
