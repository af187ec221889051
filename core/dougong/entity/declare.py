"""From the fields as an author declares them to what SQLAlchemy maps."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, get_args, get_origin

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    Numeric,
    Table,
    Text,
    cast,
    event,
    func,
    select,
)
from sqlalchemy import inspect as object_state
from sqlalchemy.orm import Mapped, column_property, composite, mapped_column, relationship

from dougong.builtin.searchable import index_searchable
from dougong.builtin.translations.columns import check_translatable
from dougong.db.naming import snake
from dougong.entity.enums import EnumText
from dougong.entity.fields import MISSING, Link, Money, MoneyField, Owned, SumOf
from dougong.entity.registry import registry_of
from dougong.errors import SetupError

MONEY_AMOUNT = Numeric(20, 4)
OPTIONAL = re.compile(r"^(?:typing\.)?Optional\[(.+)\]$")


@dataclass(frozen=True)
class DeclaredLink:
    """A link as the API needs it: its name, its key column's name and where it points."""

    name: str
    key: str
    target: type[Any] | str
    nullable: bool
    reverse: str | None


def own_annotations(cls: type[Any]) -> dict[str, Any]:
    """The annotations that a class itself has, those that cannot be read yet as references."""
    if sys.version_info >= (3, 14):  # annotations are made when they are asked for (PEP 649)
        import annotationlib

        return dict(annotationlib.get_annotations(cls, format=annotationlib.Format.FORWARDREF))
    return dict(vars(cls).get("__annotations__", {}))


