"""The how-to for language: what its documents ask is answered, and in Chinese."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from dougong.testing import LiveWorld

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "language.md"
DOCUMENTS = re.findall(r"```graphql\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)


def test_the_documents_are_answered_in_chinese(live_world: Callable[..., LiveWorld]) -> None:
    served = live_world("crm")
    seller = served.person("crm.seller")
    made = served.ask('mutation { createLead(input: {name: "Ann"}) { lead { id } } }', seller)
    lead = made["createLead"]["lead"]["id"]
    languages, choose, offered, known, *_ = DOCUMENTS

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


def test_what_was_entered_is_translated(live_world: Callable[..., LiveWorld]) -> None:
    served = live_world("product")
    editor = served.person("product.editor")
    made = served.ask(
        """mutation { createProduct(
            input: {name: "Green tea", price: {amount: "2", currency: "EUR"}}) { product { id } } }""",
        editor,
    )
    product = made["createProduct"]["product"]["id"]
    _, choose, *_, translate, read = DOCUMENTS

    done = served.ask(translate, editor, product=product)["setTranslation"]
    served.ask(choose, editor)
    (shown,) = served.ask(read, editor)["products"]["nodes"]

    assert done == {"record": product, "version": 2, "userErrors": []}
    assert (shown["name"], shown["nameTranslated"]) == ("Green tea", "绿茶")
    assert shown["translations"] == [
        {"field": "name", "language": "zh-CN", "text": "绿茶", "outdated": False}
    ]
