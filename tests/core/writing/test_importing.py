"""Records from CSV files: all rows or none, and sentences that name the line."""

import hashlib
import re
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from gardens import Committed
from sqlalchemy import select, text

from dougong import Forbidden, Money, Refused, SetupError
from dougong.builtin.import_export import import_file
from dougong.builtin.import_export.run import was_imported
from dougong.cli import main
from dougong.entity.base import Entity
from dougong.workflow.event_log import event
from dougong_bees import Hive
from dougong_garden import Bed, BedState, Crop, Plant, journal, plugged


class Desk:
    """Where files are written and brought in, in a transaction that is undone."""

    def __init__(self, world: Any, folder: Path) -> None:
        self.world = world
        self.folder = folder
        self.ctx = world.ctx(world.person("dougong.administrator", "garden.head", name="Ada"))

    def file(self, content: str | bytes, name: str = "beds.csv") -> Path:
        path = self.folder / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def bring(
        self,
        content: str | bytes,
        mapping: str | None = None,
        entity: type[Entity] = Bed,
        **how: Any,
    ) -> Any:
        """Import a file; the mapping is TOML."""
        columns = None if mapping is None else self.file(mapping, "beds.toml")
        return import_file(self.ctx, entity, self.file(content), mapping=columns, **how)

    def refusal(self, content: str | bytes, mapping: str | None = None, **how: Any) -> str:
        """The sentence with which an import is refused."""
        with pytest.raises((Refused, SetupError)) as refused:
            self.bring(content, mapping, **how)
        problem = refused.value
        if isinstance(problem, SetupError):
            assert " Fix: " in str(problem)
            return str(problem)
        assert isinstance(problem, Refused)
        said: str = self.world.generation.sentence(problem)
        assert said != str(problem), "the refusal has no sentence"
        return said

    def stored(self) -> list[str]:
        return [bed.name for bed in self.ctx.find(Bed)]

    def events(self) -> list[tuple[str, Any]]:
        rows = self.ctx.session.execute(select(event.c.verb, event.c.form).order_by(event.c.id))
        return [tuple(row) for row in rows]


@pytest.fixture
def desk(garden: Any, tmp_path: Path) -> Desk:
    return Desk(garden("garden", "bees"), tmp_path)


# What comes in --------------------------------------------------------------------------------


def test_columns_that_are_named_like_fields_are_taken(desk: Desk) -> None:
    done = desk.bring("name,crop,length,other\nNorth,LEEK,2.50,x\nSouth,,,\n")

    found = [(bed.name, bed.crop, bed.length) for bed in desk.ctx.find(Bed)]
    assert found == [("North", Crop.LEEK, Decimal("2.5")), ("South", Crop.CARROT, Decimal(1))]
    assert (done.entity, done.rows, done.skipped) == ("Bed", 2, 0)


def test_a_mapping_says_where_values_come_from(desk: Desk) -> None:
    desk.file("id,first,last\n1,Ada,Lovelace\n2,Žofie,Nováková\n", "people.csv")
    mapping = """
        [skip]
        kind = "path"
        [columns]
        name = { column = "who", lookup = { file = "people.csv", key = "id", value = "{first} {last}" } }
        code = "nr"
        crop = { when = "sold", then = "LEEK", otherwise = "CARROT" }
        rent = { column = "rent", currency = "EUR" }
        rows = { value = "3" }
        neighbour = { column = "next", by = "code" }
    """
    desk.ctx.create(Bed(name="Old", code="OLD"))

    done = desk.bring(
        "nr,who,sold,rent,next,kind\nA,1,2020-01-01,12.50,OLD,bed\nB,2,,,,bed\nC,1,,,,path\n",
        mapping,
    )

    new = desk.ctx.find(Bed, Bed.name != "Old")
    assert [
        (b.name, b.code, b.crop, b.rent, b.rows, b.neighbour and b.neighbour.code) for b in new
    ] == [
        ("Ada Lovelace", "A", Crop.LEEK, Money(Decimal("12.5"), "EUR"), 3, "OLD"),
        ("Žofie Nováková", "B", Crop.CARROT, None, 3, None),
    ]
    assert (done.rows, done.skipped) == (2, 1)


