"""Entity and Extension: a class that is declared is mapped, in its own add-on's registry."""

from __future__ import annotations

from dataclasses import Field
from datetime import datetime
from typing import (
    TYPE_CHECKING,
    Any,
    ClassVar,
    Generic,
    Self,
    TypeVar,
    dataclass_transform,
    get_args,
)

from sqlalchemy import BigInteger, Column, DateTime, ForeignKey, Identity, Integer, Table, func
from sqlalchemy import inspect as object_state
from sqlalchemy.orm import Mapped, Mapper, composite, mapped_column, object_session, relationship

from dougong.builtin.siblings import Person, read_rows
from dougong.builtin.translations.columns import translation_columns
from dougong.db.naming import CORE, schema_of, snake
from dougong.entity.declare import Declaration, DeclaredLink
from dougong.entity.fields import Owned, SumOf, link, money, owned, sum_of
from dougong.entity.registry import registry_of
from dougong.errors import SetupError

if TYPE_CHECKING:
    from dougong.access.permissions import Guard
    from dougong.access.users import User
    from dougong.builtin.questions import Question
    from dougong.verbs.crud import CreateOf, DeleteOf, UpdateOf


@dataclass_transform(
    eq_default=False,
    kw_only_default=True,
    field_specifiers=(mapped_column, relationship, composite, link, money, owned, sum_of),
)
class Entity:
    """Something the business remembers: one class, one table, one GraphQL type.

    A subclass gets `id`, `version` (rises with every change), `created_at`, `created_by`,
    `updated_at` and `updated_by`, and is mapped as a keyword-only dataclass.
    `class StockQuantity(Entity, by_hand=False)` is written by verbs alone: the API reads it, and
    offers no create, update or delete. `class Lead(Entity, searchable=("name", "email"))` names the
    texts that people search in: `contains` and `search` find parts of them by an index.
    `translatable=("name",)` names texts that people translate: `nameTranslated` shows each.
    `needs_answer=spend_points` names a question: while nobody who is installed answers it, the API
    has no verb about the entity, and reads what there is.
    `__held_by__ = "approval"` names a link to a record that is locked before this one, as a parent.
    """

    __table__: ClassVar[Table]
    __addon__: ClassVar[str]
    __plural__: ClassVar[str | None] = None
    __by_hand__: ClassVar[bool] = True
    __needs_answer__: ClassVar[Any] = None
    __searchable__: ClassVar[tuple[str, ...]] = ()
    __translatable__: ClassVar[tuple[str, ...]] = ()
    __held_by__: ClassVar[str] = ""
    __attached__: ClassVar[str | None] = None

    if TYPE_CHECKING:
        __mapper__: ClassVar[Mapper[Any]]
        __dataclass_fields__: ClassVar[dict[str, Field[Any]]]
        __links__: ClassVar[dict[str, DeclaredLink]]
        __owned__: ClassVar[dict[str, Owned]]
        __money__: ClassVar[tuple[str, ...]]
        __sums__: ClassVar[dict[str, SumOf]]
        __guards__: ClassVar[dict[str, Guard]]
        __translated__: ClassVar[dict[str, str]]
        id: Mapped[int] = mapped_column(init=False)
        version: Mapped[int] = mapped_column(init=False)
        created_at: Mapped[datetime] = mapped_column(init=False)
        created_by: Mapped[User | None] = link(init=False)
        updated_at: Mapped[datetime] = mapped_column(init=False)
        updated_by: Mapped[User | None] = link(init=False)
        create: ClassVar[CreateOf]
        update: ClassVar[UpdateOf]
        delete: ClassVar[DeleteOf]
    else:
        created_by, updated_by = Person(), Person()

    def __init_subclass__(
        cls,
        abstract: bool = False,
        by_hand: bool = True,
        searchable: tuple[str, ...] = (),
        translatable: tuple[str, ...] = (),
        needs_answer: Question[Any, Any] | None = None,
    ) -> None:
        super().__init_subclass__()
        cls.__by_hand__ = by_hand
        cls.__needs_answer__ = needs_answer
        cls.__searchable__ = searchable
        cls.__translatable__ = translatable
        if abstract:
            return
        for base in cls.__mro__[1:]:
            if "__table__" in vars(base):
                raise SetupError(
                    f"{cls.__name__} inherits from the entity {base.__name__}.",
                    fix=f"add fields to {base.__name__} with Extension[{base.__name__}], "
                    "or link to it.",
                )
        _map(cls, _entity_columns())

    def __repr__(self) -> str:
        return f"<{type(self).__name__}:{self.__dict__.get('id')}>"


