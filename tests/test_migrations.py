"""The migrations make the tables that the code knows, there and back, and guard what is said."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import (
    Connection,
    Executable,
    MetaData,
    Table,
    column,
    delete,
    insert,
    inspect,
    select,
    table,
    text,
    update,
)
from sqlalchemy.exc import DBAPIError
from sqlmodel import SQLModel

from labeler.core.change_requests import AnswerKind
from labeler.flows.adjudicate import RulingRequest, list_disputes, rule
from labeler.flows.assign import claim
from labeler.flows.audit_samples import SampleWish, draw_audit_sample
from labeler.flows.audited_labels import reopen_label
from labeler.flows.change_requests import AnswerRequest, answer_request, list_requests
from labeler.flows.review import Submission, submit, withdraw
from labeler.flows.site import Site
from labeler.store import schema
from labeler.store.engine import Database
from tests.cast import fill, found, hire, present
from tests.conftest import PostgresServer

Attempt = Callable[[Executable], None]
APPEND_ONLY = (
    "review", "judgement", "withdrawal", "ruling", "event", "standard_version",
    "change_request", "change_answer", "audit_sample", "audit_stratum", "audit_item",
    "reopened_label",
)  # fmt: skip


@pytest.fixture(params=["sqlite", "postgres"])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A database without any table."""
    if request.param == "sqlite":
        opened = Database(f"sqlite:///{tmp_path / 'empty.sqlite'}")
        yield opened
        opened.close()
        return
    server: PostgresServer = request.getfixturevalue("postgres")
    url = server.fresh(migrated=False)
    opened = Database(url)
    yield opened
    opened.close()
    server.drop(url)


def drift(database: Database) -> list[object]:
    """What would have to change for the tables to be what the code says."""
    with database.writers.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return list(compare_metadata(context, SQLModel.metadata))


def shape(database: Database) -> dict[str, tuple[object, ...]]:
    """Columns, keys, indexes, rules and triggers of every table, fit to be compared."""
    with database.writers.connect() as connection:
        looked = inspect(connection)
        found: dict[str, tuple[object, ...]] = {}
        for name in looked.get_table_names():
            columns = [(c["name"], str(c["type"]), c["nullable"]) for c in looked.get_columns(name)]
            indexes = sorted(
                (str(i["name"]), str(i["column_names"]), bool(i["unique"]))
                for i in looked.get_indexes(name)
            )
            unique = sorted(str(u["column_names"]) for u in looked.get_unique_constraints(name))
            checks = sorted(str(c["sqltext"]) for c in looked.get_check_constraints(name))
            foreign = sorted(str(k["referred_table"]) for k in looked.get_foreign_keys(name))
            found[name] = (tuple(columns), *map(tuple, (indexes, unique, checks, foreign)))
        found["triggers"] = tuple(triggers(connection))
        return found


def triggers(connection: Connection) -> list[str]:
    where = {
        "sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger' ORDER BY name",
        "postgresql": "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal ORDER BY tgname",
    }
    return list(connection.execute(text(where[connection.dialect.name])).scalars())


def test_from_empty_the_migrations_make_the_tables_that_the_code_knows(empty: Database) -> None:
    assert schema.current_revision(empty) is None
    schema.upgrade(empty)
    assert schema.current_revision(empty) == schema.head_revision()
    assert drift(empty) == []


def test_a_forgotten_migration_would_be_found(empty: Database) -> None:
    schema.upgrade(empty)
    with empty.writers.begin() as connection:
        connection.execute(text("ALTER TABLE station DROP COLUMN enrolled_at"))
        connection.execute(text("CREATE TABLE forgotten (id INTEGER PRIMARY KEY)"))
    found = str(drift(empty))
    assert "enrolled_at" in found
    assert "forgotten" in found


def test_upgrading_again_changes_nothing(empty: Database) -> None:
    schema.upgrade(empty)
    before = shape(empty)
    schema.upgrade(empty)
    assert shape(empty) == before


def test_the_revisions_form_one_line_and_their_names_say_what_they_do() -> None:
    scripts = ScriptDirectory.from_config(schema.migration_config())
    assert len(scripts.get_heads()) == 1
    for script in scripts.walk_revisions():
        number, _, words = script.revision.partition("_")
        assert number.isdigit(), script.revision
        assert len(words) > 5, script.revision
        assert script.doc.strip()


