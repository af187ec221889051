"""Requests that are made to hurt are refused with a reason, before the database hears of them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hostile_documents import DOCUMENTS, Hostile

from dougong.testing import LiveWorld
from dougong.testing.databases import Databases
from dougong.testing.worlds import Person

pytestmark = pytest.mark.xdist_group("hostile")
ADDONS = ("crm", "sales_order", "inventory")


class Target:
    """A company that is attacked, and what its database was asked."""

    def __init__(self, world: LiveWorld) -> None:
        self.world = world
        self.person: Person = world.person("crm.seller", "sales_order.manager", "party.editor")
        self.asked: list[str] = []
        self._fetchrow = world.runtime.reads.fetchrow
        world.runtime.reads.fetchrow = self._noted  # type: ignore[method-assign]

    async def _noted(self, sql: str, *arguments: Any) -> Any:
        if not sql.lstrip().startswith("select (select number from dougong.epoch)"):
            self.asked.append(sql)
        return await self._fetchrow(sql, *arguments)

    def post(self, one: Hostile) -> Any:
        headers = {
            "content-type": "application/json",
            "accept": "application/graphql-response+json",
        }
        if one.signed_in:
            headers["authorization"] = f"Bearer {self.person.token}"
        return self.world.client.post("/graphql", content=one.body, headers=headers)


@pytest.fixture(scope="module")
def target(databases: Databases) -> Iterator[Target]:
    world = LiveWorld(databases.clone(*ADDONS))
    yield Target(world)
    world.close()


@pytest.mark.parametrize("one", DOCUMENTS, ids=lambda one: one.name)
def test_a_hostile_request_is_refused_with_a_reason(target: Target, one: Hostile) -> None:
    target.asked.clear()
    answer = target.post(one)
    body = json.loads(answer.content)

    assert (answer.status_code, body["errors"][0]["extensions"]["code"]) == (one.status, one.code)
    assert body.get("data") is None
    assert all(len(error["message"]) <= 600 for error in body["errors"])
    assert all(error["extensions"]["code"] != "INTERNAL" for error in body["errors"])
    assert target.asked == []


def test_the_company_is_as_it_was(target: Target) -> None:
    for one in DOCUMENTS:
        target.post(one)
    counted = "{ parties { totalCount } salesOrders { totalCount } }"
    empty = {"totalCount": 0}

    assert target.world.ask(counted, target.person) == {"parties": empty, "salesOrders": empty}
