"""Searchable text as pairs of neighbouring characters, for indexes (DESIGN, decision 1)."""

from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    for statement in FUNCTIONS:
        op.execute(statement)


# What an index finds is only a candidate: every condition compares the text itself as well. So
# texts that cannot be cut into pairs (longer than a tsvector holds, or with the character 1, which
# separates them here) are 'long', a candidate for everything; and of what is looked for, the first
# characters are enough. The last character stands alone in the index: so a single one that is
# looked for is the start of something, wherever it is in a text.
FUNCTIONS = (
    r"""
    create function dougong.bigrams(said text) returns tsvector
    language plpgsql immutable strict parallel safe cost 1000 as $$
    declare
        small text := lower(said);
    begin
        if length(small) > 10000 or strpos(small, E'\x01') > 0 then
            return array_to_tsvector(array['long']);
        end if;
        -- by regular expressions: a third of the work of taking the characters one by one
        return array_to_tsvector(array_remove(string_to_array(
            regexp_replace(small, '..', E'\\&\x01', 'g') || E'\x01'
            || regexp_replace(substr(small, 2), '..', E'\\&\x01', 'g'), E'\x01'), ''));
    end
    $$
    """,
    r"""
    create function dougong.bigram_query(said text) returns tsquery
    language plpgsql immutable strict parallel safe cost 1000 as $$
    declare
        small text := left(lower(said), 60);
        quote text := chr(39);
        parts text;
    begin
        if small = '' then
            return '!none';  -- is in every text
        end if;
        select string_agg(
            quote || replace(replace(part, '\', '\\'), quote, quote || quote) || quote
            || case length(small) when 1 then ':*' else '' end, ' & ')
        into parts
        from unnest(tsvector_to_array(dougong.bigrams(small))) as part
        where length(part) = 2 or length(small) = 1;
        return coalesce('(' || parts || ') | ', '') || 'long';
    end
    $$
    """,
)
