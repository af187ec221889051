"""A mutation that is sent again with its key is answered again, and not done again."""

import json
import os
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any, Self

import httpx2
import pytest
from gardens import Api
from sqlalchemy import text

from dougong.db.engine import open_database
from dougong.graphql.mutations.idempotency import forget_expired
from dougong.testing.databases import Databases
from dougong.testing.worlds import LiveWorld
from dougong_garden import plugged

CREATE = """mutation ($input: BedCreate!, $key: String, $first: Int) {
    createBed(input: $input, idempotencyKey: $key) {
        bed { id name createdAt plants(first: $first) { nodes { name } } }
        userErrors { code } } }"""


def sent(api: Api, key: str | None = "k", **given: Any) -> Any:
    """The response to one creation of a bed."""
    first = given.pop("first", 5)
    return api.live.post(CREATE, api.head, key=key, first=first, input={"name": "N", **given})


def test_the_same_request_with_the_same_key_is_done_once_and_answered_the_same(api: Api) -> None:
    first, again = sent(api, rows=2), sent(api, rows=2)

    assert first.json()["data"]["createBed"]["userErrors"] == []
    assert again.content == first.content
    assert api.rows("select count(*) from garden.bed") == [(1,)]


def test_without_a_key_and_with_another_it_is_done_again(api: Api) -> None:
    for key in ("a", "b", None, None):
        sent(api, key)

    assert api.rows("select count(*) from garden.bed") == [(4,)]


@pytest.mark.parametrize("other", [{"rows": 3}, {"first": 4}, {"plants": []}], ids=str)
def test_a_key_of_another_request_is_an_error(api: Api, other: dict[str, Any]) -> None:
    sent(api)

    said = sent(api, **other).json()

    assert said["data"] == {"createBed": None}
    assert said["errors"][0]["extensions"]["code"] == "IDEMPOTENCY_KEY_REUSED"
    assert api.rows("select count(*) from garden.bed") == [(1,)]


def test_another_field_or_selection_is_another_request(api: Api) -> None:
    bed = api.bed()

    def ask(field: str, shown: str) -> str:
        named = f'{field}(id: "{bed}", version: 1, idempotencyKey: "k")'
        return f"mutation {{ {named} {{ ...F }} }} fragment F on {shown}"

    api.live.ask(ask("sowBed", "BedPayload { bed { id } }"), api.head)
    [selected] = api.live.errors(ask("sowBed", "BedPayload { bed { id name } }"), api.head)
    [field] = api.live.errors(ask("deleteBed", "DeletePayload { deletedId }"), api.head)

    assert {one["extensions"]["code"] for one in (selected, field)} == {"IDEMPOTENCY_KEY_REUSED"}


def test_a_refusal_leaves_the_key_free(api: Api) -> None:
    api.bed(code="taken")

    refused = sent(api, code="taken").json()["data"]["createBed"]
    done = sent(api, code="free").json()["data"]["createBed"]

    assert [one["code"] for one in refused["userErrors"]] == ["taken"]
    assert done["userErrors"] == []


def test_a_bug_leaves_the_key_free(api: Api) -> None:
    plugged["bees after create"] = lambda *_: 1 / 0
    assert sent(api).json()["errors"][0]["extensions"]["code"] == "INTERNAL"
    plugged.clear()

    assert sent(api).json()["data"]["createBed"]["userErrors"] == []


def test_keys_belong_to_their_users(api: Api) -> None:
    other = api.live.person("garden.head")
    sent(api)

    answer = api.live.ask(CREATE, other, key="k", input={"name": "Other"})

    assert answer["createBed"]["bed"]["name"] == "Other"


def test_somebody_who_has_not_signed_in_has_no_keys(api: Api) -> None:
    [error] = api.live.errors(CREATE, key="k", input={"name": "N"})

    assert error["extensions"]["code"] == "NOT_SIGNED_IN"


@pytest.mark.parametrize("key", ["", " ", "a\x00", "a\nb", "x" * 201])
def test_a_key_that_cannot_be_kept_is_refused(api: Api, key: str) -> None:
    [error] = sent(api, key).json()["errors"]

    assert error["extensions"]["code"] == "BAD_IDEMPOTENCY_KEY"


