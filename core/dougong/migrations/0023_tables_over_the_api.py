"""Tables that people upload to import them, exports that they may download, rows that were refused."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0023"
down_revision = "0022"


def _moment(name: str) -> sa.Column:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=False)


def _person(table: str) -> tuple[sa.Column, sa.ForeignKeyConstraint]:
    return (
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["dougong.user.id"], name=op.f(f"fk_{table}_user_id"), ondelete="CASCADE"
        ),
    )


def upgrade() -> None:
    op.create_table(
        "import_upload",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        *_person("import_upload"),
        sa.Column("file", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("header", postgresql.JSONB(), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        _moment("kept_until"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_upload")),
        schema="dougong",
    )
    op.create_table(
        "import_upload_part",
        sa.Column("upload", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("lines", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["upload"],
            ["dougong.import_upload.id"],
            name=op.f("fk_import_upload_part_upload"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("upload", "number", name=op.f("pk_import_upload_part")),
        schema="dougong",
    )
    op.create_table(
        "export_asked",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        *_person("export_asked"),
        sa.Column("file", sa.Text(), nullable=False),
        sa.Column("asked", postgresql.JSONB(), nullable=False),
        _moment("expires_at"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_export_asked")),
        schema="dougong",
    )
    for table in ("import_upload", "export_asked"):
        op.create_index(op.f(f"ix_{table}_user_id"), table, ["user_id"], schema="dougong")
    op.add_column("import_portion", sa.Column("refused", sa.LargeBinary()), schema="dougong")
