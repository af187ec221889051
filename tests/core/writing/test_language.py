"""Language: in which one somebody is answered, what is said in it, and the catalogues behind it."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po
from click.testing import CliRunner
from gardens import LiveGarden, parts
from hypothesis import given
from hypothesis import strategies as st

from dougong import Money, Refused, SetupError
from dougong.addons.collect import contents_of
from dougong.addons.discovery import core_part
from dougong.builtin.language import catalogue, command
from dougong.builtin.language.catalogue import faults, renewed, translations
from dougong.builtin.language.languages import LANGUAGES, LONGEST, accepted
from dougong.builtin.language.texts import label, texts_of
from dougong.builtin.language.wording import filled, formatted, wording
from dougong.cli import main
from dougong.generation import Generation
from dougong.testing.worlds import Person

CHINESE = "zh-CN,zh;q=0.9,en;q=0.8"
CREATE = 'mutation { createBed(input: {name: "North"}) { bed { id } } }'
CLEAR = """mutation ($id: ID!) { clearBed(id: $id, version: 1, remark: "x") {
    userErrors { code message params } } }"""
OFFERED = """query ($id: ID!) { bed(id: $id) { actions(names: ["clearBed", "updateBed"]) {
    name label description form { name label description } reasons { code message } } } }"""
KNOWN = """query ($language: String) { entityTypes(names: ["Bed"], language: $language) {
    name label description addon fields { name label description kind values { name label } } } }"""
CHOOSE = """mutation ($language: String) { setLanguage(language: $language) {
    user { id language updatedBy { id } } userErrors { path code message } } }"""
ASKED = "{ languages { tag name yours } }"


class Reader:
    """Somebody who asks with a header, in a garden."""

    def __init__(self, live: LiveGarden) -> None:
        self.live = live
        self.who: Person = live.person("garden.head")
        self.bed = self.ask(CREATE, "")["createBed"]["bed"]["id"]

    def ask(self, document: str, header: str = CHINESE, **variables: Any) -> Any:
        """The data of the answer."""
        headers = {"authorization": f"Bearer {self.who.token}", "accept-language": header}
        body = {"query": document, "variables": variables}
        answer = self.live.client.post("/graphql", json=body, headers=headers).json()
        assert "errors" not in answer, answer
        return answer["data"]

    def yours(self, header: str = CHINESE) -> list[str]:
        """The languages in which they are answered."""
        return [one["tag"] for one in self.ask(ASKED, header)["languages"] if one["yours"]]


@pytest.fixture
def reader(live_garden: Callable[..., LiveGarden]) -> Reader:
    return Reader(live_garden("garden"))


def test_the_core_says_everything_in_every_language() -> None:
    contents = contents_of(core_part())

    assert len(list(texts_of(contents))) > 500
    assert faults(contents, "zh-CN") == [], "run `dougong translate dougong`"


def test_a_refusal_speaks_the_language_of_the_header(reader: Reader) -> None:
    def said(header: str) -> Any:
        return reader.ask(CLEAR, header, id=reader.bed)["clearBed"]["userErrors"][0]

    english, chinese = said("de, en;q=0.5"), said(CHINESE)

    assert english["message"] == (
        "“clear” is not possible: this Bed is EMPTY, and the step starts from SOWN, CHECKED."
    )
    assert chinese["message"] == (
        "无法执行“清空”：此苗床的状态为“空闲”，而该步骤只能从“已播种、已检查”状态开始。"
    )
    assert (
        english["params"]
        == chinese["params"]
        == {
            "step": "clear",
            "entity": "Bed",
            "state": "EMPTY",
            "starts_from": "SOWN, CHECKED",
        }
    )
    assert english["code"] == chinese["code"] == "wrong_state"


def test_what_can_be_done_is_called_as_people_call_it(reader: Reader) -> None:
    clear, update = reader.ask(OFFERED, id=reader.bed)["bed"]["actions"]

    assert (clear["label"], clear["description"]) == ("清空", "清空苗床。")
    assert clear["form"] == [{"name": "remark", "label": "说明", "description": None}]
    assert clear["reasons"][0]["message"].startswith("无法执行“清空”")
    assert (update["label"], update["description"]) == ("修改", "修改该记录的字段。")
    english = reader.ask(OFFERED, "en", id=reader.bed)["bed"]["actions"]
    assert [one["label"] for one in english] == ["Clear", "Update"]
    assert english[0]["description"] == "Take everything out."


def test_kinds_of_records_are_called_as_people_call_them(reader: Reader) -> None:
    def known(header: str, **asked: Any) -> Any:
        return reader.ask(KNOWN, header, **asked)["entityTypes"][0]

    bed = known(CHINESE)
    fields = {one["name"]: one for one in bed["fields"]}

    assert (bed["label"], bed["description"], bed["addon"]) == ("苗床", "园中的苗床。", "garden")
    assert (fields["crop"]["label"], fields["crop"]["kind"]) == ("作物", "Enum")
    assert fields["createdAt"]["label"] == "创建时间"
    assert fields["crop"]["values"][1] == {"name": "LEEK", "label": "韭葱"}
    assert known("en", language="zh-CN") == bed
    assert known(CHINESE, language="en")["label"] == "Bed"


def test_what_is_not_translated_is_said_in_english(reader: Reader) -> None:
    fields = reader.ask(KNOWN)["entityTypes"][0]["fields"]
    labels = {one["name"]: one["label"] for one in fields}

    assert labels["rent"] == "Rent"
    assert labels["rows"] == "Rows", "a fuzzy translation is somebody's guess"


def test_nobody_is_told_of_kinds_of_records_that_they_may_not_read(reader: Reader) -> None:
    reader.who = reader.live.person()

    assert reader.ask(KNOWN) == {"entityTypes": []}


def test_what_somebody_has_chosen_wins_over_the_header_from_the_next_request(
    reader: Reader,
) -> None:
    assert reader.yours() == ["zh-CN"]
    assert reader.yours("en-GB") == reader.yours("") == reader.yours("tlh") == ["en"]

    chosen = reader.ask(CHOOSE, "", language="zh_hans")["setLanguage"]

    me = f"User:{reader.who.principal.user_id}"
    assert chosen["user"] == {"id": me, "language": "zh-CN", "updatedBy": {"id": me}}
    assert reader.yours("en-GB") == ["zh-CN"]
    assert reader.ask(CHOOSE, "en", language="en")["setLanguage"]["user"]["language"] == "en"
    assert reader.yours() == ["en"]
    assert reader.ask(CHOOSE, "en")["setLanguage"]["user"]["language"] is None
    assert reader.yours() == ["zh-CN"]


def test_the_choice_is_of_one_person(reader: Reader) -> None:
    reader.ask(CHOOSE, "", language="zh-CN")

    reader.who = reader.live.person("garden.head")

    assert reader.yours("") == ["en"]


def test_a_language_that_is_not_spoken_is_refused(reader: Reader) -> None:
    refused = reader.ask(CHOOSE, language="tlh" * 20)["setLanguage"]

    assert refused["user"] is None
    assert refused["userErrors"] == [
        {
            "path": ["language"],
            "code": "no_language",
            "message": f"这里没有语言 {('tlh' * 20)[:40]}：请从 en, zh-CN 中选择。",
        }
    ]


def test_whoever_has_not_signed_in_is_refused_in_their_language(reader: Reader) -> None:
    headers = {"accept-language": CHINESE, "sec-fetch-site": "same-origin"}
    wrong = {"email": "nobody@test.example", "password": "no such password"}
    document = """mutation ($email: String!, $password: String!) {
        signIn(email: $email, password: $password) { userErrors { message } } }"""

    answer = reader.live.client.post(
        "/graphql", json={"query": document, "variables": wrong}, headers=headers
    )

    (said,) = answer.json()["data"]["signIn"]["userErrors"]
    assert said["message"].startswith("邮箱地址、密码或验证码有误")


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("zh-CN", "zh-CN"),
        ("zh", "zh-CN"),
        ("zh-Hant-TW", "zh-CN"),
        ("en-GB,zh;q=0.9", "en"),
        ("fr, zh;q=0.5, en;q=0.4", "zh-CN"),
        ("fr, en;q=0.4, zh;q=0.5", "zh-CN"),
        ("EN-us", "en"),
        ("*", "en"),
        ("fr, *;q=0.1", "en"),
        ("zh;q=0, en;q=0.1", "en"),
        ("zh;q=0", None),
        ("fr", None),
        ("", None),
        (";;;,,q=1", None),
        ("zh;q=2, en", "en"),
        ("zh ; q=0.7", "zh-CN"),
        ("x" * 10_000 + ",zh", None),
        ("fr," * 3_000 + "zh", None),
        ("zh," + "en," * 3_000, "zh-CN"),
    ],
)
def test_a_header_says_which_language_suits_best(header: str, language: str | None) -> None:
    assert accepted(header) == language


TAGS = st.sampled_from(["zh", "zh-CN", "en", "en-GB", "fr", "*", "i-klingon", "zh-"])
WEIGHTS = st.sampled_from(["", ";q=1", ";q=0", ";q=0.5", " ; q=0.001", ";q=", ";q=1.0001", ";x"])
HEADERS = st.one_of(
    st.text(), st.lists(st.tuples(TAGS, WEIGHTS).map("".join), max_size=80).map(", ".join)
)


@given(HEADERS)
def test_no_header_breaks_anything(header: str) -> None:
    found = accepted(header)

    assert found is None or found in LANGUAGES
    assert found == accepted(header[:LONGEST]), "what stands far behind is not read"


@pytest.mark.parametrize(
    ("value", "english", "chinese"),
    [
        (Decimal("1234.50"), "1,234.50", "1,234.50"),
        (Decimal("1E+3"), "1,000", "1,000"),
        (Money(Decimal("1234.5"), "EUR"), "€1,234.50", "€1,234.50"),
        (Money(Decimal("1234.5"), "CNY"), "CN¥1,234.50", "¥1,234.50"),
        (date(2026, 11, 22), "Nov 22, 2026", "2026年11月22日"),
        (datetime(2026, 11, 22, 9, 5, tzinfo=UTC), None, "2026年11月22日 09:05:00 UTC"),
        (("a", Decimal(1000)), "a, 1,000", "a、1,000"),
    ],
)
def test_numbers_amounts_and_days_are_written_as_people_write_them(
    value: Any, english: str | None, chinese: str
) -> None:
    assert filled("({it})", {"it": value}, "zh-CN") == f"({chinese})"
    if english is not None:
        assert formatted(value, "en") == english


def test_a_sentence_that_cannot_be_filled_in_is_said_as_it_is() -> None:
    assert filled("{there} {is", {"there": 1}) == "{there} {is"
    assert filled("{not_given}", {}, "zh-CN") == "{not_given}"


def test_an_add_on_that_refuses_speaks_for_itself() -> None:
    generation = Generation(1, parts("garden"))

    said = wording(generation, "zh-CN").sentence(Refused("no_remark", locale="garden"))
    unknown = wording(generation, "zh-CN").sentence(Refused("no_such_code", n=1))

    assert said == "请说明苗床的情况。"
    assert unknown == "no_such_code(n=1)"
    needs = Refused("needs_grant", operation="read", entity="garden.bed")
    assert wording(generation, "zh-CN").sentence(needs).startswith("您没有对苗床执行“查看”的权限。")


@pytest.mark.parametrize(
    ("name", "said"),
    [("ordered_on", "Ordered on"), ("SalesOrder", "Sales order"), ("IN_REVIEW", "In review")],
)
def test_labels_are_the_names_in_words(name: str, said: str) -> None:
    assert label(name) == said


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The garden's catalogue, somewhere where it can be written."""
    made = tmp_path / "garden" / "locale" / "zh_CN.po"
    for module in (catalogue, command):
        monkeypatch.setattr(module, "file_of", lambda _part, _language: made)
    return made


