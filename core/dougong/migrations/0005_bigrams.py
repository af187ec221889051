"""Searchable text as pairs of neighbouring characters, for indexes (DESIGN, decision 1)."""

from alembic import op

revision = "0005"
down_revision = "0001"


def upgrade() -> None:
    for statement in FUNCTIONS:
        op.execute(statement)


# What an index finds is only a candidate: every condition compares the text itself as well. So
# very long texts may be candidates for everything (they would not fit into a tsvector), and of what
# is looked for, the first characters are enough. The last character stands alone in the index: so
# a single one that is looked for is the start of something, wherever it is in a text.
FUNCTIONS = (
    """
    create function dougong.bigrams(said text) returns tsvector
    language plpgsql immutable strict parallel safe cost 1000 as $$
    declare
        letters text[] := string_to_array(lower(said), null);
        number integer := cardinality(letters);
    begin
        if number > 10000 then
            return array_to_tsvector(array['long']);
        end if;
        return array_to_tsvector(
            array(select a || b from unnest(letters[1 : number - 1], letters[2:]) as pair (a, b))
            || letters[number :]
        );
    end
    $$
    """,
    r"""
    create function dougong.bigram_query(said text) returns tsquery
    language plpgsql immutable strict parallel safe cost 1000 as $$
    declare
        letters text[] := array(
            select replace(replace(letter, '\', '\\'), quote, quote || quote)
            from unnest(string_to_array(left(lower(said), 60), null)) as letter,
                chr(39) as quote
        );
        number integer := cardinality(letters);
    begin
        return case number
            when 0 then '!none'
            when 1 then format('%1$s%2$s%1$s:* | long', chr(39), letters[1])
            else (
                select '(' || string_agg(chr(39) || a || b || chr(39), ' & ') || ') | long'
                from unnest(letters[1 : number - 1], letters[2:]) as pair (a, b)
            )
        end::tsquery;
    end
    $$
    """,
)
