"""Translations: who may write them and see them, what is refused, and what they are a change of."""

import asyncio
import json
import sys
from collections.abc import AsyncGenerator, Iterator
from types import ModuleType
from typing import Any

import pytest
from gardens import GardenRuntime, LiveGarden, make_tables
from sqlalchemy import text
from sqlalchemy.orm import Mapped, mapped_column

from dougong import Email, Entity, SetupError
from dougong.builtin.audit.entries import audit_changes
from dougong.builtin.language.wording import wording
from dougong.graphql.document import GraphQLRequest
from dougong.live.change_log import log_changes
from dougong.live.subscription import Subscription
from dougong.testing.databases import Databases
from dougong.testing.worlds import Person

CHINESE, ENGLISH = "zh-CN", "en"
SET = """mutation ($record: ID!, $field: String!, $language: String!, $text: String!, $key: String) {
    setTranslation(record: $record, field: $field, language: $language, text: $text,
                   idempotencyKey: $key) {
        record version userErrors { path code message params } } }"""
REMOVE = """mutation ($record: ID!, $field: String!, $language: String!) {
    removeTranslation(record: $record, field: $field, language: $language) {
        record version userErrors { path code message params } } }"""
NAMES = "name nameTranslated note noteTranslated words wordsTranslated"
ALL = "translations { field language text outdated }"
HISTORY = "history { nodes { kind verb label changes { field label from to } } }"


@pytest.fixture(scope="module")
def served(databases: Databases) -> Iterator[LiveGarden]:
    url = databases.clone()
    make_tables(url)
    live = LiveGarden(url, "vault", "appraisal")
    with live.engine.begin() as connection:
        for part in ("vault", "appraisal"):
            audit_changes(connection, part)
    yield live
    live.close()


class Vault:
    """A deal, and those who look at it."""

    def __init__(self, live: LiveGarden) -> None:
        self.live = live
        with live.engine.begin() as connection:
            connection.execute(text("truncate vault.deal cascade"))
        self.boss = live.person("dougong.administrator", name="boss")
        self.reader = live.person("vault.reader", name="reader")
        made = live.ask(
            """mutation ($input: DealCreate!) {
                createDeal(input: $input) { deal { id } userErrors { code path } } }""",
            self.boss,
            input={
                "name": "Tea",
                "note": "cheap",
                "words": "fine",
                "owner": f"User:{self.boss.principal.user_id}",
            },
        )
        self.deal = made["createDeal"]["deal"]["id"]

    def ask(self, document: str, who: Person, read_in: str = ENGLISH, **variables: Any) -> Any:
        """The data of the answer, in a language."""
        headers = {"authorization": f"Bearer {who.token}", "accept-language": read_in}
        body = {"query": document, "variables": variables}
        answer = self.live.client.post("/graphql", json=body, headers=headers).json()
        assert "errors" not in answer, answer
        return answer["data"]

    def set(
        self,
        text: str,
        field: str = "name",
        *,
        who: Person | None = None,
        language: str = CHINESE,
        said_in: str = ENGLISH,
        record: str | None = None,
        key: str | None = None,
    ) -> Any:
        """What comes of setting a translation."""
        given = {"record": record or self.deal, "field": field, "language": language, "text": text}
        done = self.ask(SET, who or self.boss, said_in, **given, key=key)
        return done["setTranslation"]

    def remove(self, field: str = "name", language: str = CHINESE) -> Any:
        """What comes of taking one back."""
        given = {"record": self.deal, "field": field, "language": language}
        return self.ask(REMOVE, self.boss, **given)["removeTranslation"]

    def shown(self, fields: str, who: Person | None = None, language: str = CHINESE) -> Any:
        """What somebody sees of the deal."""
        document = f"query ($id: ID!) {{ deal(id: $id) {{ {fields} }} }}"
        return self.ask(document, who or self.boss, language, id=self.deal)["deal"]

    def patch(self, who: Person | None = None, **patch: Any) -> None:
        """Change the deal as a form does."""
        version = self.shown("version")["version"]
        done = self.ask(
            """mutation ($id: ID!, $version: Int!, $patch: DealPatch!) {
                updateDeal(id: $id, version: $version, patch: $patch) { userErrors { code } } }""",
            who or self.boss,
            id=self.deal,
            version=version,
            patch=patch,
        )
        assert done["updateDeal"]["userErrors"] == []


