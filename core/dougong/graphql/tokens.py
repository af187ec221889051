"""A document's text, looked over before it is parsed: a tenth of the work, and linear."""

from __future__ import annotations

import re
from collections import Counter
from itertools import islice

from graphql import DocumentNode, GraphQLError, Lexer, Source, Token, TokenKind
from graphql.language.parser import Parser

from dougong.graphql.problems import bad_input

MOST_BYTES = 20_000
MOST_LINES = 2_500
MOST_TOKENS = 800
MOST_OF_ONE = 5_000
"""Letters of one name, number or text."""
MOST_SIDE_BY_SIDE = 200
"""Fields of one selection."""
MOST_NESTING = 50
"""Brackets within brackets."""
MOST_OF = {
    "...": (200, "spreads and inline fragments"),
    "@": (50, "directives"),
    "fragment": (120, "fragments"),
    "operation": (20, "operations"),
    "{": (120, "objects in its arguments, where variables could be"),
}
"""Of which tokens a document has how many at most."""

OPENING, CLOSING = frozenset("{[("), frozenset("}])")
TOKEN = re.compile(
    r'(?:[\s,\ufeff]++|#[^\r\n]*+)*+("""(?:[^"\\]|\\"""|\\|"(?!""))*+(?:""")?'
    r'|"(?:[^"\\\r\n]|\\.)*+"?|\.\.\.|\w++|.|\Z)',
    re.DOTALL,
)
"""What is skipped, and a token; texts may be without an end, so that nothing is read twice."""
NO_FIELD = frozenset(("...", ":", "@", "on"))
"""Before a name that is not one more field."""
WORDS = {"query": "operation", "mutation": "operation", "subscription": "operation"}


def look_over(text: str) -> None:
    """Raise GraphQLError for a text that would cost too much, whatever it means.

    DOCUMENT_TOO_LONG for its length, TOO_COMPLEX for what it has too much of.
    """
    if len(text) > MOST_BYTES or len(text.encode(errors="replace")) > MOST_BYTES:
        message = f"The document is longer than {MOST_BYTES // 1000} kB: put values into variables."
        raise bad_input("DOCUMENT_TOO_LONG", message)
    if text.count("\n") + text.count("\r") > MOST_LINES:
        raise too_complex(f"has more than {MOST_LINES:,} lines", "fewer are allowed")
    tokens = [match[1] for match in islice(TOKEN.finditer(text), MOST_TOKENS + 1)]
    brackets: list[str] = []
    fields: list[int] = []  # names so far, in each selection that is open
    found: Counter[str] = Counter()
    before = ""
    for token in tokens:
        if len(token) > MOST_OF_ONE:
            raise bad_input("DOCUMENT_TOO_LONG", "A text is too long: put it into a variable.")
        if token in OPENING:
            found[token] += "(" in brackets
            brackets.append(token)
            fields.append(0)
            if len(brackets) > MOST_NESTING:
                raise too_complex("has brackets very deep", f"{MOST_NESTING} levels are allowed")
        elif token in CLOSING:
            del brackets[-1:], fields[-1:]
        elif token in MOST_OF or token in WORDS:
            name = WORDS.get(token, token)
            found[name] += not brackets or name in ("...", "@")
        if fields and token.isidentifier() and before not in NO_FIELD and "(" not in brackets:
            fields[-1] += 1
            if fields[-1] > MOST_SIDE_BY_SIDE:
                said = f"{MOST_SIDE_BY_SIDE} fields are allowed"
                raise too_complex("has a very wide selection", said)
        before = token
    if len(tokens) > MOST_TOKENS:
        raise too_complex(f"has more than {MOST_TOKENS:,} names and signs", "fewer are allowed")
    for token, (most, what) in MOST_OF.items():
        if found[token] > most:
            raise too_complex(f"has {found[token]} {what}", f"{most} are allowed")


SIGNS = {kind.value: kind for kind in TokenKind if not kind.value[0].isalpha()}
NAME_OR_SIGN = re.compile(r"[ \t\n,]*+(?:([_A-Za-z][_0-9A-Za-z]*+)|\.\.\.|[{}()\[\]:!$=@|&])")


class QuickLexer(Lexer):
    """Finds names and signs by one expression; all else is found by graphql-core's own lexer."""

    def read_next_token(self, start: int) -> Token:
        """The token that comes next."""
        body = self.source.body
        found = NAME_OR_SIGN.match(body, start)
        if found is None:
            return super().read_next_token(start)
        name, end = found[1], found.end()
        sign = name or ("..." if body[end - 1] == "." else body[end - 1])
        begin = end - len(sign)
        lines = body.count("\n", start, begin)
        if lines:
            self.line += lines
            self.line_start = body.rindex("\n", start, begin) + 1
        kind = TokenKind.NAME if name else SIGNS[sign]
        return Token(kind, begin, end, self.line, 1 + begin - self.line_start, name)


def parsed(text: str) -> DocumentNode:
    """What graphql-core's `parse` makes of a text; raises GraphQLError."""
    return Parser(text, lexer=QuickLexer(Source(text))).parse_document()


def too_complex(what: str, allowed: str) -> GraphQLError:
    """The refusal of a document that is too deep or too large."""
    return bad_input("TOO_COMPLEX", f"The document {what}; {allowed}: split it up.")
