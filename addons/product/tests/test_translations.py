"""Names of products and of what they link to, in the language of whoever asks."""

import csv
import json

import pytest
from sqlalchemy import text

from dougong.addons.installed import load_generation
from dougong.addons.leaving import plan_remove
from dougong.addons.remove import remove
from dougong.addons.restore import restore
from dougong.builtin.import_export.exporting import Asked, export_file

CHINESE = "zh-CN"
SET = """mutation ($record: ID!, $text: String!) {
    setTranslation(record: $record, field: "name", language: "zh-CN", text: $text) {
        userErrors { code } } }"""
LIST = """query ($where: ProductWhere, $after: String, $first: Int) {
    products(where: $where, orderBy: [{nameTranslated: ASC}], after: $after, first: $first) {
        totalCount nodes { name nameTranslated category { nameTranslated } }
        pageInfo { hasNextPage endCursor } } }"""
NAMES = {"Tea": "茶", "Coffee": "咖啡", "Bread": None, "Salt": "盐"}


class Shop:
    """Products on a shelf, some with Chinese names, and those who read of them."""

    def __init__(self, live):
        self.live = live
        self.boss = live.person("dougong.administrator")
        self.reader = live.person("product.reader")
        self.chinese = live.person("product.reader")
        with live.engine.begin() as connection:
            choose = text("update dougong.\"user\" set language = 'zh-CN' where id = :id")
            connection.execute(choose, {"id": self.chinese.principal.user_id})
        shelf = live.ask(
            'mutation { createProductCategory(input: {code: "F", name: "Food"}) '
            "{ productCategory { id } } }",
            self.boss,
        )["createProductCategory"]["productCategory"]["id"]
        self.translate(shelf, "食品")
        self.numbers = {}
        for name, chinese in NAMES.items():
            made = live.ask(
                "mutation ($input: ProductCreate!) { createProduct(input: $input) "
                "{ product { id } } }",
                self.boss,
                input={
                    "name": name,
                    "price": {"amount": "1", "currency": "EUR"},
                    "category": shelf,
                },
            )
            self.numbers[name] = made["createProduct"]["product"]["id"]
            if chinese:
                self.translate(self.numbers[name], chinese)

    def translate(self, record, said):
        done = self.live.ask(SET, self.boss, record=record, text=said)
        assert done["setTranslation"]["userErrors"] == []

    def list(self, who, **asked):
        return self.live.ask(LIST, who, **asked)["products"]


@pytest.fixture
def shop(live_world):
    return Shop(live_world("product"))


def test_a_list_and_what_it_links_to_is_read_in_ones_own_language(shop):
    shown = {one["name"]: one for one in shop.list(shop.chinese)["nodes"]}

    assert {name: one["nameTranslated"] for name, one in shown.items()} == {
        name: chinese or name for name, chinese in NAMES.items()
    }
    assert {one["category"]["nameTranslated"] for one in shown.values()} == {"食品"}
    assert {one["nameTranslated"] for one in shop.list(shop.reader)["nodes"]} == NAMES.keys()


def test_it_is_filtered_ordered_grouped_and_paged_by_what_one_reads(shop):
    contains = {"nameTranslated": {"contains": "茶"}}
    through = {"category": {"is": {"nameTranslated": {"eq": "食品"}}}}
    ordered = [one["nameTranslated"] for one in shop.list(shop.chinese)["nodes"]]
    paged, after = [], None
    while True:
        page = shop.list(shop.chinese, first=1, after=after)
        paged += [one["nameTranslated"] for one in page["nodes"]]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    groups = shop.live.ask(
        "{ productStats(groupBy: [{key: nameTranslated}]) { nameTranslated count } }",
        shop.chinese,
    )["productStats"]

    assert [one["name"] for one in shop.list(shop.chinese, where=contains)["nodes"]] == ["Tea"]
    assert shop.list(shop.reader, where=contains)["totalCount"] == 0
    assert shop.list(shop.chinese, where=through)["totalCount"] == len(NAMES)
    assert paged == ordered
    assert ordered != [one["nameTranslated"] for one in shop.list(shop.reader)["nodes"]]
    assert {one["nameTranslated"] for one in groups} == set(ordered)


def test_one_statement_serves_both_languages(shop):
    plans = []
    for who in (shop.reader, shop.chinese):
        body = {"query": LIST, "variables": {}, "extensions": {"plan": True}}
        headers = {"authorization": f"Bearer {who.token}"}
        shop.live.client.post("/graphql", json=body, headers=headers)
        remembered = shop.live.runtime.generation.schema.extensions["remembered"]
        plans = [plan.statement.numbered for plan in remembered.plans._plans._kept.values()]

    assert len({sql for sql in plans if "name_translations" in sql}) == 1
    assert not [sql for sql in plans if CHINESE in sql]


def test_a_file_has_the_names_of_its_language(shop, tmp_path):
    generation, path = load_generation(shop.live.engine), tmp_path / "products.csv"
    columns = ("name", "nameTranslated", "category.nameTranslated")

    for language, expected in ((CHINESE, ["Tea", "茶", "食品"]), ("en", ["Tea", "Tea", "Food"])):
        asked = Asked("Product", '{name: {eq: "Tea"}}', columns=columns, language=language)
        export_file(shop.live.engine, generation, shop.boss.principal, asked, path)
        with path.open(encoding="utf-8-sig", newline="") as file:
            assert list(csv.reader(file))[1:] == [expected]


def test_translations_go_with_the_add_on_and_come_back_with_it(shop, tmp_path):
    engine = shop.live.engine

    def kept():
        with engine.connect() as connection:
            return connection.execute(
                text("select id, name, name_translations from product.product order by id")
            ).all()

    before = kept()
    remove(engine, ["product"], plan_remove(engine, ["product"]).hash, tmp_path, force=True)
    with engine.connect() as connection:
        gone = connection.scalar(text("select to_regclass('product.product') is null"))
    restore(engine, ["product"], tmp_path)

    assert gone
    assert kept() == before
    assert json.dumps([row[2] for row in before], ensure_ascii=False).count("茶") == 1
