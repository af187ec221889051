"""In which language people are answered."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    op.add_column("user", sa.Column("language", sa.Text(), nullable=True), schema="dougong")
    op.execute('drop trigger raise_epoch on dougong."user"')
    op.execute(
        """
        create trigger raise_epoch after delete or truncate or update of active, name, language
        on dougong."user" for each statement execute function dougong.raise_epoch()
        """
    )
