"""Large imports that several processes do together: as if one had done them, whoever is killed."""

import os
import signal
import subprocess
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from test_importing_portions import NOBODY, Office

from dougong.builtin.import_export import beside
from dougong.builtin.import_export.command import go_on
from dougong.builtin.import_export.portions import advance
from dougong.builtin.import_export.progress import progress_of
from dougong.builtin.import_export.staging import PORTION
from dougong.builtin.import_export.tables import ImportState
from dougong.db.session import in_transaction

PORTIONS = 8
ROWS = PORTIONS * PORTION
IN_ORDER = "code <> 'C' || rank"
RANKED = "(select code, row_number() over (order by id) - 1 as rank from party.party) p"


class Stopped(Exception):
    """Ends a transaction halfway."""


@pytest.fixture
def office(databases: Any, tmp_path: Path) -> Any:
    office = Office(databases.clone("party"), tmp_path)
    yield office
    office.engine.dispose()


def done_by_two(office: Office, run: int) -> list[int]:
    """How many times each of two went on with it."""

    def whole() -> int:
        count = 0
        while office.step(run):
            count += 1
        return count

    with ThreadPoolExecutor(2) as both:
        return [one.result() for one in [both.submit(whole), both.submit(whole)]]


def waited(condition: Any) -> None:
    """Until it holds; a minute at most."""
    until = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < until, "it never came to that"
        time.sleep(0.005)


def test_two_do_an_import_and_records_have_numbers_in_the_order_of_the_file(
    office: Office,
) -> None:
    run = office.staged(office.file(rows=ROWS), skip_bad=True)

    counts = done_by_two(office, run)

    assert min(counts) > 0
    assert office.count("party.party") == ROWS
    assert office.count(RANKED, IN_ORDER) == 0
    assert office.count("dougong.event", "verb = 'party.party.create'") == ROWS
    assert office.count("dougong.event", "verb = 'dougong.import'") == 1
    over = progress_of(office.engine, run)
    assert (over.state, over.created) == (ImportState.DONE, ROWS)


def test_nobody_waits_for_a_portion_that_another_has_under_way(office: Office) -> None:
    run = office.staged(office.file(rows=3 * PORTION), skip_bad=True)
    under_way, over = threading.Event(), threading.Event()

    def half(ctx: Any) -> None:
        advance(ctx, run)
        under_way.set()
        over.wait(60)
        raise Stopped

    with ThreadPoolExecutor(1) as other:
        killed = other.submit(in_transaction, office.engine, office.generation, NOBODY, half)
        under_way.wait(60)
        assert office.step(run)
        assert office.step(run)
        others = office.count("party.party"), office.count("party.party", "code = 'C0'")
        over.set()
        with pytest.raises(Stopped):
            killed.result()
    while office.step(run):
        pass

    assert others == (2 * PORTION, 0)
    assert office.count("party.party") == 3 * PORTION
    assert office.count(RANKED, IN_ORDER) == 0


def test_an_import_is_not_over_before_what_others_have_under_way(office: Office) -> None:
    run = office.staged(office.file(rows=PORTION), skip_bad=True)
    under_way = threading.Event()

    def slowly(ctx: Any) -> bool:
        more = advance(ctx, run)
        under_way.set()
        time.sleep(0.3)
        return more

    with ThreadPoolExecutor(1) as other:
        slow = other.submit(in_transaction, office.engine, office.generation, NOBODY, slowly)
        under_way.wait(60)
        more = office.step(run)

    assert (slow.result(), more) == (True, False)
    over = progress_of(office.engine, run)
    assert (over.state, over.created) == (ImportState.DONE, PORTION)


def test_of_an_import_that_two_do_nothing_is_left_where_a_row_is_refused_at_last(
    office: Office,
) -> None:
    run = office.staged(office.file("Twin,C7", rows=ROWS))

    done_by_two(office, run)

    assert progress_of(office.engine, run).state is ImportState.REFUSED
    assert office.count("party.party") == 0


def test_bad_rows_are_told_once_and_the_others_keep_their_places(office: Office) -> None:
    run = office.staged(office.file(",bad", rows=ROWS), skip_bad=True)

    done_by_two(office, run)

    over = progress_of(office.engine, run)
    assert (over.created, over.bad) == (ROWS, 1)
    assert office.count(RANKED, IN_ORDER) == 0


def test_another_process_helps_and_ends_with_whoever_has_started_it(office: Office) -> None:
    run = office.staged(office.file(rows=40 * PORTION), skip_bad=True)

    with beside._another(str(office.url), run):
        waited(lambda: office.count("party.party") > 0)
    there = office.count("party.party")
    time.sleep(0.3)

    assert office.count("party.party") == there
    assert (there % PORTION, there < 40 * PORTION) == (0, True)
    assert go_on(office.engine, office.generation, NOBODY, run).rows == 40 * PORTION
    assert office.count(RANKED, IN_ORDER) == 0


def test_what_a_killed_process_had_under_way_is_done_by_those_that_are_left(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = office.staged(office.file(rows=40 * PORTION), skip_bad=True)
    started: list[int] = []
    popen = subprocess.Popen

    def noted(*given: Any, **options: Any) -> Any:
        process = popen(*given, **options)
        started.append(process.pid)
        return process

    monkeypatch.setattr(subprocess, "Popen", noted)
    with beside._another(str(office.url), run):
        waited(lambda: office.count("party.party") > 0)
        os.kill(started[0], signal.SIGKILL)
        done = go_on(office.engine, office.generation, NOBODY, run)

    assert done.rows == office.count("party.party") == 40 * PORTION
    assert office.count("dougong.event", "verb = 'party.party.create'") == 40 * PORTION
    assert office.count(RANKED, IN_ORDER) == 0


def test_several_are_started_for_many_rows_only(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []
    helped = beside.helped
    monkeypatch.setattr(
        "dougong.builtin.import_export.command.helped",
        lambda engine, run, processes: asked.append(processes) or helped(engine, run, 1),
    )
    few = office.staged(office.file(rows=PORTION), skip_bad=True)
    many = office.staged(office.file(rows=beside.WORTH_IT), skip_bad=True, update="code")

    go_on(office.engine, office.generation, NOBODY, few, 2)
    go_on(office.engine, office.generation, NOBODY, many, 2)

    assert asked == [1, 1]  # an update comes in the order of the file
    assert [progress_of(office.engine, one).side_by_side for one in (few, many)] == [True, False]