@pytest.fixture
def vault(served: LiveGarden) -> Vault:
    return Vault(served)


def codes(payload: Any) -> list[str]:
    return [one["code"] for one in payload["userErrors"]]


def test_somebody_of_another_language_reads_the_translation_beside_what_was_entered(
    vault: Vault,
) -> None:
    vault.set("茶")

    assert vault.shown("name nameTranslated") == {"name": "Tea", "nameTranslated": "茶"}
    assert vault.shown("name nameTranslated", language=ENGLISH) == {
        "name": "Tea",
        "nameTranslated": "Tea",
    }


def test_what_nobody_has_translated_is_read_as_it_was_entered(vault: Vault) -> None:
    assert vault.shown("nameTranslated wordsTranslated") == {
        "nameTranslated": "Tea",
        "wordsTranslated": "fine",
    }


def test_a_form_that_is_sent_back_whole_overwrites_nothing(vault: Vault) -> None:
    vault.set("茶")
    form = vault.shown("name note words")

    vault.patch(**form)

    assert vault.shown(NAMES) == {**form, "nameTranslated": "茶"} | {
        "noteTranslated": "cheap",
        "wordsTranslated": "fine",
    }


def test_what_a_mutation_shows_is_in_the_language_too(vault: Vault) -> None:
    vault.set("茶")
    document = """mutation ($id: ID!, $version: Int!) {
        updateDeal(id: $id, version: $version, patch: {note: "dear"}) {
            deal { nameTranslated translations { text } } } }"""

    done = vault.ask(document, vault.boss, CHINESE, id=vault.deal, version=2)

    assert done["updateDeal"]["deal"] == {"nameTranslated": "茶", "translations": [{"text": "茶"}]}


def test_translations_are_listed_for_forms_and_say_which_are_outdated(vault: Vault) -> None:
    vault.set("茶")
    vault.set("Thea", language=ENGLISH)
    vault.set("好", "words")
    vault.patch(name="Green tea")
    vault.set("绿茶")

    assert vault.shown(ALL)["translations"] == [
        {"field": "name", "language": "en", "text": "Thea", "outdated": True},
        {"field": "name", "language": "zh-CN", "text": "绿茶", "outdated": False},
        {"field": "words", "language": "zh-CN", "text": "好", "outdated": False},
    ]
    assert vault.shown("t: translations { l: language __typename }")["t"][0] == {
        "l": "en",
        "__typename": "Translation",
    }


def test_a_plan_is_shared_by_languages_and_an_answer_is_not(vault: Vault) -> None:
    vault.set("茶")
    document = 'deals(where: {nameTranslated: {eq: "茶"}}) { nodes { nameTranslated } }'

    for _ in range(3):
        for language, found in ((CHINESE, [{"nameTranslated": "茶"}]), (ENGLISH, [])):
            answer = vault.ask(f"{{ {document} }}", vault.reader, language)
            assert answer["deals"]["nodes"] == found


def test_what_is_hidden_is_hidden_in_every_language(vault: Vault) -> None:
    vault.set("便宜", "note")
    vault.set("好", "words")
    vault.set("茶")

    assert vault.shown(f"{NAMES} {ALL}", vault.reader) == {
        "name": "Tea",
        "nameTranslated": "茶",
        **dict.fromkeys(("note", "noteTranslated", "words", "wordsTranslated")),
        "translations": [
            {"field": "name", "language": "zh-CN", "text": "茶", "outdated": False},
        ],
    }
    for asked in (
        'where: {noteTranslated: {contains: "便"}}',
        "orderBy: [{noteTranslated: ASC}]",
        'where: {wordsTranslated: {eq: "好"}}',
    ):
        (error,) = vault.live.errors(f"{{ deals({asked}) {{ totalCount }} }}", vault.reader)
        assert error["extensions"]["code"] == "FORBIDDEN_FIELD"


