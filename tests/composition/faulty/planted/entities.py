"""Faults of entities, extensions, permissions and roles."""

from __future__ import annotations

from faulty.project import Append, Change, Edit, Everywhere

MIGRATION = "migrations/0001_first.py"
NOTE = "    note: Mapped[str | None] = mapped_column(default=None)\n"
NOTE_COLUMN = '        sa.Column("note", sa.Text(), nullable=True),\n'


def column(sql: str) -> Change:
    """The migration makes one more column of the loans."""
    return Edit(MIGRATION, NOTE_COLUMN, f"{NOTE_COLUMN}        sa.Column({sql}),\n")


def field(line: str) -> Change:
    """Loans have one more field."""
    return Edit("entities.py", NOTE, f"    {line}\n{NOTE}")


def _key(name: str, target: str, on_delete: str | None) -> tuple[Change, ...]:
    written = f', ondelete="{on_delete}"' if on_delete else ""
    return (
        Edit(
            "entities.py",
            "from sqlalchemy import Numeric",
            "from sqlalchemy import BigInteger, ForeignKey, Numeric",
        ),
        field(
            f"{name}: Mapped[int | None] = "
            f'mapped_column(BigInteger, ForeignKey("{target}"{written}), default=None)'
        ),
        column(
            f'"{name}", sa.BigInteger(), '
            f'sa.ForeignKey("{target}", name="fk_loan_{name}"{written}), nullable=True'
        ),
    )


def _renamed(old: str, new: str, table: str) -> tuple[Change, ...]:
    return (
        Everywhere("entities.py", old, new),
        Everywhere("__init__.py", old, new),
        Everywhere(MIGRATION, "book_copy", table),
    )


