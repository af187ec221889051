"""Numbers of documents: patterns, drawing them, with gaps and without, and setting them."""

import random
import threading
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from gardens import Committed, LiveGarden
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from dougong import Context, Invalid, NumberSeries, Refused, SetupError, Unit
from dougong.builtin.numbers.graphql import change_number_pattern, start_numbers_at
from dougong.builtin.numbers.pattern import pattern_of
from dougong_ledger import DRAFTS, INVOICES, Invoice, plugged, post

DAY = date(2026, 11, 22)
SHOWN = """query ($unit: ID, $on: Date) { numberSeries(unit: $unit, on: $on) {
    name gapless pattern shippedPattern next } }"""
CHANGE = """mutation ($series: String!, $pattern: String!, $reason: String!) {
    changeNumberPattern(series: $series, pattern: $pattern, reason: $reason) {
        numberPattern { series pattern reason } userErrors { code path message } } }"""
START = """mutation ($series: String!, $n: Int!, $unit: ID, $on: Date) {
    startNumbersAt(series: $series, n: $n, unit: $unit, on: $on) {
        next userErrors { code path message } } }"""


@pytest.fixture
def ledger(committed: Callable[..., Committed]) -> Committed:
    plugged.clear()
    return committed("ledger")


@pytest.fixture
def api(live_garden: Callable[..., LiveGarden]) -> LiveGarden:
    plugged.clear()
    return live_garden("ledger")


def unit_in(ledger: Any, code: str = "SH") -> int:
    number: int = ledger.do(lambda ctx: ctx.create(Unit(code=code, name=code)).id)
    return number


def drawn(ledger: Any, series: NumberSeries, **told: Any) -> str:
    number: str = ledger.do(lambda ctx: series.next(ctx, **told))
    return number


@pytest.mark.parametrize(
    ("pattern", "n", "number"),
    [
        ("SO-{year}-{n:05}", 7, "SO-2026-00007"),
        ("{year}{month}{day}{n:03}", 12, "20261122012"),
        ("Q{quarter}/{year}/{n}", 4, "Q4/2026/4"),
        ("{unit}-{n:02}/{year}", 100, "SH-100/2026"),
        ("发票{year}号{n:04}", 1, "发票2026号0001"),
    ],
)
def test_a_pattern_says_what_numbers_look_like(pattern: str, n: int, number: str) -> None:
    assert pattern_of(pattern).number(n, DAY, "SH") == number


PIECES = st.sampled_from(["{year}", "{month}", "{day}", "{quarter}", "{unit}", "-", "A", "/"])
DAYS = st.dates(date(2025, 12, 30), date(2027, 2, 2))
UNITS = st.sampled_from(["A", "A1", "1", "{n}", "A-1", ""])


@given(st.lists(PIECES, max_size=5), DAYS, UNITS, st.integers(1, 3000))
def test_a_number_looks_like_its_pattern(pieces: list[str], on: date, unit: str, n: int) -> None:
    try:
        pattern = pattern_of("".join([*pieces, "-{n:03}"]))
    except Invalid:
        return
    assert pattern.fits(pattern.number(n, on, unit or "U"))
    assert not pattern.fits("10248")


