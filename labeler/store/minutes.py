"""The minute of an instant as text that both databases make alike."""

from typing import Any

from sqlalchemy import String
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import GenericFunction


class UtcMinute(GenericFunction[str]):
    """An instant as text like `2026-03-02 06:00`."""

    type = String()
    inherit_cache = True
    name = "utc_minute"


@compiles(UtcMinute, "sqlite")
def _minute_on_sqlite(call: UtcMinute, compiler: SQLCompiler, **options: Any) -> str:
    # Times are kept as text in UTC.
    return f"substr({compiler.process(call.clauses, **options)}, 1, 16)"


@compiles(UtcMinute, "postgresql")
def _minute_on_postgresql(call: UtcMinute, compiler: SQLCompiler, **options: Any) -> str:
    inner = compiler.process(call.clauses, **options)
    return f"to_char({inner} AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI')"
