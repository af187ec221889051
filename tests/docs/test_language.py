"""The how-to for language: what its documents ask is answered, and in Chinese."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from dougong.testing import LiveWorld

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "language.md"


def test_the_documents_are_answered_in_chinese(live_world: Callable[..., LiveWorld]) -> None:
    served = live_world("crm")
    seller = served.person("crm.seller")
    made = served.ask('mutation { createLead(input: {name: "Ann"}) { lead { id } } }', seller)
    lead = made["createLead"]["lead"]["id"]
    languages, choose, offered, known = re.findall(
        r"```graphql\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL
    )

    assert [one["yours"] for one in served.ask(languages, seller)["languages"]] == [True, False]
    assert served.ask(choose, seller)["setLanguage"] == {
        "user": {"language": "zh-CN"},
        "userErrors": [],
    }
    actions = {one["name"]: one for one in served.ask(offered, seller, id=lead)["lead"]["actions"]}
    (unreachable,) = actions["qualifyLead"]["reasons"]
    (kind,) = served.ask(known, seller)["entityTypes"]

    assert (actions["qualifyLead"]["label"], kind["label"]) == ("确认有效", "线索")
    assert unreachable["message"].startswith("Ann 还没有邮箱地址")
    assert {"name": "WON", "label": "已赢单", "description": None} in [
        value for field in kind["fields"] for value in field["values"]
    ]
