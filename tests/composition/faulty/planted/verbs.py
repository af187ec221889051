"""Faults of actions, reports, reactions and migrations."""

from __future__ import annotations

from faulty.project import Append, Change, Edit, Omit, Write

MIGRATION = "migrations/0001_first.py"


def _action(old: str, new: str) -> tuple[Change, ...]:
    return (Edit("actions.py", old, new),)


def _another_action(name: str) -> tuple[Change, ...]:
    return (
        Append(
            "actions.py",
            f"\n\n@action(needs=LEND)\ndef {name}(loan: Loan, ctx: Context) -> Loan:\n"
            '    """Lend it once more."""\n    return loan\n',
        ),
    )


VERBS: dict[str, tuple[Change, ...]] = {
    "action_without_needs": _action("@action(needs=LEND)", "@action()"),
    "action_async": _action("def extend_loan", "async def extend_loan"),
    "argument_of_unknown_type": _action("days: int", "days: object"),
    "argument_without_annotation": _action("days: int", "days"),
    "result_without_annotation": _action(") -> Loan:", "):"),
    "argument_not_by_name": _action("*, days", "days"),
    "arguments_without_names": _action("*, days: int", "**days: int"),
    "action_without_context": _action("loan: Loan, ctx: Context, ", "loan: Loan, "),
    "mutation_name_taken": _another_action("create_loan"),
    "mutation_name_of_another": _another_action("win_lead"),
    "action_without_docstring": _action('    """Let the reader keep the book for longer."""\n', ""),
    "report_without_label": (
        Edit(
            "reports.py", 'cast(func.count(Loan.id), Integer).label("loans")', "func.count(Loan.id)"
        ),
    ),
}


def _reaction(code: str) -> tuple[Change, ...]:
    return (Append("hooks.py", f"\n\n{code}\n"),)


REACTIONS: dict[str, tuple[Change, ...]] = {
    "reaction_to_undeclared": _reaction(
        "from dougong_crm import Lead, qualify\n\n\n"
        "@after(qualify)\ndef greet(lead: Lead, ctx: Context) -> None:\n"
        '    """Whoever is worth a call is worth a book."""'
    ),
    "reaction_for_another_entity": _reaction(
        "from dougong_party import Party\n\n\n"
        "@before(Party.update)\ndef forgive(loan: Loan, ctx: Context) -> None:\n"
        '    """Who has moved owes nothing."""\n    loan.fee = 0'
    ),
    "reaction_without_context": (
        Edit(
            "hooks.py",
            "count_the_book_out(loan: Loan, ctx: Context)",
            "count_the_book_out(loan: Loan)",
        ),
    ),
    "reaction_async": (Edit("hooks.py", "def count_the_book_out", "async def count_the_book_out"),),
    "reaction_to_no_verb": _reaction(
        "@before(Loan)\ndef look_at_it(loan: Loan, ctx: Context) -> None:\n"
        '    """Every loan is looked at."""'
    ),
    "reaction_with_unknown_form": _reaction(
        "@before(lend, form=True)\n"
        "def not_for_ever(loan: Loan, ctx: Context, *, weeks: int) -> None:\n"
        '    """Nobody keeps a book for a year."""\n    assert weeks < 52'
    ),
    "foreign_write_without_may": _reaction(
        "from dougong_party import Party\n\n\n"
        "@after(lend)\ndef remember_the_guest(loan: Loan, ctx: Context) -> None:\n"
        '    """Every loan brings a guest along."""\n    ctx.create(Party(name="Guest"))'
    ),
}


def _migrates(line: str) -> Change:
    return Append(MIGRATION, f"    {line}\n")


def _revision(number: str) -> str:
    return (
        f'"""More."""\n\nrevision = "{number}"\ndown_revision = "0001"\n\n\n'
        "def upgrade() -> None:\n    pass\n"
    )


MIGRATIONS: dict[str, tuple[Change, ...]] = {
    "no_migration": (Omit("migrations"),),
    "two_heads": (
        Write("migrations/0002_left.py", _revision("0002")),
        Write("migrations/0003_right.py", _revision("0003")),
    ),
    "migration_of_another_schema": (
        _migrates('op.add_column("party", sa.Column("card", sa.Text()), schema="party")'),
    ),
    "migration_lacks_column": (
        Edit(
            "entities.py",
            "    note: Mapped[str | None]",
            "    place: Mapped[str | None] = mapped_column(default=None)\n"
            '    """Where it is read."""\n    note: Mapped[str | None]',
        ),
    ),
    "migration_has_more": (
        _migrates('op.create_table("shelf", sa.Column("name", sa.Text()), schema="library")'),
    ),
    "migration_raises": (_migrates('raise RuntimeError("no room for more shelves")'),),
    "migration_concurrently": (
        Edit(
            "entities.py",
            "due_on: Mapped[date | None] = mapped_column(default=None)",
            "due_on: Mapped[date | None] = mapped_column(default=None, index=True)",
        ),
        _migrates(
            'op.create_index("ix_loan_due_on", "loan", ["due_on"], schema="library", '
            "postgresql_concurrently=True)"
        ),
    ),
    "migration_commits": (_migrates('op.execute("COMMIT")'),),
    "unknown_down_revision": (Edit(MIGRATION, "down_revision = None", 'down_revision = "0000"'),),
    "migration_imports_entities": (
        Edit(
            MIGRATION,
            "from alembic import op\n",
            "from alembic import op\n\nfrom dougong_library.entities import Loan\n",
        ),
    ),
    "migration_without_schema": (
        Edit(
            MIGRATION,
            'name=op.f("pk_reader")),\n        schema="library",',
            'name=op.f("pk_reader")),',
        ),
    ),
    "migration_changes_rows_of_another": (
        _migrates('op.execute("UPDATE party.party SET city = name")'),
    ),
    "migration_makes_another_schema": (_migrates('op.execute("CREATE SCHEMA shelves")'),),
    "migration_without_upgrade": (Edit(MIGRATION, "def upgrade()", "def up()"),),
}
PLANTED = VERBS | REACTIONS | MIGRATIONS