@pytest.mark.parametrize(
    "content",
    [
        "\ufeffname,code\r\nSüd “斗拱”,\"a,b\"\r\n",
        'name,code\n"Süd “斗拱”","a,b"',
        'code,name\n"a,b",Süd “斗拱”\n\n\n',
        'name,code\n\n  Süd “斗拱”  ," a,b "\n',
    ],
    ids=["BOM and CRLF", "quotes, no last newline", "blank lines at the end", "blanks around"],
)  # fmt: skip
def test_files_are_read_as_spreadsheets_write_them(desk: Desk, content: str) -> None:
    desk.bring(content)

    assert [(bed.name, bed.code) for bed in desk.ctx.find(Bed)] == [("Süd “斗拱”", "a,b")]


def test_quoted_text_keeps_its_quotes_and_lines(desk: Desk) -> None:
    desk.bring('name\n"say ""hi""\nthere"\n')

    assert desk.stored() == ['say "hi"\nthere']


def test_a_row_that_is_too_short_has_empty_fields_at_its_end(desk: Desk) -> None:
    desk.bring("name,code\nNorth\n")

    assert [(bed.name, bed.code) for bed in desk.ctx.find(Bed)] == [("North", None)]


def test_every_row_goes_through_the_create_verb_with_all_reactions(desk: Desk) -> None:
    plugged["bees before create"] = lambda bed, _ctx: setattr(bed, "code", f"from {bed.name}")

    desk.bring("name\nNorth\nSouth\n")

    assert [bed.code for bed in desk.ctx.find(Bed)] == ["from North", "from South"]
    assert journal == ["bees before create"] * 2 + ["bees after create"] * 2


def test_a_step_can_be_run_on_each_new_record(desk: Desk) -> None:
    desk.bring("name\nNorth\nSouth\n", then="sow")

    assert [bed.state for bed in desk.ctx.find(Bed)] == [BedState.SOWN] * 2


def test_the_run_is_written_down_with_the_hash_of_the_file(desk: Desk) -> None:
    content = "name\nNorth\n"

    done = desk.bring(content)

    assert done.sha256 == hashlib.sha256(content.encode()).hexdigest()
    assert desk.events() == [
        ("garden.bed.create", None),
        (
            "dougong.import",
            {"file": "beds.csv", "rows": 1, "entity": "garden.bed", "sha256": done.sha256, "history": False},
        ),
    ]  # fmt: skip
    assert was_imported(desk.ctx, Bed, desk.folder / "beds.csv")
    assert not was_imported(desk.ctx, Plant, desk.folder / "beds.csv")


def test_progress_is_told_up_to_the_end(desk: Desk) -> None:
    told: list[int] = []

    desk.bring("name\nNorth\nSouth\n", progress=told.append)

    assert told == [2]


# What is refused ------------------------------------------------------------------------------

