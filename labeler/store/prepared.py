"""Statements compiled once and run on the driver's own cursor.

The reviewer's loop runs about twenty small statements for each image. Executed by
SQLAlchemy they cost 19 µs each, nearly all of it spent on finding the compiled form
again; on the driver's cursor 3 µs. What is lost is what the loop does not need: rows with
names, mapped objects, SQLAlchemy's exceptions (the engine knows the driver's too).
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Delete, Dialect, Insert, Select, Update
from sqlmodel import Session

Processor = Callable[[Any], Any] | None
Row = tuple[Any, ...]
Statement = Select[Any] | Insert | Update | Delete

# Where a session that runs a deed keeps its `Wire`.
WIRE: Final = "wire"


@dataclass(frozen=True, slots=True)
class Wire:
    """A driver's own connection, and the dialect that statements for it are written in."""

    dialect: Dialect
    raw: Any


class _Plan:
    """The text of a statement for one dialect, and how values travel in and out."""

    def __init__(self, statement: Statement, columns: list[str] | None, dialect: Dialect) -> None:
        compiled = statement.compile(dialect=dialect, column_keys=columns)
        self.sql = str(compiled)
        self.positions: list[str] | None = getattr(compiled, "positiontup", None)
        self.fixed = {k: v for k, v in compiled.params.items() if v is not None}
        self.names = tuple(compiled.bind_names.values())
        self.into: dict[str, Processor] = {
            name: bind.type.dialect_impl(dialect).bind_processor(dialect)
            for bind, name in compiled.bind_names.items()
        }
        read = list(statement.selected_columns) if isinstance(statement, Select) else []
        self.out: list[Processor] = [
            column.type.dialect_impl(dialect).result_processor(dialect, None) for column in read
        ]
        self.plain = not any(self.out)

    def values(self, given: Mapping[str, Any]) -> Any:
        """The parameters as the driver takes them."""
        ready = {}
        for name in self.names:
            value = given[name] if name in given else self.fixed[name]
            process = self.into[name]
            ready[name] = process(value) if process is not None else value
        return [ready[name] for name in self.positions] if self.positions is not None else ready

    def read(self, row: Row) -> Row:
        """A row of the driver with its values as Python knows them."""
        if self.plain:
            return row
        return tuple(
            process(value) if process is not None else value
            for process, value in zip(self.out, row, strict=True)
        )


class Prepared:
    """A Core statement whose every parameter is a `bindparam` or fixed; no expanding IN.

    `columns` are those that an INSERT fills.
    """

    def __init__(self, statement: Statement, columns: Iterable[str] = ()) -> None:
        self._statement = statement
        self._columns = list(columns) or None
        self._plans: dict[str, _Plan] = {}

    def _start(self, rows: Session | Wire, given: Mapping[str, Any]) -> tuple[_Plan, Any]:
        wire = _wire_of(rows) if isinstance(rows, Session) else rows
        plan = self._plans.get(wire.dialect.name)
        if plan is None:
            plan = _Plan(self._statement, self._columns, wire.dialect)
            self._plans[wire.dialect.name] = plan
        cursor = wire.raw.cursor()
        cursor.execute(plan.sql, plan.values(given))
        return plan, cursor

    def run(self, rows: Session | Wire, **given: Any) -> None:
        """Execute without a result."""
        _plan, cursor = self._start(rows, given)
        cursor.close()

    def first(self, rows: Session | Wire, **given: Any) -> Row | None:
        """The first row, or None."""
        plan, cursor = self._start(rows, given)
        row = cursor.fetchone()
        cursor.close()
        return None if row is None else plan.read(row)

    def all(self, rows: Session | Wire, **given: Any) -> list[Row]:
        """Every row."""
        plan, cursor = self._start(rows, given)
        found = cursor.fetchall()
        cursor.close()
        return found if plan.plain else [plan.read(row) for row in found]


def _wire_of(session: Session) -> Wire:
    """The connection below a session, inside the transaction that it has begun."""
    known: Wire | None = session.info.get(WIRE)
    if known is not None:
        return known
    connection = session.connection()
    return Wire(connection.dialect, connection.connection.dbapi_connection)
