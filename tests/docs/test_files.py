"""The page about files, done as it says."""

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.core.files.senders import DOUGONG, Archive, Person

from dougong.builtin.files import settings
from dougong.builtin.files.routes import STATUS
from dougong.testing.databases import Databases
from dougong.testing.servers import Server

PAGE = (Path(__file__).parents[2] / "docs" / "how-to" / "files.md").read_text("utf-8")
DOCUMENTS = {
    re.split(r"\W", text.split(" ", 1)[1])[0]: text
    for text in re.findall(r"```graphql\n(.*?)```", PAGE, re.DOTALL)
}
CONTENT = b"%PDF-1.7 abc"


@pytest.fixture
def seller(databases: Databases, tmp_path: Path) -> Iterator[Person]:
    url = databases.clone("crm")
    home = {"DOUGONG_DATABASE_URL": url, "DOUGONG_HOME": str(tmp_path)}
    archive = Archive(Server(DOUGONG, {**os.environ, **home}))
    yield archive.person("crm.seller")
    archive.server.stop()
    archive.engine.dispose()


def test_the_documents_of_the_page_do_what_it_says(seller: Person) -> None:
    def ask(name: str, **variables: Any) -> Any:
        (found,) = seller.ask(DOCUMENTS[name], **variables).values()
        return found

    lead = seller.lead()
    begun = ask("Begin", record=lead)
    status, answer = seller.put(begun["url"], CONTENT)
    (file,) = ask("Files", record=lead)["files"]["nodes"]
    came_back = seller.send("GET", file["url"])[2]
    renamed = ask("Rename", file=file["id"], version=file["version"])
    removed = ask("Remove", file=file["id"], version=renamed["file"]["version"])

    assert (status, answer["file"]["id"]) == (200, file["id"])
    assert came_back == CONTENT
    assert renamed["file"] == {"name": "contract.pdf", "version": 2}
    assert removed == {"deletedId": file["id"], "userErrors": []}


def test_every_refusal_and_variable_is_on_the_page() -> None:
    variables = {settings.FILES, settings.LARGEST, settings.TYPES, settings.HOME}

    for code, status in STATUS.items():
        row = next(line for line in PAGE.splitlines() if f"`{code}`" in line)
        assert str(status) in row
    assert all(f"`{name}`" in PAGE for name in variables)
    assert json.dumps(sorted(DOCUMENTS)) == '["Begin", "Files", "Remove", "Rename"]'