@pytest.fixture
def garden() -> Any:
    return contents_of(parts("garden")[1])


def said_in(content: bytes, file: Path) -> dict[str, Any]:
    """The messages of a catalogue, by context; it is written to the file."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)
    with file.open("rb") as opened:
        return {str(one.context): one for one in read_po(opened) if one.id}


def test_a_catalogue_is_brought_up_to_date(file: Path, garden: Any) -> None:
    old = Catalog(locale="zh_CN")
    old.add("Bed", "苗床", context="entity Bed")
    old.add("Name of before", "名称", context="field Bed.name")
    old.add("Gone", "没了", context="field Bed.gone")
    said_in(catalogue._written(old), file)

    now = said_in(renewed(garden, "zh-CN"), file)

    assert now.keys() == {text.context for text in texts_of(garden)}
    assert (now["entity Bed"].string, now["entity Bed"].fuzzy) == ("苗床", False)
    assert (now["field Bed.name"].string, now["field Bed.name"].fuzzy) == ("名称", True)
    assert now["field Bed.name"].id == "Name"
    assert now["field Bed.crop"].string == ""
    again = renewed(garden, "zh-CN")
    assert said_in(again, file)["field Bed.name"].fuzzy, "until somebody has looked at it"
    assert renewed(garden, "zh-CN") == again


def test_only_what_somebody_stands_for_is_used(file: Path, garden: Any) -> None:
    made = Catalog(locale="zh_CN")
    made.add("Bed", "苗床", context="entity Bed")
    made.add("Name", "名称", context="field Bed.name", flags=["fuzzy"])
    made.add("Crop", "", context="field Bed.crop")
    said_in(catalogue._written(made), file)

    assert translations(garden.part, "zh-CN") == {("entity Bed", "Bed"): "苗床"}


def test_what_is_missing_changed_gone_or_filled_in_otherwise_is_a_fault(
    file: Path, garden: Any
) -> None:
    whole = Catalog(locale="zh_CN")
    for text in texts_of(garden):
        whole.add(text.english, "好", context=text.context)
    said_in(catalogue._written(whole), file)
    assert faults(garden, "zh-CN") == []

    wrong = {"entity Bed": "", "refusal no_remark": "{what}发生了什么"}
    made = Catalog(locale="zh_CN")
    for text in texts_of(garden):
        changed = "Before" if text.context == "field Bed.name" else text.english
        flags = ["fuzzy"] if text.context == "field Bed.crop" else []
        made.add(changed, wrong.get(text.context, "好"), context=text.context, flags=flags)
    made.add("Gone", "没了", context="field Bed.gone")
    said_in(catalogue._written(made), file)

    assert sorted(faults(garden, "zh-CN")) == [
        "entity Bed: “Bed” is not translated",
        "field Bed.crop: was translated when it said something else",
        "field Bed.gone: is said no more",
        "field Bed.name: was translated when it said something else",
        "refusal no_remark: does not fill in what the English does",
    ]


BROKEN = {
    "no end": b'msgctxt "entity Bed"\nmsgid "Bed"\n',
    "no utf-8": b'msgctxt "entity Bed"\nmsgid "Bed"\nmsgstr "\xff\xfe"\n',
    "no po": b"{}",
    "braces": b'msgctxt "refusal no_remark"\nmsgid "Say what happened to the bed."\nmsgstr "{"\n',
}


@pytest.mark.parametrize("kind", ["no end", "no utf-8", "no po"])
def test_a_catalogue_that_is_none_is_refused(file: Path, garden: Any, kind: str) -> None:
    file.parent.mkdir(parents=True)
    file.write_bytes(BROKEN[kind])

    for reading in (lambda: translations(garden.part, "zh-CN"), lambda: renewed(garden, "zh-CN")):
        with pytest.raises(SetupError, match=r"zh_CN\.po of garden cannot be read.* Fix: "):
            reading()


def test_a_sentence_with_a_lone_brace_is_a_fault(file: Path, garden: Any) -> None:
    file.parent.mkdir(parents=True)
    file.write_bytes(BROKEN["braces"])

    assert "refusal no_remark: cannot be filled in: write {{ and }} for braces" in str(
        faults(garden, "zh-CN")
    )


@pytest.fixture
def translate(file: Path, garden: Any, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """`dougong translate garden`, which is in no environment."""
    monkeypatch.setattr(command, "_contents", lambda _addon: [garden])
    return lambda *words: CliRunner().invoke(main, ["translate", "garden", *words])


def test_the_command_checks_and_changes_nothing(file: Path, translate: Callable[..., Any]) -> None:
    checked = translate("--check")

    assert checked.exit_code == 1
    assert "garden: entity Bed: “Bed” is not translated" in checked.output.splitlines()
    assert "to translate into zh-CN." in checked.output
    assert not file.exists()


def test_the_command_writes_what_is_to_be_translated(
    file: Path, garden: Any, translate: Callable[..., Any]
) -> None:
    file.parent.parent.mkdir()

    written = translate()

    assert written.exit_code == 0
    assert written.output.splitlines()[-1] == (
        f"garden: {len(list(texts_of(garden)))} to translate into zh-CN."
    )
    full = file.read_text("utf-8").replace('msgstr ""', 'msgstr "好"').replace("好", "", 1)
    file.write_text(full, "utf-8")
    done = translate("--check")
    assert (done.exit_code, done.output) == (0, "garden: nothing to translate into zh-CN.\n")
    assert translate().exit_code == 0
    assert file.read_text("utf-8") == full