BY_NAME = '[columns]\nname = "name"\n'
REFUSED = {
    "no file": (None, None, "cannot be read: No such file"),
    "nothing in it": ("", None, "names no columns"),
    "blank header": (",,\n1,2,3\n", None, "names no columns"),
    "not UTF-8": ("name\nS\xfcd\n".encode("latin-1"), None, "no encoding that is recognised"),
    "open quote": ('name\n"North\n', None, "not a CSV file"),
    "too many columns": ("name\nNorth\nSouth,x\n", None, "line 3: this row has more columns"),
    "a column twice": ("name,name\na,b\n", None, "says “name” twice"),
    "nothing fits": ("nmae\nNorth\n", None, "says nothing of name"),
    "a bad mapping": ("name\nN\n", "[columns", "beds.toml cannot be read"),
    "a mapping of nothing": ("name\nN\n", "columns = 3", "beds.toml cannot be read"),
    "an unknown field": ("name\nN\n", BY_NAME + 'nmae = "name"', "no field of Bed. Fix: did you mean name\\? use one of code,"),
    "an unknown column": ("name\nN\n", '[columns]\nname = "nmae"', "column “nmae”, which the file does not have"),
    "an unknown column that decides": ("name\nN\n", BY_NAME + 'crop = {when = "x", then = "LEEK"}', "“x”"),
    "an unknown column that is skipped": ("name\nN\n", BY_NAME + '[skip]\nx = "1"', "“x”"),
    "an unknown word": ("name\nN\n", BY_NAME + 'code = {colum = "name"}', "not understood"),
    "a number for a column": ("name\nN\n", BY_NAME + "code = {column = 3}", "not understood"),
    "no source": ("name\nN\n", BY_NAME + 'neighbour = {by = "code"}', "not understood"),
    "a missing lookup": (
        "name\nN\n",
        BY_NAME + 'code = {column = "name", lookup = {file = "x.csv", key = "a", value = "b"}}',
        "x.csv",
    ),
    "a lookup without file": ("name\nN\n", BY_NAME + 'code = {column = "name", lookup = {key = "a"}}', "beds.toml"),
    "a key that is no field": ("name\nN\n", BY_NAME + 'neighbour = {column = "name", by = "nmae"}', "no field of Bed"),
    "money without currency": ("name,rent\nN,1\n", None, "in which currency rent is"),
    "a state": ("name,state\nN,SOWN\n", None, "which only steps write. Fix: .*--then.*--history"),
    "a state in the mapping": ("name\nN\n", BY_NAME + 'state = {value = "SOWN"}', "only steps write"),
    "what steps fill in": ("name,remark\nN,x\n", None, "which nobody writes"),
    "a generated column": ("name,area\nN,1\n", None, "“area”, which nobody writes"),
    "a sum": ("name,weight\nN,1\n", None, "“weight”, which nobody writes"),
    "a version": ("name,version\nN,1\n", None, "“version”, which nobody writes"),
    "an unknown step": ("name\nN\n", None, "no step “jump”; it has sow, inspect, clear"),
    "two bad rows": (
        "name,length,crop\nN,x,LEEK\nO,1,WEED\n",
        None,
        "2 problem.s. in beds.csv\nline 2: length: “x” is not an exact number.*\nline 3: crop: “WEED” is none of",
    ),
    "the line of a row after a blank one": ("name,length\n\n\nN,x\n", None, "\nline 4: length"),
    "the line of a row after a long one": ('name,length\n"a\nb",1\nN,x\n', None, "\nline 4: length"),
    "an empty name": ("name,code\n,a\n", None, "line 2: name: is empty"),
    "a number that is none": ("name,rows\nN,1_000\n", None, "line 2: rows: “1_000” is not a whole number"),
    "a number that is too large": ("name,rows\nN,3000000000\n", None, "line 2: rows: .*32-bit"),
    "a number that does not fit": ("name,length\nN,123456\n", None, "line 2: length: The number is too large"),
    "a character that cannot be kept": ("name\nN\x00\n", None, "line 2: name: .*NUL"),
    "a key that is not found": ("name,neighbour\nN,X\n", None, "line 2: neighbour: there is no Bed with code “X”"),
    "a key of nothing": ("name,neighbour\nN,None\n", None, "there is no Bed with code “None”"),
    "a key that is taken": ("name,code\nN,a\nO,a\n", None, "line 3: code: Another Bed already has this code"),
}  # fmt: skip


@pytest.mark.parametrize("history", [False, True], ids=["new", "history"])
@pytest.mark.parametrize(("content", "mapping", "words"), REFUSED.values(), ids=REFUSED.keys())
def test_a_bad_file_is_refused_with_a_sentence(
    desk: Desk, content: str | None, mapping: str | None, words: str, history: bool
) -> None:

    how: dict[str, Any] = {"history": history}
    if "step “" in words:
        how["then"] = "jump"
    if content is None:
        with pytest.raises(Refused) as refused:
            import_file(desk.ctx, Bed, desk.folder / "none.csv", history=history)
        said = desk.world.generation.sentence(refused.value)
    elif history and ("only steps" in words or words == "which nobody writes"):
        desk.bring(content, mapping, history=True)  # what steps have written is history's to say
        assert desk.stored() == ["N"]
        return
    else:
        said = desk.refusal(content, mapping, **how)

    assert re.search(words, said), said


def test_a_key_that_several_records_have_is_refused(desk: Desk) -> None:
    for _ in range(2):
        desk.ctx.create(Bed(name="Twin"))

    with pytest.raises(Refused) as refused:
        desk.bring(
            "name,to\nN,Twin\n",
            '[columns]\nname = "name"\nneighbour = {column = "to", by = "name"}',
        )

    assert "there are several Bed with name “Twin”" in desk.world.generation.sentence(refused.value)