def tell_a_story(site: Site) -> None:
    """Leave rows in the tables that matter: reviews, a withdrawal, a dispute, a ruling."""
    found(site)
    cast = hire(site)
    fill(site, count=4)
    for who, judgements in ((cast.anna, [present("bubble", None, (1, 2, 30, 40))]), (cast.ben, [])):
        lease, other, third, *_ = claim(site, who, "plates", 4)
        submit(site, who, Submission(f"{who.name} 1", lease.id, 1, judgements))
        second = submit(site, who, Submission(f"{who.name} 2", other.id, 1, []))
        odd = [{"note": "shape", "regions": [present("bubble", None, (1, 2, 3, 4))["regions"][0]]}]
        told = Submission(f"{who.name} 3", third.id, 1, [], something_else=odd)
        submit(site, who, told)
        if who is cast.anna:
            withdraw(site, who, second.id, "The wrong button.")
    [dispute] = list_disputes(site, cast.lead, "plates")
    rule(site, cast.lead, dispute.id, RulingRequest("absent", "A drop.", based_on=dispute.version))
    request, *_ = list_requests(site, cast.lead, "plates")
    answer_request(site, cast.lead, request.id, AnswerRequest(AnswerKind.NO_DEFECT, "A drop.", 0))
    draw_audit_sample(site, cast.lead, "plates", SampleWish(auditors=["chris"]))
    reopen_label(site, cast.lead, dispute.image, "bubble", "A drop does not shine.")


def contents(database: Database, names: list[str]) -> dict[str, list[tuple[str, ...]]]:
    """Every row of these tables as text, in a fixed order, as the database itself has it."""
    with database.writers.connect() as connection:
        found = {}
        for name in names:
            kept = Table(name, MetaData(), autoload_with=connection)
            rows = connection.execute(select(kept)).all()
            found[name] = sorted(tuple(map(str, row)) for row in rows)
        return found


def table_names(database: Database) -> list[str]:
    with database.writers.connect() as connection:
        return sorted(set(inspect(connection).get_table_names()) - {"alembic_version"})


def test_down_and_up_again_with_rows_in_the_tables(site: Site) -> None:
    tell_a_story(site)
    database = site.database
    before = shape(database)
    assert all(contents(database, ["review", "withdrawal", "ruling", "event"]).values())
    schema.downgrade(database, "base")
    assert table_names(database) == []
    assert schema.current_revision(database) is None
    schema.upgrade(database)
    assert shape(database) == before
    assert drift(database) == []
    tell_a_story(site)


def test_what_was_said_outlives_every_single_step_down_and_up_again(site: Site) -> None:
    tell_a_story(site)
    database = site.database
    said = ["review", "judgement", "withdrawal", "ruling", "event"]
    before = contents(database, said)
    assert all(before.values())
    scripts = ScriptDirectory.from_config(schema.migration_config())
    _head, *earlier = [script.revision for script in scripts.walk_revisions()]
    for revision in earlier:
        schema.downgrade(database, revision)
        assert schema.current_revision(database) == revision
        kept = contents(database, said)
        assert {name: len(rows) for name, rows in kept.items()} == {
            name: len(rows) for name, rows in before.items()
        }, revision
        schema.upgrade(database)
        assert contents(database, said) == before, revision


def statements(name: str) -> list[Executable]:
    """One that sets a column to its own value, and one that takes all rows away."""
    keys = {"event": "number", "review": "number", "standard_version": "version"} | {
        "judgement": "review_id", "withdrawal": "review_id", "change_answer": "request_id",
        "audit_stratum": "sample_id", "audit_item": "sample_id",
    }  # fmt: skip
    key = keys.get(name, "id")
    said = table(name, column(key))
    return [update(said).values({key: said.c[key]}), delete(said)]


@pytest.fixture
def attempt(site: Site) -> Attempt:
    def run(statement: Executable) -> None:
        with site.database.writers.begin() as connection:
            if site.database.is_sqlite:
                # Only the trigger may stand in the way, not what refers to the row.
                connection.execute(text("PRAGMA defer_foreign_keys=ON"))
            connection.execute(statement)

    return run


@pytest.mark.parametrize("name", APPEND_ONLY)
def test_nothing_that_was_said_can_be_changed_or_taken_away(
    site: Site, attempt: Attempt, name: str
) -> None:
    tell_a_story(site)
    before = contents(site.database, [name])
    assert before[name]
    for statement in statements(name):
        with pytest.raises(DBAPIError, match=f"{name} is append-only"):
            attempt(statement)
    if not site.database.is_sqlite:
        with pytest.raises(DBAPIError, match="is append-only"):
            attempt(text(f"TRUNCATE {name} CASCADE"))
    assert contents(site.database, [name]) == before


def test_the_same_statements_work_where_nothing_forbids_them(site: Site, attempt: Attempt) -> None:
    tell_a_story(site)
    now = datetime(2026, 3, 2, tzinfo=UTC)
    codes = SQLModel.metadata.tables["setup_code"]
    with site.database.writers.begin() as connection:
        connection.execute(insert(codes).values(code_sha256="x", created_at=now))
    for statement in (update(codes).values(code_sha256=codes.c.code_sha256), delete(codes)):
        attempt(statement)
    assert contents(site.database, ["setup_code"]) == {"setup_code": []}