ENTITIES: dict[str, tuple[Change, ...]] = {
    "entity_name_of_another": _renamed("BookCopy", "Lead", "lead"),
    "entity_name_of_the_core": _renamed("BookCopy", "Unit", "unit"),
    "unknown_type": (
        Edit("entities.py", "note: Mapped[str | None]", "note: Mapped[complex | None]"),
    ),
    "decimal_without_precision": (
        Edit("entities.py", "mapped_column(Numeric(18, 2), ", "mapped_column("),
        Edit(MIGRATION, "sa.Numeric(precision=18, scale=2)", "sa.Numeric()"),
    ),
    "column_without_annotation": (
        field("pages = mapped_column(Numeric(5))"),
        column('"pages", sa.Numeric(5), nullable=True'),
    ),
    "own_primary_key": (
        Edit("entities.py", NOTE, "    note: Mapped[str] = mapped_column(primary_key=True)\n"),
        Edit(MIGRATION, NOTE_COLUMN, NOTE_COLUMN.replace("True", "False")),
        Edit(
            MIGRATION,
            'sa.PrimaryKeyConstraint("id", name=op.f("pk_loan"))',
            'sa.PrimaryKeyConstraint("id", "note", name=op.f("pk_loan"))',
        ),
    ),
    "reserved_field": (field("version: Mapped[str | None] = mapped_column(default=None)"),),
    "field_name_of_sqlalchemy": (
        field("metadata: Mapped[str | None] = mapped_column(default=None)"),
        column('"metadata", sa.Text(), nullable=True'),
    ),
    "field_name_of_the_api": (
        field("history: Mapped[str | None] = mapped_column(default=None)"),
        column('"history", sa.Text(), nullable=True'),
    ),
    "key_to_undeclared_table": _key("lead_id", "crm.lead.id", "SET NULL"),
    "key_without_on_delete": _key("guarantor_id", "party.party.id", None),
    "key_to_no_table": _key("guarantor_id", "party.persons.id", "SET NULL"),
    "relationship_on_another_class": (
        Append(
            "entities.py",
            "\n\nfrom sqlalchemy.orm import relationship\n\n"
            "Party.borrowed = relationship(Loan, viewonly=True)\n",
        ),
    ),
    "native_enum": (
        Edit(
            "entities.py", "from sqlalchemy import Numeric", "from sqlalchemy import Enum, Numeric"
        ),
        Edit(
            "entities.py",
            "mapped_column(default=BookCondition.GOOD)",
            "mapped_column(\n"
            '        Enum(BookCondition, native_enum=True, name="book_condition", schema="library"),\n'
            "        default=BookCondition.GOOD,\n    )",
        ),
        Edit(
            MIGRATION,
            'sa.Column("condition", sa.Text(), nullable=False)',
            'sa.Column("condition", sa.Enum("GOOD", "WORN", name="book_condition", '
            'schema="library"), nullable=False)',
        ),
    ),
    "bad_enum_value": (
        Edit("entities.py", '    WORN = "WORN"\n', '    WORN = "WORN"\n    null = "null"\n'),
        Edit(MIGRATION, "('GOOD', 'WORN')", "('GOOD', 'WORN', 'null')"),
    ),
    "no_way_to_fill": (
        Edit(
            "entities.py",
            "due_on: Mapped[date | None] = mapped_column(default=None)",
            "due_on: Mapped[date] = mapped_column(init=False)",
        ),
        Edit(
            MIGRATION,
            'sa.Column("due_on", sa.Date(), nullable=True)',
            'sa.Column("due_on", sa.Date(), nullable=False)',
        ),
    ),
    "two_reverse_names": (
        field("guarantor: Mapped[Party | None] = link(default=None)"),
        column(
            '"guarantor_id", sa.BigInteger(), sa.ForeignKey("party.party.id", '
            'name="fk_loan_guarantor_id", ondelete="RESTRICT"), nullable=True'
        ),
        Append(
            MIGRATION,
            '    op.create_index("ix_loan_guarantor_id", "loan", ["guarantor_id"], schema="library")\n',
        ),
    ),
    "reverse_name_taken": (
        Edit("entities.py", "Mapped[Party] = link()", 'Mapped[Party] = link(reverse="contacts")'),
    ),
    "schema_of_another": (
        Edit(
            "entities.py",
            '    __plural__ = "bookCopies"\n',
            '    __plural__ = "bookCopies"\n    __table_args__ = {"schema": "party"}\n',
        ),
        Edit(
            MIGRATION,
            'name=op.f("pk_book_copy")),\n        schema="library"',
            'name=op.f("pk_book_copy")),\n        schema="party"',
        ),
        Edit(
            MIGRATION,
            '"book_copy", ["book_id"], unique=False, schema="library"',
            '"book_copy", ["book_id"], unique=False, schema="party"',
        ),
    ),
    "own_declarative_base": (
        Append(
            "entities.py",
            "\n\nfrom sqlalchemy.orm import DeclarativeBase\n\n\n"
            "class Base(DeclarativeBase):\n"
            '    """What all are made of."""\n\n\n'
            "class Shelf(Base):\n"
            '    """Where books stand."""\n\n'
            '    __tablename__ = "shelf"\n'
            '    __table_args__ = {"schema": "library"}\n'
            "    id: Mapped[int] = mapped_column(primary_key=True)\n",
        ),
    ),
    "mapper_that_breaks": (
        Edit(
            "entities.py",
            "import Mapped, mapped_column",
            "import Mapped, mapped_column, relationship",
        ),
        field('sequel: Mapped["Bok | None"] = relationship("Bok", init=False)'),
    ),
    "searchable_without_field": (Edit("entities.py", '("title",)', '("title", "author_name")'),),
    "entity_without_docstring": (
        Edit("entities.py", '    """A book in somebody\'s hands."""\n\n', ""),
    ),
}
EXTENSIONS: dict[str, tuple[Change, ...]] = {
    "extension_not_null": (
        Edit("entities.py", '(default=0, server_default="0")', "(default=0)"),
        Edit(MIGRATION, 'sa.Integer(), server_default="0"', "sa.Integer()"),
    ),
    "extension_of_an_extension": (
        Append(
            "entities.py",
            "\n\nclass Card(Extension[Reader]):\n"
            '    """The card of a reader."""\n\n'
            "    colour: Mapped[str | None] = mapped_column(default=None)\n"
            '    """What it looks like."""\n',
        ),
        Append(
            MIGRATION,
            '    op.create_table(\n        "card",\n'
            '        sa.Column("colour", sa.Text(), nullable=True),\n'
            '        sa.Column("id", sa.BigInteger(), nullable=False),\n'
            '        sa.ForeignKeyConstraint(["id"], ["library.reader.id"], '
            'name=op.f("fk_card_id"), ondelete="CASCADE"),\n'
            '        sa.PrimaryKeyConstraint("id", name=op.f("pk_card")),\n'
            '        schema="library",\n    )\n',
        ),
    ),
    "extension_field_taken": (
        Edit(
            "entities.py",
            "    card: Mapped[str | None]",
            "    email: Mapped[str | None] = mapped_column(default=None)\n"
            '    """Where the library writes to."""\n    card: Mapped[str | None]',
        ),
        Edit(
            MIGRATION,
            '        sa.Column("card", sa.Text(), nullable=True),\n',
            '        sa.Column("card", sa.Text(), nullable=True),\n'
            '        sa.Column("email", sa.Text(), nullable=True),\n',
        ),
    ),
}


def _another_role(name: str) -> tuple[Change, ...]:
    return (
        Append(
            "roles.py",
            f'READER = Role("{name}", "Sees books.", grants=[read(Book)], rows=[all_rows(Book)])\n',
        ),
    )


ACCESS: dict[str, tuple[Change, ...]] = {
    "grant_is_a_text": (Edit("roles.py", "grants=[LEND, ", 'grants=[LEND, "library.shelve", '),),
    "permission_of_another": (Edit("permissions.py", '"library.lend"', '"party.lend"'),),
    "permission_twice": (Edit("permissions.py", '"library.see_loans"', '"library.lend"'),),
    "role_twice": _another_role("library.librarian"),
    "administrator_taken_over": _another_role("administrator"),
    "rows_of_no_user": (Edit("roles.py", "own(Loan.owner)", "own(Loan.borrower)"),),
    "rows_on_another_entity": (
        Edit(
            "roles.py",
            "own(Loan.owner)",
            'rows_where(Loan, lambda loan, me: Party.city == "Berlin")',
        ),
        Edit("roles.py", "own, read", "own, read, rows_where"),
    ),
}
PLANTED = ENTITIES | EXTENSIONS | ACCESS