E = TypeVar("E", bound=Entity)


class Extension(Entity, Generic[E], abstract=True):
    """Fields that an add-on gives to another add-on's entity, kept in a table of its own.

    Every record has its extension row: written when the record is created, backfilled when the
    add-on is installed. Columns are nullable or have a server default.
    """

    __extends__: ClassVar[type[Entity]]

    def __init_subclass__(
        cls,
        abstract: bool = False,
        by_hand: bool = True,
        searchable: tuple[str, ...] = (),
        translatable: tuple[str, ...] = (),
    ) -> None:
        super().__init_subclass__(True, by_hand, searchable, translatable)
        bases = getattr(cls, "__orig_bases__", ())
        target = next((one for base in bases for one in get_args(base)), None)
        if not isinstance(target, type) or not issubclass(target, Entity):
            raise SetupError(
                f"{cls.__name__} does not say which entity it extends.",
                fix=f"write class {cls.__name__}(Extension[Lead]) with the entity's class.",
            )
        cls.__extends__ = target
        record = ForeignKey(target.__table__.c.id, ondelete="CASCADE")
        _map(cls, {"id": Column(BigInteger, record, primary_key=True)})
        for column in cls.__table__.columns:
            if not (column.primary_key or column.nullable or column.server_default is not None):
                raise SetupError(
                    f"{cls.__name__}.{column.key} is neither nullable nor has a server default, "
                    "so records that exist already could not get a row.",
                    fix='give it server_default="…", or make it Mapped[… | None].',
                )

    @classmethod
    def of(cls, record: E) -> Self:
        """The extension's row for this record, which must be in a session."""
        session = object_session(record)
        if session is None:
            raise SetupError(
                f"{cls.__name__}.of was asked about a record that is in no session.",
                fix="create the record with ctx.create, or load it, before asking.",
            )
        if object_state(record).pending:
            session.flush()
        read_rows(cls, record, session)
        row = session.get(cls, record.id)
        if row is None:
            row = cls()
            row.id = record.id
            session.add(row)
            session.flush()
        object_state(record).info[cls] = row  # nobody else holds it
        return row


def _entity_columns() -> dict[str, Any]:
    """The columns every entity has, first in its table; None for a person, see Declaration."""

    def moment() -> Any:
        return Column(DateTime(timezone=True), server_default=func.now(), nullable=False)

    return {
        "id": Column(BigInteger, Identity(), primary_key=True),
        "version": Column(Integer, server_default="1", default=1, nullable=False),
        "created_at": moment(),
        "created_by": None,
        "updated_at": moment(),
        "updated_by": None,
    }


def _map(cls: type[Entity], first: dict[str, Any]) -> None:
    """Expand the declared fields and map the class in its add-on's registry."""
    cls.__addon__ = schema_of(cls.__module__)
    setattr(cls, "__tablename__", snake(cls.__name__))
    declaration = Declaration(cls, is_core=cls.__addon__ == CORE)
    declaration.expand({**first, **translation_columns(cls)})
    as_dataclass = registry_of(cls.__addon__).mapped_as_dataclass(
        kw_only=True, eq=False, repr=False
    )
    as_dataclass(cls)
    declaration.finish()
