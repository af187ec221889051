"""Our walk over a document finds what graphql-core's own validation finds."""

import random
import re
from typing import Any

import pytest
from graphql import DocumentNode, GraphQLError, parse, validate

from dougong.graphql import validation
from dougong.graphql.tokens import parsed

DOCUMENTS = [
    """query A($a: Int @skip(if: true), $b: [CustomerWhere!] = [{name: {eq: "x"}}]) @include(if: $c) {
      ...F @d @d
      __schema { types { fields { type { fields { type { fields { type { name } } } } } } } }
      customers(first: $a, where: {and: $b, state: {in: [NEW, OLD]}}) { nodes @skip { name { x } } }
    }
    fragment F on Query { ...G node { id ... on Int { x } ... on Nope { y } } orders(first: 1) { id } }
    fragment G on Customer { id ...G }
    subscription { a b }""",
    """{ node(id: 1, id: 2) { ... @include(if: 3) { id } } a: node(id: 1) { id } a: node(id: 2) { id } }
    type T { a: Int } query X { __type(name: 3) { name } __typename }""",
    """query Page($first: Int = 20, $after: String, $where: CustomerWhere, $only: Boolean!) {
      customers(first: $first, after: $after, where: $where, orderBy: [{name: ASC}, {id: DESC}]) {
        totalCount
        edges { cursor node { ...Row orders(first: 3) @include(if: $only) { nodes { state total } } } }
        pageInfo { hasNextPage endCursor }
      }
    }
    fragment Row on Customer { id name owner { id name } credit { amount currency } ... on Node { id } }""",
]
TOKEN = re.compile(r'"[^"]*"|\.\.\.|\w+|[^\s\w]|\s+')
WORDS = ["name", "Customer", "$x", "$b", "@skip", "1", "...", "id", "Int", "{a: 1}", "null", "ASC"]


def changed(text: str, chance: random.Random) -> str:
    """The text with up to four of its words moved, doubled or replaced."""
    words = TOKEN.findall(text)
    for _ in range(chance.randint(0, 4)):
        one, other = chance.randrange(len(words)), chance.randrange(len(words))
        match chance.randrange(4):
            case 0:
                words[one] = words[other]
            case 1:
                words.insert(one, words[other])
            case 2:
                words[one], words[other] = words[other], words[one]
            case _:
                words[one] = chance.choice(WORDS)
    return "".join(words)


def told(errors: list[GraphQLError]) -> Any:
    places = [tuple((at.line, at.column) for at in error.locations or ()) for error in errors]
    return sorted(zip([error.message for error in errors], places, strict=True))


@pytest.mark.parametrize("hide", [False, True], ids=["with suggestions", "without"])
def test_all_faults_are_found_and_no_others(
    shop: Any, monkeypatch: pytest.MonkeyPatch, hide: bool
) -> None:
    monkeypatch.setattr(validation, "MOST_ERRORS", 1_000_000)
    monkeypatch.setattr(validation, "MOST_GUESSES", 1_000_000)
    schema, chance, faulty = shop.generation.schema, random.Random(7), 0
    for number in range(200):
        text = changed(DOCUMENTS[number % len(DOCUMENTS)], chance)
        try:
            document = parse(text)
        except GraphQLError:
            continue
        expected = validate(schema, document, max_errors=1_000_000, hide_suggestions=hide)
        found = validation.faults(schema, document, text, hide_suggestions=hide)
        faulty += bool(expected)
        assert told(found) == told(expected), text
    assert faulty > 50


def tokens(document: DocumentNode) -> list[Any]:
    """All tokens of a document's text and where they stand."""
    assert document.loc
    found, token = [], document.loc.start_token
    while token := token.next:
        found.append((token.kind, token.start, token.end, token.line, token.column, token.value))
    return found


def test_texts_are_cut_into_the_same_tokens_at_the_same_places() -> None:
    chance = random.Random(8)
    words = [
        *WORDS,
        "-1.5e3",
        '"a\\n"',
        '"""b\n c"""',
        "# d",
        "\ufeff",
        ",",
        "\r\n",
        "\n",
        "\r",
        "&",
    ]
    alike = 0
    for number in range(600):
        text = changed(DOCUMENTS[number % len(DOCUMENTS)], chance).replace(
            "$b", chance.choice(words)
        )
        try:
            expected = parse(text)
        except GraphQLError as refusal:
            with pytest.raises(GraphQLError, match=re.escape(refusal.message)):
                parsed(text)
            continue
        assert (parsed(text), tokens(parsed(text))) == (expected, tokens(expected)), text
        alike += 1
    assert alike > 100


def test_a_document_without_faults_has_none(shop: Any) -> None:
    text = DOCUMENTS[2]

    assert validation.faults(shop.generation.schema, parse(text), text, hide_suggestions=True) == []


def test_only_the_first_faults_are_told(shop: Any) -> None:
    error = shop.answer("{ customers { nodes { a b c d e f g h } } }").body

    assert error.count(b"Cannot query field") == validation.MOST_ERRORS