class Declaration:
    """One entity class on its way to being mapped."""

    def __init__(self, cls: type[Any], *, is_core: bool) -> None:
        self.cls = cls
        self.is_core = is_core
        self.annotations: dict[str, Any] = {}
        self.links: dict[str, DeclaredLink] = {}
        self.owned: dict[str, Owned] = {}
        self.money: list[str] = []
        self.sums: dict[str, SumOf] = {}

    def expand(self, first: Mapping[str, Any]) -> None:
        """Replace links, money, owned and sums on the class by what SQLAlchemy knows.

        `first` are the columns that every entity has, and None for each link to who did something:
        no author says them, so they are no fields of the dataclass, which takes half of the time.
        """
        own = own_annotations(self.cls)
        values = {name: vars(self.cls)[name] for name in own if name in vars(self.cls)}
        for name in values:
            delattr(self.cls, name)
        for name, column in first.items():
            if column is None:
                self._person(name)
            else:
                setattr(self.cls, name, column)
        for name, annotation in own.items():
            self._field(name, annotation, values.get(name, MISSING))
        self.cls.__annotations__ = self.annotations
        self.cls.__links__ = self.links
        self.cls.__owned__ = self.owned
        self.cls.__money__ = tuple(self.money)
        self.cls.__sums__ = self.sums

    def _field(self, name: str, annotation: Any, value: Any) -> None:
        expanders: dict[type[Any], Callable[[str, Any, Any], None]] = {
            Link: self._link,
            MoneyField: self._money,
            Owned: self._owned,
            SumOf: self._sum,
        }
        expand = expanders.get(type(value))
        if expand is not None:
            expand(name, annotation, value)
            return
        self.annotations[name] = annotation
        if value is not MISSING:
            setattr(self.cls, name, value)

    def _link(self, name: str, annotation: Any, value: Link) -> None:
        target, nullable = self._target(name, annotation)
        key = f"{name}_id"
        column = mapped_column(
            BigInteger,
            ForeignKey(self._key_of(target), ondelete=value.on_delete),
            nullable=nullable,
            index=not value.unique and value.reverse != "-",
            unique=value.unique or None,
            init=False,
            info=value.info,
        )
        self.annotations[key] = Mapped[int | None] if nullable else Mapped[int]
        options: dict[str, Any] = {"init": value.init}
        if value.default is not MISSING:
            options["default"] = value.default
        self.annotations[name] = Mapped[Any]
        self.links[name] = DeclaredLink(name, key, target, nullable, value.reverse)
        setattr(self.cls, key, column)
        if self._is_me(target):
            options["remote_side"] = lambda: self.cls.__table__.c.id
        setattr(self.cls, name, relationship(target, foreign_keys=[column], **options))

    def _person(self, name: str) -> None:
        target = self._core_user(vars(sys.modules[self.cls.__module__]).get("User", "User"))
        self.links[name] = DeclaredLink(name, f"{name}_id", target, True, "-")
        column = Column(BigInteger, ForeignKey(self._key_of(target), ondelete="SET NULL"))
        setattr(self.cls, f"{name}_id", column)

    def _target(self, name: str, annotation: Any) -> tuple[type[Any] | str, bool]:
        """The class (or, for a class that is declared later, its name) that a link points to."""
        argument = get_args(annotation)[0] if get_origin(annotation) is Mapped else annotation
        parts: list[Any] = []
        for part in get_args(argument) or (argument,):
            if isinstance(part, type):
                parts.append(part)
            else:
                text = str(getattr(part, "__forward_arg__", part))
                inner = re.fullmatch(r"\s*Mapped\[(.+)\]\s*", text)
                text = OPTIONAL.sub(r"\1 | None", inner.group(1) if inner else text)
                parts += [word.strip(" \"'") for word in text.split("|")]
        nullable = any(p in ("None", type(None)) for p in parts)
        named = [p for p in parts if p not in ("None", type(None))]
        target = named[0] if len(named) == 1 else None
        if isinstance(target, str):
            target = vars(sys.modules[self.cls.__module__]).get(target, target)
        target = self._core_user(target)
        if not (isinstance(target, str) and target.isidentifier()) and not hasattr(
            target, "__table__"
        ):
            raise SetupError(
                f"{self.cls.__name__}.{name} is a link, but {annotation} names no entity.",
                fix=f"write {name}: Mapped[Party | None] = link(default=None).",
            )
        return target, nullable

    def _core_user(self, target: Any) -> type[Any] | str:
        """Every add-on may say "User" without importing it."""
        if target == "User" and not self.is_core:
            return next(
                mapper.class_
                for mapper in registry_of("dougong").mappers
                if mapper.class_.__name__ == "User"
            )
        return target  # type: ignore[no-any-return]

    def _key_of(self, target: type[Any] | str) -> Any:
        if isinstance(target, str):
            return f"{self.cls.__addon__}.{snake(target)}.id"
        return target.__table__.c.id

    def _money(self, name: str, annotation: Any, value: MoneyField) -> None:
        nullable = "None" in str(annotation) or "Optional[" in str(annotation)
        amount = mapped_column(MONEY_AMOUNT, nullable=nullable, init=False, info=value.info)
        currency = mapped_column(Text, nullable=nullable, init=False, info=value.info)
        self.annotations[f"{name}_amount"] = Mapped[Decimal | None] if nullable else Mapped[Decimal]
        self.annotations[f"{name}_currency"] = Mapped[str | None] if nullable else Mapped[str]
        setattr(self.cls, f"{name}_amount", amount)
        setattr(self.cls, f"{name}_currency", currency)
        options: dict[str, Any] = {} if value.default is MISSING else {"default": value.default}
        if nullable:
            options["return_none_on"] = lambda amount, currency: amount is None
        self.annotations[name] = Mapped[Money | None] if nullable else Mapped[Money]
        setattr(self.cls, name, composite(Money, f"{name}_amount", f"{name}_currency", **options))
        self.money.append(name)

    def _owned(self, name: str, annotation: Any, value: Owned) -> None:
        child = self._child(name, annotation)
        by = value.by or next(
            (link.name for link in child.__links__.values() if self._is_me(link.target)), ""
        )
        if by not in child.__links__ or child.__links__[by].nullable:
            raise SetupError(
                f"{self.cls.__name__}.{name} owns {child.__name__}, which has no mandatory link back.",
                fix=f'give {child.__name__} a field Mapped["{self.cls.__name__}"] = '
                'link(on_delete="CASCADE").',
            )
        self.owned[name] = Owned(by, child)
        self.annotations[name] = annotation
        # A reading: children are written by their own verbs, and deleted by the foreign key.
        children: Any = relationship(child, default_factory=list, viewonly=True, order_by=child.id)
        setattr(self.cls, name, children)

    def _is_me(self, target: type[Any] | str) -> bool:
        return target in (self.cls, self.cls.__name__)

    def _child(self, name: str, annotation: Any) -> Any:
        found = re.search(r"(\w+)['\"]?\)?\]\]$", str(annotation).replace(" ", ""))
        child = found and vars(sys.modules[self.cls.__module__]).get(found.group(1))
        if not isinstance(child, type):
            raise SetupError(
                f"{self.cls.__name__}.{name} is owned, but {annotation} is not a list of an "
                "entity that is declared above it.",
                fix=f"declare the child first, then write {name}: Mapped[list[Line]] = owned().",
            )
        return child

    def _sum(self, name: str, annotation: Any, value: SumOf) -> None:
        self.sums[name] = value

    def finish(self) -> None:
        """What can only be done once the table exists: CHECKs, indexes, sums."""
        table: Table = self.cls.__table__
        for column in table.columns:
            if isinstance(column.type, EnumText):
                names = [member.name for member in column.type.enum_class]
                table.append_constraint(CheckConstraint(column.in_(names), name=column.key))
            if isinstance(column.type, Numeric) and column.type.precision is None:
                raise SetupError(
                    f"{self.cls.__name__}.{column.key} is a number without precision.",
                    fix="write mapped_column(Numeric(18, 4)), or use Quantity or Money.",
                )
            if column.key.endswith("_currency") and column.key[:-9] in self.money:
                table.append_constraint(CheckConstraint(func.length(column) == 3, name=column.key))
        for name in self.money:
            amount, currency = table.columns[f"{name}_amount"], table.columns[f"{name}_currency"]
            if amount.nullable:
                both_or_none = amount.is_(None) == currency.is_(None)
                table.append_constraint(CheckConstraint(both_or_none, name=name))
        index_searchable(self.cls, table)
        check_translatable(self.cls, table)
        for name in self.owned:
            for change in ("append", "remove"):
                event.listen(getattr(self.cls, name), change, _refuse_to_lose)
        guards = self.cls.__guards__ = {
            column.key: column.info["guard"] for column in table.columns if "guard" in column.info
        }
        for name, total in self.sums.items():
            self.cls.__mapper__.add_property(name, self._sum_property(total))
            if total.column.key in total.column.class_.__guards__:
                guards[name] = total.column.class_.__guards__[total.column.key]
        self._check_generated(table, guards)

    def _check_generated(self, table: Table, guards: Mapping[str, Any]) -> None:
        """A column that follows from guarded ones would tell what they hide."""
        for column in table.columns:
            if column.computed is None or column.key in guards:
                continue
            words = re.findall(r"\w+", str(column.computed.sqltext))
            told = next((name for name in guards if name in words), None)
            if told is not None:
                raise SetupError(
                    f"{self.cls.__name__}.{column.key} is generated from {told}, which is guarded.",
                    fix=f"guard {column.key} too, with info=guarded(…).",
                )

    def _sum_property(self, total: SumOf) -> Any:
        child = total.column.class_
        links = child.__links__.values()
        key = total.key = next(link.key for link in links if self._is_me(link.target))
        kind: Any = total.column.type
        if isinstance(kind, Numeric) and kind.precision:  # many that fit may not fit together
            kind = Numeric(kind.precision + 12, kind.scale)
        summed = select(cast(func.coalesce(func.sum(total.column), 0), kind)).where(
            getattr(child, key) == self.cls.__table__.c.id
        )
        return column_property(summed.correlate_except(child).scalar_subquery())


def _refuse_to_lose(parent: Any, child: Any, _initiator: Any) -> None:
    """The list of a stored record is for reading: what is put there would not be stored."""
    if object_state(parent).persistent:
        raise SetupError(
            f"The {type(child).__name__}s of a {type(parent).__name__} are not changed in its list.",
            fix=f"call ctx.create({type(child).__name__}(…)) or ctx.delete(…).",
        )
