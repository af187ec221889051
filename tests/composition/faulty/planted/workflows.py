"""Faults of workflow definitions."""

from __future__ import annotations

from faulty.project import Append, Change, Edit

MIGRATION = "migrations/0001_first.py"


def _workflow(old: str, new: str) -> Change:
    return Edit("workflows.py", old, new)


def step(name: str, *sources: str, to: str, imports: str = "", **more: str) -> Change:
    """One more step of the loans."""
    given = [*sources, f"to={to}", "needs=LEND", *(f"{k}={v}" for k, v in more.items())]
    return Append(
        "workflows.py",
        f"\n\n{imports}@loan_workflow.step({', '.join(given)})\n"
        f"def {name}(loan: Loan, ctx: Context) -> None:\n"
        '    """Something else happens to the book."""\n',
    )


def _states(*names: str) -> tuple[Change, ...]:
    more = "".join(f'    {name} = "{name}"\n' for name in names)
    checked = "".join(f", '{name}'" for name in names)
    return (
        Edit("entities.py", '    RETURNED = "RETURNED"\n', f'    RETURNED = "RETURNED"\n{more}'),
        Edit(MIGRATION, "'RETURNED')", f"'RETURNED'{checked})"),
    )


CONDITION = "from dougong_library.entities import BookCondition\n\n\n"
STATE = "mapped_column(default=LoanState.REQUESTED, index=True, init=False)"

PLANTED: dict[str, tuple[Change, ...]] = {
    "unreachable_state": (
        *_states("RESERVED"),
        _workflow("step(LoanState.REQUESTED, ", "step(LoanState.REQUESTED, LoanState.RESERVED, "),
    ),
    "unreachable_island": (
        *_states("RESERVED", "WAITING"),
        step("wait", "LoanState.RESERVED", to="LoanState.WAITING"),
        step("reserve", "LoanState.WAITING", to="LoanState.RESERVED"),
    ),
    "dead_end": (_workflow("LoanState.LENT, LoanState.LOST, to", "LoanState.LENT, to"),),
    "way_out_of_a_final_state": (step("lend_again", "LoanState.RETURNED", to="LoanState.LENT"),),
    "final_of_another_enum": (
        _workflow("final=[LoanState.RETURNED]", "final=[LoanState.RETURNED, BookCondition.WORN]"),
        _workflow("import Loan, LoanState", "import BookCondition, Loan, LoanState"),
    ),
    "step_to_another_enum": (
        step("wear_out", "LoanState.LENT", to="BookCondition.WORN", imports=CONDITION),
    ),
    "step_from_another_enum": (
        step("mend", "BookCondition.WORN", to="LoanState.LENT", imports=CONDITION),
    ),
    "step_from_nowhere": (step("appear", to="LoanState.LENT"),),
    "optional_first_step": (
        step("wait", "LoanState.REQUESTED", to="LoanState.LENT", optional="True"),
    ),
    "two_steps_of_one_name": (step("lend", "LoanState.LOST", to="LoanState.LENT"),),
    "step_and_action_of_one_name": (
        Append(
            "actions.py",
            "\n\n@action(needs=LEND)\ndef lend_loan(loan: Loan, ctx: Context) -> Loan:\n"
            '    """Lend what was lent."""\n    return loan\n',
        ),
    ),
    "two_workflows_of_one_field": (
        Append(
            "workflows.py",
            "\n\nfast_workflow = Workflow(Loan, Loan.state, final=[LoanState.RETURNED])\n\n\n"
            "@fast_workflow.step(LoanState.REQUESTED, to=LoanState.RETURNED, needs=LEND)\n"
            "def read_at_once(loan: Loan, ctx: Context) -> None:\n"
            '    """The reader reads it here and now."""\n',
        ),
    ),
    "state_is_a_text": (Append("workflows.py", "\n\nnote_workflow = Workflow(Loan, Loan.note)\n"),),
    "state_of_another_entity": (
        Append(
            "workflows.py",
            "\n\nfrom dougong_library.entities import Book, BookCondition\n\n"
            "wear_workflow = Workflow(Loan, Book.condition, final=[BookCondition.WORN])\n\n\n"
            "@wear_workflow.step(BookCondition.GOOD, to=BookCondition.WORN, needs=LEND)\n"
            "def wear_out(loan: Loan, ctx: Context) -> None:\n"
            '    """The book has been read often."""\n',
        ),
    ),
    "state_may_be_empty": (
        Edit("entities.py", "state: Mapped[LoanState]", "state: Mapped[LoanState | None]"),
        Edit(
            MIGRATION,
            'sa.Column("state", sa.Text(), nullable=False)',
            'sa.Column("state", sa.Text(), nullable=True)',
        ),
    ),
    "state_without_beginning": (
        Edit("entities.py", STATE, STATE.replace("default=LoanState.REQUESTED, ", "")),
    ),
    "begins_at_the_end": (Edit("entities.py", STATE, STATE.replace("REQUESTED", "RETURNED")),),
    "step_nobody_may_do": (
        Append(
            "permissions.py",
            'SHELVE = Permission("library.shelve", "Put books on their shelves.")\n',
        ),
        _workflow("to=LoanState.RETURNED, needs=LEND", "to=LoanState.RETURNED, needs=SHELVE"),
        _workflow("permissions import LEND", "permissions import LEND, SHELVE"),
    ),
    "step_without_needs": (_workflow("to=LoanState.LENT, needs=LEND", "to=LoanState.LENT"),),
    "workflow_on_another_entity": (
        Append(
            "workflows.py",
            "\n\nfrom dougong_party import Party, PartyKind\n\n"
            "party_workflow = Workflow(Party, Party.kind, final=[PartyKind.PERSON])\n\n\n"
            "@party_workflow.step(PartyKind.COMPANY, to=PartyKind.PERSON, needs=LEND)\n"
            "def read_alone(party: Party, ctx: Context) -> None:\n"
            '    """The company has only one reader left."""\n',
        ),
    ),
    "step_of_another_record": (
        _workflow("def lend(loan: Loan", "def lend(loan: Book"),
        _workflow("import Loan, LoanState", "import Book, Loan, LoanState"),
    ),
    "step_async": (_workflow("def lend", "async def lend"),),
    "not_by_no_step": (
        step(
            "forgive",
            "LoanState.LOST",
            to="LoanState.RETURNED",
            imports="def in_words(loan: Loan) -> str:\n    return loan.state.name\n\n\n",
            not_by="(in_words,)",
        ),
    ),
    "guard_of_nothing": (Edit("hooks.py", "@guard(lend)", '@guard("lend")'),),
    "guard_of_another_entity": (
        Edit("hooks.py", "lend_to_readers_only(loan: Loan", "lend_to_readers_only(loan: Reader"),
    ),
    "guard_that_says_yes": (
        Edit("hooks.py", " -> Refused | None:", " -> bool:"),
        Edit(
            "hooks.py",
            'return None if has_card else Refused("no_card", borrower=loan.borrower.name)',
            "return has_card",
        ),
    ),
    "step_argument_taken": (
        _workflow("*, where: str", "*, version: str"),
        _workflow("loan.note = where", "loan.note = version"),
    ),
    "step_argument_of_unknown_type": (_workflow("*, where: str", "*, where: object"),),
    "step_without_docstring": (_workflow('"""Hand the book over."""', "pass"),),
}