@pytest.mark.parametrize(
    ("pattern", "code"),
    [
        ("SO-{year}", "pattern_counter"),
        ("{n}-{n}", "pattern_counter"),
        ("SO-{jahr}-{n}", "pattern_part"),
        ("SO-{year:04}-{n}", "pattern_part"),
        ("SO-{{n}}", "pattern_braces"),
        ("SO-{n:05d}", "pattern_counter"),
        ("SO-{month}-{n}", "pattern_period"),
        ("SO-{year}-{day}-{n}", "pattern_period"),
        ("SO-{year}{n}", "pattern_beside"),
        ("SO20{n:04}", "pattern_beside"),
        ("{n}{year}", "pattern_beside"),
        ("{unit}{n:05}", "pattern_beside"),
        ("SO-{n} ", "pattern_too_long"),
        ("SO-\n{n}", "pattern_too_long"),
        ("S" * 40 + "{n}", "pattern_too_long"),
    ],
)
def test_a_pattern_by_which_numbers_could_come_again_is_refused(pattern: str, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        pattern_of(pattern)
    assert refused.value.code == code


@given(
    st.lists(PIECES, max_size=5), st.lists(PIECES, max_size=3), st.sampled_from(["{n}", "{n:03}"]),
    st.lists(st.tuples(DAYS, UNITS, st.integers(1, 3000)), min_size=2, max_size=2),
)  # fmt: skip
def test_what_has_another_frame_or_counter_has_another_number(
    before: list[str], after: list[str], counter: str, two: list[tuple[date, str, int]]
) -> None:
    try:
        pattern = pattern_of("".join([*before, counter, *after]))
    except Invalid:
        return
    same_unit = two[0][1] == two[1][1]
    (frame, number), (other_frame, other) = (
        (pattern.frame(on, unit), pattern.number(n, on, unit)) for on, unit, n in two
    )
    if same_unit and (frame, two[0][2]) != (other_frame, two[1][2]):
        assert number != other


def test_a_series_with_a_pattern_that_does_not_hold_is_refused_at_once() -> None:
    with pytest.raises(SetupError, match=r"ledger\.wrong does not hold.*Fix: write one like"):
        exec(  # as in a module of the ledger's
            'NumberSeries("ledger.wrong", "Wrong.", pattern="W-{year}")',
            {"NumberSeries": NumberSeries, "__name__": "dougong_ledger"},
        )


def test_numbers_count_from_one_for_each_period(ledger: Committed) -> None:
    assert drawn(ledger, DRAFTS, on=DAY) == "D202611-001"
    assert drawn(ledger, DRAFTS, on=DAY) == "D202611-002"
    assert drawn(ledger, DRAFTS, on=date(2026, 12, 1)) == "D202612-001"
    assert drawn(ledger, DRAFTS, on=DAY) == "D202611-003"


def test_each_unit_counts_for_itself_where_the_pattern_names_it(ledger: Committed) -> None:
    first, second = unit_in(ledger), unit_in(ledger, "BJ")

    def draw(number: int) -> str:
        made: str = ledger.do(lambda ctx: INVOICES.next(ctx, unit=ctx.get(Unit, number), on=DAY))
        return made

    assert [draw(first), draw(second), draw(first)] == [
        "INV-2026-SH-00001",
        "INV-2026-BJ-00001",
        "INV-2026-SH-00002",
    ]
    with pytest.raises(Refused) as refused:
        drawn(ledger, INVOICES)
    assert refused.value.code == "number_needs_unit"


def test_what_is_undone_leaves_a_gap_and_in_a_gapless_series_none(ledger: Committed) -> None:
    unit = unit_in(ledger)

    def draw_and_fail(ctx: Context) -> None:
        assert DRAFTS.next(ctx, on=DAY) == "D202611-001"
        assert INVOICES.next(ctx, unit=ctx.get(Unit, unit), on=DAY) == "INV-2026-SH-00001"
        raise Refused("too_dry")

    with pytest.raises(Refused, match="too_dry"):
        ledger.do(draw_and_fail)

    assert drawn(ledger, DRAFTS, on=DAY) == "D202611-002"
    ledger.do(lambda ctx: draw_in(ctx, unit, "INV-2026-SH-00001"))


def draw_in(ctx: Context, unit: int, number: str) -> None:
    assert INVOICES.next(ctx, unit=ctx.get(Unit, unit), on=DAY) == number


def test_who_drafts_does_not_wait_for_who_drafts(ledger: Committed) -> None:
    drew, go_on = threading.Event(), threading.Event()

    def slow(ctx: Context) -> str:
        number = DRAFTS.next(ctx, on=DAY)
        drew.set()
        assert go_on.wait(10)
        return number

    def quick(ctx: Context) -> str:
        assert drew.wait(10)
        number = DRAFTS.next(ctx, on=DAY)
        go_on.set()
        return number

    assert ledger.both(slow, quick) == ["D202611-001", "D202611-002"]


def test_t3_two_hundred_parallel_postings_with_failures_leave_neither_gap_nor_duplicate(
    ledger: Committed,
) -> None:
    unit = unit_in(ledger)
    numbers: list[int] = ledger.do(
        lambda ctx: [ctx.create(Invoice(unit=ctx.get(Unit, unit))).id for _ in range(200)]
    )
    chance = random.Random(7)
    failing = set(chance.sample(numbers, 80))

    def fail(invoice: Invoice) -> None:
        if invoice.id in failing:
            raise Refused("too_dry")

    plugged["post"] = fail
    waiting = list(numbers)
    taken = threading.Lock()

    def post_some() -> None:
        while True:
            with taken:
                if not waiting:
                    return
                number = waiting.pop(chance.randrange(len(waiting)))
            try:
                ledger.do(lambda ctx, n=number: post(ctx.get(Invoice, n), ctx))
            except Refused:
                assert number in failing

    threads = [threading.Thread(target=post_some) for _ in range(8)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()

    with ledger.engine.connect() as connection:
        posted = connection.scalars(
            text("select number from ledger.invoice where number is not null order by number")
        ).all()
    year = ledger.do(lambda ctx: ctx.now.year)
    assert posted == [f"INV-{year}-SH-{n:05}" for n in range(1, 121)]


def test_numbers_go_on_where_they_were_when_the_pattern_is_set_back(ledger: Committed) -> None:

    def set_to(pattern: str) -> None:
        ledger.do(
            lambda ctx: change_number_pattern(
                ctx, series="ledger.draft", pattern=pattern, reason="Tidy."
            )
        )

    assert drawn(ledger, DRAFTS, on=DAY) == "D202611-001"
    set_to("E-{year}-{n}")
    assert drawn(ledger, DRAFTS, on=DAY) == "E-2026-1"
    set_to("D{year}{month}-{n:05}")
    assert drawn(ledger, DRAFTS, on=DAY) == "D202611-00002"


def test_a_company_sees_and_sets_what_its_numbers_look_like(api: LiveGarden) -> None:
    admin = api.person("dougong.administrator")
    unit = api.ask(
        'mutation { createUnit(input: {code: "SH", name: "Shanghai"}) { unit { id } } }', admin
    )["createUnit"]["unit"]["id"]
    on = "2026-11-22"
    shown = {one["name"]: one for one in api.ask(SHOWN, admin, on=on)["numberSeries"]}
    assert shown["ledger.draft"]["next"] == "D202611-001"
    assert shown["ledger.invoice"]["next"] is None
    assert shown["ledger.invoice"]["gapless"] is True

    wanted = {"series": "ledger.invoice", "pattern": "RE{unit}-{year}-{n:04}", "reason": "Tax."}
    done = api.ask(CHANGE, admin, **wanted)["changeNumberPattern"]

    assert done == {"numberPattern": wanted, "userErrors": []}
    shown = {one["name"]: one for one in api.ask(SHOWN, admin, on=on, unit=unit)["numberSeries"]}
    assert shown["ledger.invoice"]["next"] == "RESH-2026-0001"
    assert shown["ledger.invoice"]["shippedPattern"] == "INV-{year}-{unit}-{n:05}"


def test_a_counter_goes_on_where_the_old_system_stopped(api: LiveGarden) -> None:
    admin = api.person("dougong.administrator")
    told = {"series": "ledger.draft", "n": 501, "on": "2026-11-22"}

    assert api.ask(START, admin, **told)["startNumbersAt"]["next"] == "D202611-501"
    (refused,) = api.ask(START, admin, **told | {"n": 500})["startNumbersAt"]["userErrors"]
    assert (refused["code"], refused["path"]) == ("number_start", ["n"])
    assert "501" in refused["message"]


def test_a_gapless_counter_is_set_before_its_first_number_alone(ledger: Committed) -> None:
    unit = unit_in(ledger)

    def start_at(n: int) -> Any:
        return ledger.do(
            lambda ctx: start_numbers_at(
                ctx, series="ledger.invoice", n=n, unit=ctx.get(Unit, unit), on=DAY
            )
        )

    assert start_at(42).next == "INV-2026-SH-00042"
    with pytest.raises(Invalid) as refused:
        start_at(50)
    assert refused.value.code == "number_gap"
    ledger.do(lambda ctx: draw_in(ctx, unit, "INV-2026-SH-00042"))


@pytest.mark.parametrize(
    ("told", "code", "path"),
    [
        ({"series": "ledger.nothing"}, "no_series", ["series"]),
        ({"pattern": "INV-{year}"}, "pattern_counter", ["pattern"]),
        ({"reason": " "}, "number_reason", ["reason"]),
    ],
)
def test_what_is_wrong_with_a_pattern_is_said_where_it_is_typed(
    api: LiveGarden, told: dict[str, str], code: str, path: list[str]
) -> None:
    admin = api.person("dougong.administrator")
    good = {"series": "ledger.draft", "pattern": "D-{n}", "reason": "Short."}

    (refused,) = api.ask(CHANGE, admin, **good | told)["changeNumberPattern"]["userErrors"]

    assert (refused["code"], refused["path"]) == (code, path)
    assert "{" not in refused["message"].replace("{n", "").replace("{year", "")


def test_who_may_not_set_numbers_neither_sees_nor_sets_them(api: LiveGarden) -> None:
    nobody = api.person()
    told = {"series": "ledger.draft", "pattern": "D-{n}", "reason": "Short."}

    (refused,) = api.ask(CHANGE, nobody, **told)["changeNumberPattern"]["userErrors"]

    assert refused["code"] == "needs_permission"
    assert api.post(SHOWN, nobody).json()["errors"][0]["extensions"]["code"] == "FORBIDDEN"


def test_patterns_that_were_set_stay_as_they_were_written(ledger: Committed) -> None:
    ledger.do(
        lambda ctx: change_number_pattern(
            ctx, series="ledger.draft", pattern="D-{n}", reason="Short."
        )
    )

    with ledger.engine.connect() as connection, pytest.raises(DBAPIError, match="change"):
        connection.execute(text("update dougong.number_pattern set pattern = 'E-{n}'"))
