"""What can go wrong, as one tree.

DougongError
├── Refused              a rule said no; its sentence is shown to the person who asked
│   ├── Forbidden        a permission or a row rule is missing
│   ├── WrongState       the record is not in a state that the step starts from
│   ├── Invalid          a value is not acceptable where it was given
│   └── Conflict         somebody else was faster: a stale version, a taken key
├── SetupError           an add-on, a command or the installation is wrong; ends with "Fix: …"
└── GenerationChanged    what is installed changed under the transaction; it is run again

Anything else that is raised is a bug: the person sees an id, the log has the rest.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import MappingProxyType
from typing import Any

InputPath = tuple[str | int, ...]


class DougongError(Exception):
    """Root of everything that Dougong raises on purpose."""


class Refused(DougongError):
    """A rule said no.

    `code` names the sentence in the add-on's `locale/en.toml`; `params` fill it in.
    `at` is the path of the input that is to blame, for example `("lines", 2, "quantity")`.
    `locale` is the add-on in whose words it is said; the framework fills it in.
    """

    def __init__(
        self,
        code: str,
        *,
        at: str | InputPath = (),
        locale: str | None = None,
        **params: Any,
    ) -> None:
        super().__init__(code)
        self.code = code
        self.at: InputPath = (at,) if isinstance(at, str) else at
        self.locale = locale
        self.params: Mapping[str, Any] = MappingProxyType(params)
        self.several: tuple[Refused, ...] = (self,)

    @classmethod
    def all(cls, refusals: Sequence[Refused]) -> Refused:
        """One error that carries several refusals, for the person to see at once."""
        first = refusals[0]
        if len(refusals) == 1:
            return first
        together = Refused(first.code, at=first.at, locale=first.locale, **first.params)
        together.several = tuple(one for refusal in refusals for one in refusal.several)
        return together

    def below(self, *path: str | int) -> Refused:
        """The same refusal, its input paths prefixed: what is nested blames the right input."""
        for one in self.several:
            one.at = (*path, *one.at)
        if self not in self.several:
            self.at = (*path, *self.at)
        return self

    def said_by(self, addon: str) -> Refused:
        """The same refusal, in the words of an add-on unless it has said already in whose."""
        for one in (self, *self.several):
            one.locale = one.locale or addon
        return self

    def __str__(self) -> str:
        said = ", ".join(f"{key}={value}" for key, value in self.params.items())
        return f"{self.code}({said})" if said else self.code


@contextmanager
def blamed(*path: str | int) -> Iterator[None]:
    """Prefix the input path of every refusal that is raised inside."""
    try:
        yield
    except Refused as refusal:
        raise refusal.below(*path) from None


class Forbidden(Refused):
    """A permission or a row rule is missing."""


class WrongState(Refused):
    """The record is not in a state that the step starts from."""


class Invalid(Refused):
    """A value is not acceptable where it was given."""


class Conflict(Refused):
    """Somebody else was faster: a stale version, a taken key."""


class SetupError(DougongError):
    """An add-on, a command or the installation is wrong.

    The message is one or two sentences; `fix` says what to do and ends the message. `where` is
    what is to blame (a class, a verb, a role, the name of a file), the last of several most; an
    install tells in which file and line they stand.
    """

    def __init__(self, message: str, *, fix: str, where: Sequence[object] = ()) -> None:
        super().__init__(f"{message} Fix: {fix}")
        self.fix = fix
        self.where = where


class GenerationChanged(DougongError):
    """What is installed changed under this transaction; run it again in the new generation."""
