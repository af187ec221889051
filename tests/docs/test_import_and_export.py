"""The how-to about importing and exporting, run as its readers would."""

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

from tests.core.files.senders import DOUGONG, Archive

from dougong.builtin.import_export.mapping import Source
from dougong.testing.databases import Databases
from dougong.testing.servers import Server

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "how-to" / "import-and-export.md").read_text("utf-8")


def blocks(kind: str) -> list[str]:
    return re.findall(rf"```{kind}\n(.*?)```", PAGE, flags=re.DOTALL)


def test_every_command_works(databases: Databases, tmp_path: Path) -> None:
    variables = {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "DOUGONG_DATABASE_URL": databases.clone("party"),
        "DOUGONG_PASSWORD": "correct horse",
    }
    (tmp_path / "parties.csv").write_text(blocks("csv")[0], "utf-8-sig")
    (tmp_path / "more.csv").write_text("name,kind\nOne,COMPANY\nTwo,COMPNAY\n")

    def run(command: str) -> str:
        return subprocess.run(
            ["bash", "-c", command], env=variables, cwd=tmp_path,
            capture_output=True, text=True, check=True,
        ).stdout  # fmt: skip

    run("dougong user add ada@company.example --role dougong.administrator")
    commands = [line for block in blocks("sh") for line in block.splitlines()]
    said = [run(command).splitlines()[-1] for command in commands]

    assert said[:4] == [
        "Would import 2 Party records.",
        "Imported 2 Party records.",
        "Imported 1 Party records, refused 1 rows (see refused.csv).",
        "Imported 0 Party records, changed 2.",
    ]
    assert "did you mean COMPANY?" in (tmp_path / "refused.csv").read_text("utf-8-sig")
    assert said[4].startswith("Exported 3 Party records to all.csv (SHA-256 ")
    assert said[5].startswith("Exported 1 Party records to berlin.xlsx (SHA-256 ")
    document = blocks("graphql")[0].replace('"', '\\"').strip()
    assert '"imports": []' in run(f'dougong query "{document}" --as ada@company.example')


def test_the_mapping_that_is_shown_is_understood() -> None:
    [shown] = [block for block in blocks("toml") if "[columns]" in block]

    for said in tomllib.loads(shown)["columns"].values():
        assert isinstance(said, str) or not said.keys() - Source.__dataclass_fields__.keys()


def test_what_is_said_of_the_api_is_so(databases: Databases, tmp_path: Path) -> None:
    home = {"DOUGONG_DATABASE_URL": databases.clone("party"), "DOUGONG_HOME": str(tmp_path)}
    archive = Archive(Server(DOUGONG, {**os.environ, **home}))
    _, begin, bring, brought, out = blocks("graphql")
    content = b"Company\nAlfreds Futterkiste\nAna Trujillo\n".ljust(61, b"\n")
    try:
        ada = archive.person("dougong.administrator")
        begun = ada.ask(begin)["beginImportUpload"]
        assert ada.put(begun["url"], content)[1]["upload"]["columns"] == ["Company"]

        tried = ada.ask(bring, upload=begun["id"], dryRun=True)["importRecords"]
        done = ada.ask(bring, upload=begun["id"])["importRecords"]

        assert (tried["state"], done["state"], done["created"]) == ("CANCELLED", "DONE", 2)
        (run,) = ada.ask(brought, id=done["id"])["imports"]
        assert (run["written"], run["refusedUrl"]) == (2, None)
        place = ada.ask(out, where={"name": {"startsWith": "A"}})["exportRecords"]
        assert place["file"].endswith(".xlsx")
        assert ada.send("GET", place["url"])[0] == 200
    finally:
        archive.server.stop()
        archive.engine.dispose()
