"""The change log: which records each transaction has written."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "change",
        sa.Column("entity", sa.Text(), nullable=False),
        sa.Column("xid", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("record_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("entity", "xid", "record_id", name=op.f("pk_change")),
        schema="dougong",
    )
    op.create_index(
        "ix_change_at", "change", ["at"], unique=False, schema="dougong", postgresql_using="brin"
    )
    op.create_table(
        "position_key",
        sa.Column("single", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("single", name=op.f("ck_position_key_single")),
        sa.PrimaryKeyConstraint("single", name=op.f("pk_position_key")),
        schema="dougong",
    )
    for statement in AT_START:
        op.execute(statement)


AT_START = (
    """
    insert into dougong.position_key (secret)
    values (decode(replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', ''), 'hex'))
    """,
    # One row for each record and transaction, written by statement triggers: nothing that reaches a
    # table goes past them, be it a flush, a bulk statement, an import or a foreign key's cascade.
    """
    create function dougong.log_rows() returns trigger
    language plpgsql as $$
    begin
        if tg_argv[1] = 'DELETED' then
            insert into dougong.change (entity, xid, record_id, what, at)
            select tg_argv[0], pg_current_xact_id()::text::bigint, id, tg_argv[1], now()
              from changed
            on conflict (entity, xid, record_id) do update set what = 'DELETED';
        else
            insert into dougong.change (entity, xid, record_id, what, at)
            select tg_argv[0], pg_current_xact_id()::text::bigint, id, tg_argv[1], now()
              from changed
            on conflict do nothing;
        end if;
        return null;
    end
    $$
    """,
    # Gives the tables of a part that have none yet their triggers. A table whose id refers to
    # another's is an extension: its rows are fields of the other's records.
    """
    create function dougong.log_changes(part text) returns void
    language plpgsql as $$
    declare
        one record;
        here text;
        log constant text := 'for each statement execute function dougong.log_rows';
    begin
        for one in
            select c.relname,
                   (select tn.nspname || '.' || t.relname
                      from pg_constraint k
                      join pg_class t on t.oid = k.confrelid
                      join pg_namespace tn on tn.oid = t.relnamespace
                     where k.conrelid = c.oid and k.contype = 'f'
                       and k.conkey = array[a.attnum]) as extended
              from pg_class c
              join pg_namespace n on n.oid = c.relnamespace
              join pg_attribute a on a.attrelid = c.oid and a.attname = 'id' and a.attnum > 0
             where n.nspname = part and c.relkind = 'r' and a.atttypid = 'bigint'::regtype
               and (part <> 'dougong' or c.relname = 'user')
               and not exists (select from pg_trigger
                                where tgrelid = c.oid and tgname = 'log_inserted')
        loop
            here := format('%I.%I', part, one.relname);
            execute format(
                'create trigger log_inserted after insert on %s referencing new table as changed '
                || log || '(%L, %L)', here, coalesce(one.extended, part || '.' || one.relname),
                case when one.extended is null then 'CREATED' else 'UPDATED' end);
            execute format(
                'create trigger log_updated after update on %s referencing new table as changed '
                || log || '(%L, ''UPDATED'')', here,
                coalesce(one.extended, part || '.' || one.relname));
            if one.extended is null then
                execute format(
                    'create trigger log_deleted after delete on %s referencing old table as changed '
                    || log || '(%L, ''DELETED'')', here, part || '.' || one.relname);
            end if;
        end loop;
    end
    $$
    """,
    "select dougong.log_changes('dougong')",
    "select dougong.log_changes(name) from dougong.addon",
)