def test_of_ten_at_once_one_does_it_and_all_get_its_payload(api: Api) -> None:
    plugged["bees after create"] = lambda *_: time.sleep(0.05)
    answers: list[bytes] = []
    threads = [
        threading.Thread(target=lambda: answers.append(sent(api).content)) for _ in range(10)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    assert len(answers) == 10
    assert len(set(answers)) == 1
    assert api.rows("select count(*) from garden.bed") == [(1,)]


def test_one_that_waits_for_a_refused_one_does_it_itself(api: Api) -> None:
    began, go_on = threading.Event(), threading.Event()

    def refuse_first(*_: Any) -> None:
        if not began.is_set():
            began.set()
            go_on.wait(10)
            raise ZeroDivisionError

    plugged["bees after create"] = refuse_first
    first = threading.Thread(target=lambda: sent(api))
    first.start()
    began.wait(10)
    threading.Timer(0.2, go_on.set).start()
    second = sent(api)
    first.join(10)

    assert second.json()["data"]["createBed"]["userErrors"] == []
    assert api.rows("select count(*) from garden.bed") == [(1,)]


def test_who_has_other_roles_by_now_is_not_shown_what_the_old_ones_showed(api: Api) -> None:
    sent(api, name="Secret garden")
    with api.live.engine.begin() as connection:
        connection.execute(text("delete from dougong.role_assignment where role = 'bees.keeper'"))

    answer = sent(api, name="Secret garden")

    assert answer.json()["errors"][0]["extensions"]["code"] == "DONE_BEFORE"
    assert "Secret" not in answer.text
    assert api.rows("select count(*) from garden.bed") == [(1,)]


def test_what_takes_or_gives_a_secret_has_no_key(api: Api) -> None:
    fields = api.live.runtime.generation.schema.mutation_type
    assert fields is not None
    without = {name for name, field in fields.fields.items() if "idempotencyKey" not in field.args}

    takes = {"signIn", "changePassword", "choosePassword", "giveUpSecondFactor"}
    gives = {"createApiKey", "enrolSecondFactor", "resetPassword"}
    gives |= {"beginUpload", "beginImportUpload", "exportRecords"}  # addresses
    both = {"confirmSecondFactor", "renewRecoveryCodes"}
    assert without == takes | gives | both


def test_a_key_expires_after_a_day(api: Api) -> None:
    sent(api, rows=1)
    age = "update dougong.idempotency set at = at - interval '24 hours 1 second'"
    with api.live.engine.begin() as connection:
        connection.execute(text(age))

    done = sent(api, rows=2).json()["data"]["createBed"]

    assert done["userErrors"] == []
    assert api.rows("select count(*) from garden.bed") == [(2,)]


def test_expired_keys_are_deleted_and_the_others_are_not(api: Api) -> None:
    sent(api, "old")
    with api.live.engine.begin() as connection:
        connection.execute(text("update dougong.idempotency set at = at - interval '2 days'"))
    sent(api, "new")

    with api.live.engine.begin() as connection:
        forget_expired(connection)

    assert api.rows("select key from dougong.idempotency") == [("new",)]


DIES = """
import os
from sqlalchemy import event
from dougong.db.session import WriteSession
if os.environ.get("DIES"):
    event.listen(WriteSession, "after_commit", lambda session: os._exit(9))
from dougong.cli import main
main()
"""


class Process:
    """A serving process that may die between the commit and the answer."""

    def __init__(self, folder: Path, url: str, *, dies: bool) -> None:
        kept = {k: v for k, v in os.environ.items() if not k.startswith("DOUGONG_")}
        kept |= {"DOUGONG_HOME": str(folder), "DOUGONG_DATABASE_URL": url}
        self.process = subprocess.Popen(
            [sys.executable, "-c", DIES, "serve", "--port", "0"],
            env=kept | ({"DIES": "1"} if dies else {}),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        assert self.process.stdout is not None
        said = self.process.stdout.readline()
        self.at = "http://127.0.0.1:" + said.split("127.0.0.1:")[1].split("/")[0] + "/graphql"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.communicate()


def test_after_a_kill_between_commit_and_answer_it_is_not_done_again(
    databases: Databases, tmp_path: Path
) -> None:
    url = databases.clone("party")
    world = LiveWorld(url)
    clerk = world.person("party.clerk", "dougong.administrator")
    world.close()
    ask = 'mutation { createParty(input: {name: "P"}, idempotencyKey: "k") { party { id name } } }'

    def post(process: Process) -> Any:
        with httpx2.Client(timeout=20) as client:
            headers = {"authorization": f"Bearer {clerk.token}"}
            return client.post(process.at, json={"query": ask}, headers=headers).json()

    with Process(tmp_path, url, dies=True) as process:
        with pytest.raises(httpx2.TransportError):
            post(process)
        assert process.process.wait(10) == 9
    with Process(tmp_path, url, dies=False) as process:
        said = post(process)

    assert said["data"] == {"createParty": {"party": {"id": "Party:1", "name": "P"}}}
    engine = open_database(url, pool_size=None)
    with engine.connect() as connection:
        assert connection.execute(text("select count(*) from party.party")).scalar() == 1
        kept = connection.execute(text("select payload from dougong.idempotency")).scalar_one()
    engine.dispose()
    assert json.loads(bytes(kept)) == said["data"]["createParty"]