def test_a_key_of_a_hidden_record_is_not_found(garden: Any, tmp_path: Path) -> None:
    world = garden("garden", "bees")
    world.ctx().create(Bed(name="Hidden", code="H"))
    desk = Desk(world, tmp_path)
    desk.ctx = world.ctx(world.person("garden.gardener"))

    with pytest.raises(Refused) as refused:
        desk.bring("name,neighbour\nN,H\n")

    assert "there is no Bed with code “H”" in world.generation.sentence(refused.value)


def test_a_row_that_the_person_may_not_create_is_refused(garden: Any, tmp_path: Path) -> None:
    desk = Desk(garden("garden", "bees"), tmp_path)
    desk.ctx = desk.world.ctx(desk.world.person("garden.namer"))

    with pytest.raises(Refused) as refused:
        desk.bring("name\nA good one\nBad one\n")

    assert "line 3: You may not create this Bed" in desk.world.generation.sentence(refused.value)


def test_a_refusal_of_a_reaction_names_the_line(desk: Desk) -> None:
    def refuse_south(bed: Bed, _ctx: Any) -> None:
        if bed.name == "South":
            raise Refused("too_wet")

    plugged["bees after create"] = refuse_south

    with pytest.raises(Refused) as refused:
        desk.bring("name\nNorth\nSouth\n")

    assert desk.world.generation.sentence(refused.value) == (
        "Nothing was imported: 1 problem(s) in beds.csv\nline 3: The bees do not fly in the rain."
    )


@pytest.mark.parametrize("history", [False, True], ids=["new", "history"])
def test_of_a_file_with_a_bad_row_nothing_is_left(
    committed: Callable[..., Committed], tmp_path: Path, history: bool
) -> None:
    garden = committed("garden", "bees")
    file = tmp_path / "beds.csv"
    file.write_text("name,code\n" + "".join(f"Bed {n},{n}\n" for n in range(30)) + "Last,7\n")

    with pytest.raises(Refused, match="line 32"):
        garden.do(lambda ctx: import_file(ctx, Bed, file, history=history))

    with garden.engine.connect() as connection:
        counts = "select (select count(*) from garden.bed), (select count(*) from bees.hive), (select count(*) from dougong.event)"
        assert tuple(connection.execute(text(counts)).one()) == (0, 0, 0)


# History --------------------------------------------------------------------------------------


def test_history_needs_a_permission_of_its_own(garden: Any, tmp_path: Path) -> None:
    desk = Desk(garden("garden", "bees"), tmp_path)
    desk.ctx = desk.world.ctx(desk.world.person("garden.head"))

    with pytest.raises(Forbidden, match=r"dougong\.import_history"):
        desk.bring("name\nNorth\n", history=True)


def test_history_brings_states_in_and_wakes_nobody(desk: Desk) -> None:
    done = desk.bring("name,state,remark\nNorth,FALLOW,frost\nSouth,,\n", history=True)

    beds = desk.ctx.find(Bed)
    assert [(bed.name, bed.state, bed.remark) for bed in beds] == [
        ("North", BedState.FALLOW, "frost"),
        ("South", BedState.EMPTY, None),
    ]
    assert journal == []
    assert [(verb, form and form["history"]) for verb, form in desk.events()] == [
        ("dougong.imported", None),
        ("dougong.imported", None),
        ("dougong.import", True),
    ]
    records = desk.ctx.session.execute(
        select(event.c.entity, event.c.record_id, event.c.actor).where(
            event.c.verb == "dougong.imported"
        )
    ).all()
    assert [tuple(one) for one in records] == [("garden.bed", bed.id, "Ada") for bed in beds]
    assert done.rows == 2
    assert {bed.created_by and bed.created_by.name for bed in beds} == {"Ada"}


def test_history_loses_no_value_where_an_earlier_row_has_none(desk: Desk) -> None:
    """Rows were once inserted with the columns of the first."""
    desk.bring("name,length,crop\nNorth,,\nSouth,2.5,LEEK\nEast,,LEEK\nWest,3,\n", history=True)

    found = [(bed.name, bed.length, bed.crop) for bed in desk.ctx.find(Bed)]
    assert found == [
        ("North", 1, Crop.CARROT),
        ("South", Decimal("2.5"), Crop.LEEK),
        ("East", 1, Crop.LEEK),
        ("West", 3, Crop.CARROT),
    ]