def test_the_history_tells_a_translation_to_whom_may_see_the_field(vault: Vault) -> None:
    vault.set("便宜", "note")
    vault.set("茶")

    told = vault.shown(HISTORY)["history"]["nodes"]
    to_reader = vault.shown(HISTORY, vault.reader)["history"]["nodes"]

    assert (told[0]["verb"], told[0]["label"]) == ("vault.deal.update", "boss")
    assert told[0]["changes"] == [
        {
            "field": "nameTranslated",
            "label": "Name translated",
            "from": None,
            "to": {"zh-CN": {"of": "Tea", "text": "茶"}},
        }
    ]
    assert [one["changes"][0]["field"] for one in told[:2]] == ["nameTranslated", "noteTranslated"]
    assert "note" not in str(to_reader)
    assert len(to_reader) == len(told) - 2  # the words, and the note's


def test_a_translation_is_a_change_of_the_record(vault: Vault) -> None:
    before = vault.shown("version")["version"]

    first, again = vault.set("茶"), vault.set("茶")

    assert (first["record"], first["version"], again["version"]) == (
        vault.deal,
        before + 1,
        before + 1,
    )
    assert vault.set("好", "words")["version"] == before + 2
    with vault.live.engine.connect() as connection:
        log = "select verb from dougong.event where verb = 'dougong.set_translation'"
        assert connection.execute(text(log)).all()


def test_a_translation_is_taken_back(vault: Vault) -> None:
    vault.set("茶")

    assert codes(vault.remove()) == []
    assert vault.shown(f"nameTranslated {ALL}") == {"nameTranslated": "Tea", "translations": []}
    assert codes(vault.remove()) == ["no_translation"]
    with vault.live.engine.connect() as connection:
        kept = connection.execute(text("select name_translations is null from vault.deal"))
        assert kept.all() == [(True,)]


def test_what_becomes_empty_has_no_translation_to_show(vault: Vault) -> None:
    vault.set("好", "words")
    vault.patch(words=None)

    assert vault.shown("wordsTranslated")["wordsTranslated"] is None
    assert codes(vault.set("好", "words")) == ["nothing_to_translate"]


@pytest.mark.parametrize(
    ("given", "code", "path"),
    [
        ({"field": "nonsense"}, "not_translatable", ["field"]),
        ({"field": "code"}, "not_translatable", ["field"]),
        ({"field": "nameTranslated"}, "not_translatable", ["field"]),
        ({"language": "fr"}, "no_language", ["language"]),
        ({"text": "x" * 10_001}, "translation_too_long", ["text"]),
        ({"text": "x" * 401, "field": "note"}, "bad_value", ["text"]),
        ({"text": " \n"}, "missing_value", ["text"]),
        ({"text": "a\0b"}, "bad_text", []),
        ({"record": "Deal:999"}, "not_found", []),
        ({"record": "Nothing:1"}, "bad_id", ["record"]),
        ({"record": "User:1"}, "nothing_translatable", ["field"]),
    ],
)
def test_what_cannot_be_is_refused_in_a_sentence_in_either_language(
    vault: Vault, given: dict[str, str], code: str, path: list[str]
) -> None:
    asked: dict[str, Any] = {"text": "茶", "field": "name", **given}

    english = vault.set(**asked)["userErrors"][0]
    chinese = vault.set(**asked, said_in=CHINESE)["userErrors"][0]

    assert (english["code"], english["path"][: len(path)]) == (code, path)
    assert english["message"] != chinese["message"]
    assert code not in english["message"]
    for said in (english, chinese):
        assert "{" not in said["message"]


