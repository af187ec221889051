"""Files that hang on records, the bytes that are kept, and the uploads that were begun."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"


def _at(name: str, *, default: bool = True, nullable: bool = False) -> sa.Column:
    now = sa.text("now()") if default else None
    return sa.Column(name, sa.DateTime(timezone=True), server_default=now, nullable=nullable)


def upgrade() -> None:
    op.create_table(
        "content",
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        _at("used_at"),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_content")),
        schema="dougong",
    )
    op.create_table(
        "upload",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("token_id", sa.BigInteger(), nullable=True),
        sa.Column("record", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("content_type", sa.Text(), nullable=False),
        _at("expires_at", default=False),
        _at("begun_at", default=False, nullable=True),
        sa.ForeignKeyConstraint(
            ["user_id"], ["dougong.user.id"], name=op.f("fk_upload_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_upload")),
        schema="dougong",
    )
    op.create_index("ix_upload_user_id", "upload", ["user_id"], schema="dougong")
    op.create_table(
        "file",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        _at("created_at"),
        sa.Column("created_by_id", sa.BigInteger(), nullable=True),
        _at("updated_at"),
        sa.Column("updated_by_id", sa.BigInteger(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("content_type", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("entity", sa.Text(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("record", sa.Text(), nullable=False),
        *(
            sa.ForeignKeyConstraint(
                [name], ["dougong.user.id"], name=op.f(f"fk_file_{name}"), ondelete="SET NULL"
            )
            for name in ("created_by_id", "updated_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["sha256"], ["dougong.content.sha256"], name=op.f("fk_file_sha256"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_file")),
        schema="dougong",
    )
    op.create_index("ix_file_record", "file", ["entity", "number"], schema="dougong")
    op.create_index(op.f("ix_file_sha256"), "file", ["sha256"], schema="dougong")
    for statement in CHANGES:
        op.execute(statement)


CHANGES = (
    *(
        f"""
        create trigger log_{what} after {event} on dougong.file
        referencing {rows} table as changed
        for each statement execute function dougong.log_rows('dougong.file', '{what.upper()}')
        """.replace("'INSERTED'", "'CREATED'")
        for what, event, rows in (
            ("inserted", "insert", "new"),
            ("updated", "update", "new"),
            ("deleted", "delete", "old"),
        )
    ),
    # What hangs on a record goes with it, whichever way that goes: nothing passes by the change log.
    # Rows that were created or updated cost a look at one word.
    """
    create function dougong.remove_files() returns trigger
    language plpgsql as $$
    begin
        delete from dougong.file where entity = new.entity and number = new.record_id;
        return null;
    end
    $$
    """,
    """
    create trigger files_go after insert or update on dougong.change
    for each row when (new.what = 'DELETED') execute function dougong.remove_files()
    """,
)
