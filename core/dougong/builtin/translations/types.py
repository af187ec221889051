"""What the API says of a translation: a type that all entities share."""

from __future__ import annotations

from graphql import GraphQLBoolean, GraphQLField, GraphQLNonNull, GraphQLObjectType, GraphQLString

from dougong.graphql.described import all_of, fields

TRANSLATIONS = "translations"
SAYS = "What was entered in it, in other languages: all translations that you may see."


def translation_type() -> GraphQLObjectType:
    """The type of one translation."""
    text, outdated = GraphQLNonNull(GraphQLString), GraphQLNonNull(GraphQLBoolean)
    said = {
        "field": (text, "The field that is translated, as the API calls it: `name`."),
        "language": (text, "Into which language: `zh-CN`."),
        "text": (text, "What it says there."),
        "outdated": (outdated, "Whether something else has been entered since it was translated."),
    }
    return GraphQLObjectType(
        "Translation",
        fields(said),
        description="What was entered in a field of a record, in another language.",
    )


def translations_field(kind: GraphQLObjectType) -> GraphQLField:
    """The field that lists a record's translations."""
    return GraphQLField(all_of(kind), description=SAYS)
