"""The checker: everything that one can ask, asked of two worlds that must answer alike."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from pathlib import Path
from random import Random

from dougong.access.permissions import Operation
from dougong.builtin.trusted_documents import id_of
from dougong.entity.base import Entity
from dougong.generation import Generation
from dougong.testing.oracle.dice import Dice
from dougong.testing.oracle.examples import SIZES, example
from dougong.testing.two_worlds.answers import Leak, difference
from dougong.testing.two_worlds.asking import Asking
from dougong.testing.two_worlds.contents import Contents
from dougong.testing.two_worlds.door import asked
from dougong.testing.two_worlds.exceptions import Declared, Exceptions
from dougong.testing.two_worlds.exports import Exports
from dougong.testing.two_worlds.following import Following
from dougong.testing.two_worlds.formerly import Formerly
from dougong.testing.two_worlds.mutating import Mutating
from dougong.testing.two_worlds.pair import Pair
from dougong.testing.two_worlds.people import Roles, standing
from dougong.testing.two_worlds.sweeps import Asked, Sweeps
from dougong.testing.two_worlds.writes import Writes


@dataclass(frozen=True)
class Effort:
    """How much is asked for each set of roles."""

    varied: float = 1.0
    """The share of what lies far from all that somebody sees, which differs too."""
    entities: int = 3
    """Of those that somebody sees, how many are gone through."""
    sweeps: int = 6
    """Orders, conditions and statistics of each."""
    queries: int = 8
    mutations: int = 20
    judged: int = 3
    """Entities whose mutations are tried where something unseen decides."""
    repeated: int = 3
    """Mutations that are sent again after rights were lost, and after somebody else."""
    files: int = 2
    """At random."""
    pointed: int = 1
    """Entities, and as many others, of which files are brought in that name something unseen."""
    exported: int = 1
    """Of the entities that are gone through, of how many files are taken out."""
    followed: int = 6
    """Entities that are subscribed to."""
    changes: int = 6
    """While subscriptions are open."""


_BRIEF = Effort(
    varied=0.25,
    entities=2,
    sweeps=3,
    queries=1,
    mutations=3,
    judged=2,
    repeated=1,
    files=1,
    followed=2,
    changes=0,
)
BRIEF = (_BRIEF, replace(_BRIEF, changes=2))
"""For tests: one set of roles is asked with the first, the next one with the second."""


def all_roles(generation: Generation) -> list[Roles]:
    """The anonymous, somebody without a role, each role, and every two of them."""
    names = sorted(
        name
        for name, role in generation.access.roles.items()
        if not (role.everything or role.implied)
    )
    return [None, (), *((name,) for name in names), *combinations(names, 2)]


def roles_in_turn(generation: Generation, seed: int) -> Iterator[Roles]:
    """Sets of roles, without end: first so that each role comes once, two by two, then all others."""
    every = all_roles(generation)
    names = [one[0] for one in every if one and len(one) == 1]
    random = Random(seed)  # noqa: S311 - not for secrets
    random.shuffle(names)
    yield from (tuple(sorted(names[at : at + 2])) for at in range(0, len(names), 2))
    while True:
        random.shuffle(every)
        yield from sorted(every, key=lambda one: len(one or ()) > 1)


class TwoWorlds:
    """Asks both worlds of a pair whatever one can ask."""

    def __init__(self, pair: Pair, folder: Path, exceptions: Sequence[Declared] = ()) -> None:
        """Files that are brought in are written to `folder`; `exceptions` come on top of the list."""
        self.pair = pair
        self.generation = pair.generation
        self._asking = Asking(pair, exceptions)
        self._writes = Writes(pair.generation)
        self._file = folder / "file.csv"
        self._cursors: dict[str, list[str]] = {}
        self._been_besides: set[bool] = set()

    @property
    def asked(self) -> Counter[str]:
        """How often what was asked."""
        return self._asking.asked

    @property
    def broken(self) -> list[str]:
        """Requests that ended in a mistake of the server's own."""
        return self._asking.broken

    @property
    def invalid(self) -> Mapping[str, str]:
        """For each kind of request that tells nothing one of those, as the API does not know it so."""
        return self._asking.invalid

    @property
    def exceptions(self) -> Exceptions:
        """What is declared."""
        return self._asking.exceptions

    def renew(self, seed: int) -> None:
        """Other records, the same for the same seed."""
        self.pair.renew(seed)
        self._cursors = {}
        self._been_besides = set()

    def check(self, roles: Roles, seed: int, effort: Effort) -> None:
        """Ask everything as somebody with these roles. Raises Leak, which tells how to repeat it."""
        random = Random(seed)  # noqa: S311 - not for secrets
        who = standing(self.generation, roles, random, seed)
        try:
            self.pair.become(who, seed, effort.varied)
            self._check(random, effort)
        except Leak as leak:
            raise Leak(f"{leak}\nasked with the roles {who}; roles {roles}, seed {seed}") from None

    def _check(self, random: Random, effort: Effort) -> None:
        contents = Contents(self.pair, self._cursors)
        self._asking.know(contents.rights)
        sweeps = Sweeps(contents, random, effort.sweeps)
        chosen = self._chosen(contents, sweeps, random, effort.entities)
        swept = self._swept(contents, sweeps, chosen)
        formerly = Formerly(self._asking, self._writes, contents, random)
        if self.pair.user is not None:
            formerly.ask(swept[:1])
        for document, variables in swept:
            self._asking.sweep(document, variables)
        for _ in range(effort.queries):
            drawn = example(_dice(random), contents.world)
            for request in drawn.requests:
                self._asking.query("query", drawn.document, request.variables)
        self._ask_besides()
        exports = Exports(self._asking, sweeps, random, self._file)
        for entity in chosen[: effort.exported]:
            exports.take_out(entity)
        mutating = Mutating(self._asking, self._writes, contents, random, self._file)
        if effort.judged:
            mutating.judge(_dice(random), effort.judged)
        for _ in range(effort.mutations):
            mutating.at_random(_dice(random))
        for _ in range(effort.files):
            mutating.bring_in(_dice(random))
        mutating.point(effort.pointed)
        if self.pair.user is not None and effort.changes:
            Following(self._asking, contents, random, effort.followed).follow(effort.changes)
        if self.pair.user is not None:
            formerly.repeat(effort.repeated)

    def _chosen(
        self, contents: Contents, sweeps: Sweeps, random: Random, most: int
    ) -> list[type[Entity]]:
        """Entities that are gone through: those first of which something is seen, and not all.

        What hangs on all kinds of records, such as files, is no role's own, and comes last each time.
        """
        seen = self._seen(contents)
        hung = [one for one in seen if one.__attached__ is not None]
        known = contents.about & set(seen) or seen
        some = sorted(known, key=lambda one: one.__name__)
        some = [one for one in some if sweeps.hides(one)] or some
        return list(dict.fromkeys([*random.sample(some, min(most, len(some))), *hung]))

    def _seen(self, contents: Contents) -> list[type[Entity]]:
        return [one for one in self.generation.models if contents.rights.may(Operation.READ, one)]

    def _swept(
        self, contents: Contents, sweeps: Sweeps, chosen: Sequence[type[Entity]]
    ) -> list[Asked]:
        """Documents about some entities from end to end; the most telling ones first."""
        seen = self._seen(contents)
        documents = [one for entity in chosen for one in sweeps.of(entity)]
        documents += [*sweeps.reports(), *sweeps.by_hand()]
        documents += sweeps.unseen([one for one in self.generation.models if one not in seen])
        pages = [sweeps.page(entity) for entity in chosen]
        pages += [sweeps.past(entity) for entity in chosen]
        return [*pages, *sweeps.across(seen, contents.about), *documents]

    def _ask_besides(self) -> None:
        """The same over other doors: the schema as a file, GET, a trusted document."""
        if (self.pair.user is None) in self._been_besides:
            return  # what is told there is the same for all who have signed in, and takes long
        self._been_besides.add(self.pair.user is None)
        trusted = asked({"documentId": id_of("{ __typename }")})
        requests: list[tuple[str, str, bytes, dict[str, str]]] = [
            ("GET", "/graphql/schema.graphql", b"", {}),
            ("GET", "/graphql/schema.json", b"", {}),
            ("GET", "/graphql", b"", {"query": "{ __typename users { totalCount } }"}),
            ("POST", "/graphql", trusted, {}),
            ("POST", "/graphql", b"{", {}),
        ]
        for request in requests:
            self.asked["door"] += 1
            first, second = self.pair.request(*request)
            difference(first, second, self.exceptions)


def _dice(random: Random) -> Dice:
    return Dice(random.randbytes(random.choice(SIZES)))
