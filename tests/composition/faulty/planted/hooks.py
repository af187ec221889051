"""Faults of reactions that go around, stand instead or answer, and of what steps ask for."""

from __future__ import annotations

from faulty.planted.workflows import step
from faulty.project import Append, Change, Edit


def _hooks(words: str, *code: str) -> tuple[Change, ...]:
    """More of the hooks, with more words of the core."""
    known = "from dougong import Context, Refused, after, before, guard"
    more = "\n\n\n".join(code)
    return (Edit("hooks.py", known, f"{known}, {words}"), Append("hooks.py", f"\n\n{more}\n"))


def _instead(name: str, verb: str = "lend", returns: str = "None") -> str:
    return (
        f"@instead_of({verb})\ndef {name}(loan: Loan, ctx: Context) -> {returns}:\n"
        '    """Do it otherwise."""'
    )


def _question(returns: str, how: str = "first=True") -> str:
    return (
        f"@question({how})\ndef fee(loan: Loan, ctx: Context, *, days: int) -> {returns}:\n"
        '    """What a loan costs."""'
    )


def _answer(name: str, arguments: str = "days: int", returns: str = "int | None") -> str:
    return (
        f"@answers(fee)\ndef {name}(loan: Loan, ctx: Context, *, {arguments}) -> {returns}:\n"
        '    """It costs nothing."""\n    return None'
    )


AMOUNT = (
    "from decimal import Decimal\n\nfrom dougong import Limit, Money\n"
    "from dougong_library.permissions import {more}\n\n\n"
    "def length_of(loan: Loan) -> {returns}:\n    return {value}\n\n\n"
)
LIMIT = 'Limit(length_of, up_to=[Money(Decimal(1), "EUR")], above={above})'
PERMISSION = Append(
    "permissions.py", 'WAIVE = Permission("library.waive", "Let readers keep what they lost.")\n'
)

PLANTED: dict[str, tuple[Change, ...]] = {
    "two_stand_instead": _hooks(
        "instead_of", _instead("lend_by_machine"), _instead("lend_by_post")
    ),
    "create_replaced": _hooks("instead_of", _instead("lend_at_once", "Loan.create", "Loan")),
    "wrap_without_yield": _hooks(
        "wrap",
        '@wrap(lend)\ndef watch(loan: Loan, ctx: Context) -> None:\n    """Watch it go."""',
    ),
    "two_answers_to_a_first_question": _hooks(
        "answers, question", _question("int | None"), _answer("nothing"), _answer("too_little")
    ),
    "answer_to_no_question": _hooks(
        "answers",
        '@answers(lend)\ndef lend_gladly(loan: Loan, ctx: Context) -> None:\n    """Yes."""',
    ),
    "answer_of_another_type": _hooks(
        "answers, question", _question("int | None"), _answer("nothing", returns="str | None")
    ),
    "answer_with_other_arguments": _hooks(
        "answers, question", _question("int | None"), _answer("nothing", "weeks: int")
    ),
    "first_question_without_none": _hooks("question", _question("int")),
    "question_to_all_without_list": _hooks("question", _question("int", "all=True")),
    "question_to_how_many": _hooks("question", _question("int | None", "")),
    "reason_without_field": (
        step("forget", "LoanState.LOST", to="LoanState.RETURNED", reason="True"),
    ),
    "limit_on_no_amount": (
        step(
            "forget",
            "LoanState.LOST",
            to="LoanState.RETURNED",
            imports=AMOUNT.format(more="SEE_LOANS", returns="int", value="loan.id"),
            limit=LIMIT.format(above="SEE_LOANS"),
        ),
    ),
    "limit_that_nobody_passes": (
        PERMISSION,
        step(
            "forget",
            "LoanState.LOST",
            to="LoanState.RETURNED",
            imports=AMOUNT.format(more="WAIVE", returns="Money | None", value="None"),
            limit=LIMIT.format(above="WAIVE"),
        ),
    ),
    "not_by_another_records_verb": (
        step(
            "forget",
            "LoanState.LOST",
            to="LoanState.RETURNED",
            imports="from dougong_library.entities import Book\n\n\n",
            not_by="(Book.create,)",
        ),
    ),
    "guard_that_loads_a_text": (
        Edit("hooks.py", "@guard(lend)", "@guard(lend, loads=(Loan.note,))"),
    ),
    "guard_that_loads_what_is_elsewhere": (
        Edit("hooks.py", "@guard(lend)", "@guard(lend, loads=(Loan.borrower, Reader))"),
    ),
}