def test_who_may_not_change_the_record_or_the_field_translates_nothing(vault: Vault) -> None:
    live = vault.live
    seller, keeper = live.person("vault.seller"), live.person("vault.keeper")
    vault.patch(owner=f"User:{seller.principal.user_id}")

    assert codes(vault.set("茶", who=vault.reader)) == ["needs_grant"]
    assert codes(vault.set("茶", who=keeper)) == ["not_found"]
    assert codes(vault.set("茶", who=seller)) == []
    assert codes(vault.set("便宜", "note", who=seller)) == ["guarded_field"]
    assert codes(vault.set("好", "words", who=seller)) == ["needs_grant"]


def test_the_same_key_translates_once_and_a_dry_run_not_at_all(vault: Vault) -> None:
    one, same = vault.set("茶", key="k-1"), vault.set("茶", key="k-1")
    dry = vault.ask(SET.replace("String) {", "String) @dryRun {", 1), vault.boss, record=vault.deal, field="name", language=CHINESE, text="别的", key=None)  # fmt: skip

    assert one == same
    assert dry["setTranslation"]["userErrors"] == []
    assert vault.shown("nameTranslated")["nameTranslated"] == "茶"


def test_both_are_offered_with_their_labels(vault: Vault) -> None:
    generation = vault.live.runtime.generation
    said = wording(generation, CHINESE)

    assert said.label("verb dougong.set_translation", "set_translation") == "设置译文"
    known = vault.ask(
        '{ entityTypes(names: ["Deal"]) { fields { name translatable } } }', vault.boss
    )
    fields = {one["name"]: one["translatable"] for one in known["entityTypes"][0]["fields"]}
    assert [name for name, is_so in fields.items() if is_so] == ["name", "note", "words"]
    assert not fields["nameTranslated"]


def test_who_follows_a_record_is_told_its_translation_in_ones_own_language(vault: Vault) -> None:
    live = vault.live
    with live.engine.begin() as connection:
        log_changes(connection, "vault")
        chinese = text("update dougong.\"user\" set language = 'zh-CN' where id = :id")
        connection.execute(chinese, {"id": vault.reader.principal.user_id})
    english = live.person("vault.reader")
    runtime = GardenRuntime(live.engine, live.url)
    runtime.names = live.runtime.names
    document = "subscription { dealChanged { what deal { name nameTranslated } } }"

    async def told(events: AsyncGenerator[bytes, None]) -> Any:
        event = json.loads(await anext(events))["data"]["dealChanged"]
        return event["deal"] and event["deal"]["nameTranslated"]

    async def story() -> list[Any]:
        await runtime.start()
        try:
            streams = [
                Subscription(runtime, who.token, GraphQLRequest(document, None, {})).events()
                for who in (vault.reader, english)
            ]
            assert [await told(one) for one in streams] == [None, None]
            await asyncio.to_thread(vault.set, "茶")
            runtime.changes.wake()
            found = [await told(one) for one in streams]
            for one in streams:
                await one.aclose()
        finally:
            await runtime.stop()
        return found

    assert asyncio.run(asyncio.wait_for(story(), 30)) == ["茶", "Tea"]


# What an author may declare ----------------------------------------------------------------------


@pytest.fixture
def _wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "dougong_wrong", ModuleType("dougong_wrong"))


@pytest.mark.usefixtures("_wrong")
def test_only_texts_of_its_own_are_translatable() -> None:
    with pytest.raises(SetupError, match="no text of its own"):

        class _NoText(Entity, translatable=("email",)):  # pyright: ignore[reportUnusedClass] - the mistake
            """Wrong."""

            __module__ = "dougong_wrong"
            email: Mapped[Email]

    with pytest.raises(SetupError, match="is no tuple"):

        class _NoTuple(Entity, translatable="name"):  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType, reportGeneralTypeIssues, reportUnusedClass] - the mistake
            """Wrong."""

            __module__ = "dougong_wrong"
            name: Mapped[str]

    with pytest.raises(SetupError, match="rename the field"):

        class _Clash(Entity, translatable=("name",)):  # pyright: ignore[reportUnusedClass] - the mistake
            """Wrong."""

            __module__ = "dougong_wrong"
            name: Mapped[str]
            name_translated: Mapped[str] = mapped_column(default="")
