"""`dougong new-addon`: what it writes is a whole add-on, right as it is."""

from __future__ import annotations

import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from dougong.builtin.new_addon.command import write_addon
from dougong.cli import main
from dougong.errors import SetupError
from dougong.testing.databases import Databases
from dougong.testing.environments import Environment
from dougong.testing.servers import Server

ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent


def run(*command: str | Path, folder: Path) -> str:
    """What a command said, on both streams; fails the test when it fails."""
    done = subprocess.run(
        command,
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("new-addon")
    words = ["new-addon", "fleet", "--entity", "Vehicle", "--folder", str(folder)]
    said = CliRunner().invoke(main, words)
    assert said.output.startswith(f"Wrote {folder / 'fleet'}."), said.output
    return folder / "fleet"


@pytest.fixture
def environment(databases: Databases, tmp_path: Path) -> Environment:
    return Environment(
        tmp_path / "venv",
        {"DOUGONG_DATABASE_URL": databases.clone("party"), "DOUGONG_HOME": str(tmp_path / "home")},
    )


@pytest.fixture
def server(environment: Environment) -> Iterator[Server]:
    served = Server((str(environment.bin / "dougong"),), environment.variables)
    yield served
    served.stop()


@pytest.mark.xdist_group("new-addon")
def test_its_wheel_passes_its_own_tests_and_the_contract(fleet: Path, tmp_path: Path) -> None:
    environment = Environment(tmp_path / "venv", {})
    source = shutil.copytree(fleet, tmp_path / "fleet")
    environment.run(f"pip wheel --quiet --wheel-dir {tmp_path} {source}")
    environment.run(f"pip install --quiet {next(tmp_path.glob('*.whl'))}")
    shutil.rmtree(source / "dougong_fleet")

    said = environment.run(f"{environment.bin / 'python'} -m pytest -q", folder=source)

    assert " passed" in said
    assert "skipped" not in said


@pytest.mark.xdist_group("new-addon")
def test_both_type_checkers_are_content(fleet: Path) -> None:
    cache = ROOT / ".cache" / "mypy"
    run(BIN / "mypy", f"--cache-dir={cache}", "dougong_fleet", folder=fleet)
    run(BIN / "pyright", "--pythonpath", sys.executable, "dougong_fleet", "tests", folder=fleet)


@pytest.mark.parametrize(
    ("name", "entity"), [("a", "B"), ("sales_of_vegetables1", "SaleOfVegetables12")]
)
def test_it_is_formatted_and_ruff_is_content_however_long_its_names_are(
    tmp_path: Path, name: str, entity: str
) -> None:
    made = write_addon(tmp_path / "addons", name, entity)
    shutil.copy(ROOT / "pyproject.toml", tmp_path / "pyproject.toml")

    for rules in ((), ("--config", str(tmp_path / "pyproject.toml"))):
        run(BIN / "ruff", "check", *rules, str(made), folder=tmp_path)
        run(BIN / "ruff", "format", "--check", *rules, str(made), folder=tmp_path)


@pytest.mark.xdist_group("new-addon")
def test_an_editable_add_on_is_installed_without_a_restart(
    fleet: Path, environment: Environment, server: Server
) -> None:
    assert server.ask("{ vehicles { totalCount } }")[0] == 400

    environment.run(f"pip install --quiet --editable {fleet}")
    environment.run("dougong install fleet")

    assert server.until("{ vehicles { totalCount } }")["data"] == {"vehicles": {"totalCount": 0}}
    made = server.ask("""mutation { createVehicle(input: {name: "Bus"}) { vehicle { state } } }""")
    assert made[1]["data"]["createVehicle"] == {"vehicle": {"state": "OPEN"}}


@pytest.mark.xdist_group("new-addon")
def test_the_template_is_in_the_wheel_of_the_core(tmp_path: Path) -> None:
    environment = Environment(tmp_path / "venv", {})
    source = shutil.copytree(ROOT / "core", tmp_path / "core")
    environment.run(f"pip wheel --quiet --wheel-dir {tmp_path} {source}")

    with zipfile.ZipFile(next(tmp_path.glob("*.whl"))) as wheel:
        found = {name for name in wheel.namelist() if "/new_addon/template/" in name}

    below = ROOT / "core"
    template = (below / "dougong" / "builtin" / "new_addon" / "template").rglob("*.txt")
    assert found == {path.relative_to(below).as_posix() for path in template}
    assert found


@pytest.mark.parametrize(
    ("name", "entity", "says"),
    [
        ("crm", "Visit", "There is an add-on crm in this Python environment already"),
        ("Field", "Visit", "cannot be called “Field”"),
        ("field__service", "Visit", "cannot be called “field__service”"),
        ("pg_field", "Visit", "cannot be called “pg_field”"),
        ("../field", "Visit", "cannot be called “../field”"),
        ("field", "User", "cannot be called “User”"),
        ("field", "Class", "cannot be called “Class”"),
        ("field", "Finish", "cannot be called “Finish”"),
        ("field", "ServiceVisitOfTheYear", "cannot be called “ServiceVisitOfTheYear”"),
    ],
)
def test_a_name_that_would_not_work_is_refused_and_nothing_is_written(
    tmp_path: Path, name: str, entity: str, says: str
) -> None:
    with pytest.raises(SetupError, match=f"{says}.* Fix: "):
        write_addon(tmp_path, name, entity)

    assert list(tmp_path.iterdir()) == []


def test_what_is_there_already_is_not_overwritten(tmp_path: Path) -> None:
    (tmp_path / "field").mkdir()

    with pytest.raises(SetupError, match="is there already"):
        write_addon(tmp_path, "field", "Visit")

    assert list((tmp_path / "field").iterdir()) == []
