"""Whoever enters is told what holds: the epoch, the day, and how many settings of steps."""

from alembic import op

revision = "0021"
down_revision = "0020"


def upgrade() -> None:
    op.execute("drop function dougong.enter(bigint)")
    op.execute(
        """
        create function dougong.enter(expected bigint) returns text
        language plpgsql volatile as $$
        declare
            installed bigint;
        begin
            perform pg_advisory_xact_lock_shared(4611000001);
            select number into installed from dougong.generation;
            if installed is distinct from expected then
                raise exception 'generation % holds, not %', installed, expected
                    using errcode = 'XG001';
            end if;
            return (select concat_ws(' ', number, current_date,
                                     (select count(*) from dougong.step_setting))
                      from dougong.epoch);
        end
        $$
        """
    )