def test_history_brings_in_money_where_there_is_some(desk: Desk) -> None:
    mapping = '[columns]\nname = "name"\nrent = { column = "rent", currency = "EUR" }'

    desk.bring("name,rent\nNorth,\nSouth,2.5\n", mapping, history=True)

    assert [bed.rent for bed in desk.ctx.find(Bed)] == [None, Money(Decimal("2.5"), "EUR")]


def test_history_keeps_when_a_record_was_made(desk: Desk) -> None:
    desk.bring("name,created_at\nNorth,2020-01-31T08:00:00Z\n", history=True)

    assert desk.ctx.find(Bed)[0].created_at.isoformat() == "2020-01-31T08:00:00+00:00"


def test_history_gives_every_record_its_extension_row(desk: Desk) -> None:
    desk.bring("name\nNorth\nSouth\n", history=True)

    assert [Hive.of(bed).honey for bed in desk.ctx.find(Bed)] == [0, 0]


def test_history_comes_in_batches_and_in_the_order_of_the_file(desk: Desk) -> None:
    told: list[int] = []
    content = "name\n" + "".join(f"Bed {n}\n" for n in range(2100))

    desk.bring(content, history=True, progress=told.append)

    assert desk.stored() == [f"Bed {n}" for n in range(2100)]
    assert told == [1000, 2000, 2100]


def test_a_file_of_a_header_alone_is_no_problem(desk: Desk) -> None:
    assert [desk.bring("name\n", history=history).rows for history in (False, True)] == [0, 0]


def test_children_come_in_under_their_parents(desk: Desk) -> None:
    desk.ctx.create(Bed(name="North", code="N"))

    desk.bring("bed,name,weight\nN,a,1.5\nN,b,2\n", entity=Plant)
    desk.bring("bed,name,weight\nN,c,1\n", entity=Plant, history=True)

    [bed] = desk.ctx.find(Bed)
    desk.ctx.session.expire_all()
    assert ([plant.name for plant in bed.plants], bed.weight) == (["a", "b", "c"], Decimal("4.5"))


# The command ----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def crm_url(databases: Any) -> str:
    url: str = databases.clone("crm")
    done = CliRunner().invoke(
        main,
        ["user", "add", "ann@test.example", "--role", "dougong.administrator", "--database", url],
        env={"DOUGONG_PASSWORD": "correct horse"},
    )
    assert done.exit_code == 0, done.output
    return url


def run(url: str, *arguments: str) -> tuple[int, str]:
    done = CliRunner().invoke(main, [*arguments, "--database", url])
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done.exit_code, done.output


def test_the_command_imports_and_says_how_many(crm_url: str, tmp_path: Path) -> None:
    file = tmp_path / "parties.csv"
    file.write_text("name,code\nNorth,N\nSouth,S\n")

    code, said = run(crm_url, "import", "Party", str(file), "--as", "ann@test.example")

    assert (code, said.splitlines()[-1]) == (0, "Imported 2 Party records.")


@pytest.mark.parametrize(
    ("arguments", "content", "words"),
    [
        (["Partei"], "name\nx\n", "There is no entity Partei."),
        (["Party", "--as", "bob@test.example"], "name\nx\n", "There is no active user bob@test.example."),
        (["Party", "--history", "--then", "sow"], "name\nx\n", "--then runs a step, and --history runs none."),
        (["Lead", "--then", "jump"], "name\nx\n", "Lead has no step “jump”; it has qualify"),
        (["Lead"], "name,stage\nx,WON\n", "“stage”, which only steps write."),
        (["Lead"], "name,email\nx,nobody\ny,y\n", "line 3: email: “y” is not an e-mail address"),
        (["Lead", "--then", "qualify"], "name\nx\n", "line 2:"),
        (["Party", "--columns", "none.toml"], "name\nx\n", "The mapping none.toml cannot be read"),
    ],
)  # fmt: skip
def test_the_command_says_what_is_wrong_in_a_sentence(
    crm_url: str, tmp_path: Path, arguments: list[str], content: str, words: str
) -> None:
    file = tmp_path / "file.csv"
    file.write_text(content)
    who = [] if "--as" in arguments else ["--as", "ann@test.example"]

    code, said = run(crm_url, "import", arguments[0], str(file), *arguments[1:], *who)

    assert code == 1
    assert words in said
    assert " Fix: " in said
    assert "Traceback" not in said
