"""An entity that cannot be without an answer has no mutations until somebody gives it."""

from pathlib import Path
from typing import Any

import pytest
from gardens import parts

from dougong import Refused
from dougong.builtin.import_export import import_file
from dougong.builtin.workflows.possible import verbs_about
from dougong.generation import Generation
from dougong_cellar import Jar, JarState, Shelf, empty

ABOUT_JARS = {
    *("createJar", "createJars", "updateJar", "deleteJar", "emptyJar", "emptyJars", "shake"),
    *("createSpoon", "createSpoons", "updateSpoon", "deleteSpoon"),
}


def mutations(*addons: str) -> set[str]:
    """What can be done by the API where these are installed."""
    root: Any = Generation(1, parts("garden", "cellar", *addons)).schema.mutation_type
    return set(root.fields)


def test_without_an_answer_no_mutation_is_about_it_or_its_parts() -> None:
    without, answered = mutations(), mutations("bees")

    assert ABOUT_JARS & without == set()
    assert answered >= ABOUT_JARS
    assert not [name for name in without if "Jar" in name or "Spoon" in name]
    assert {"createShelf", "dust"} <= without


def test_what_there_is_can_be_read_all_the_same() -> None:
    root: Any = Generation(1, parts("garden", "cellar")).schema.query_type
    assert {"jar", "jars", "jarStats"} <= set(root.fields)


def test_a_file_brings_none(garden: Any, tmp_path: Path) -> None:
    (tmp_path / "jars.csv").write_text("label\nPlums\n", "utf-8")

    with pytest.raises(Refused) as refused:
        import_file(garden("garden", "cellar").ctx(), Jar, tmp_path / "jars.csv")

    assert refused.value.code == "not_by_hand"


def test_nothing_is_offered_for_a_record_of_it() -> None:
    without = Generation(1, parts("garden", "cellar"))
    answered = Generation(1, parts("garden", "cellar", "bees"))

    assert verbs_about(without, Jar) == []
    assert verbs_about(without, Shelf)[0].name == "dust"
    assert [verb.name for verb in verbs_about(answered, Jar)][:2] == ["empty", "shake"]


def test_the_add_on_itself_can_still_do_it(garden: Any) -> None:
    """What is about to leave is ended by its own code."""
    ctx = garden("garden", "cellar").ctx()
    assert empty(ctx.create(Jar(label="Plums")), ctx).state is JarState.EMPTY
