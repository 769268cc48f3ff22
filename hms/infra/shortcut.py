"""A connection with a short way for statements that it has met before.

SQLAlchemy looks every statement up by its structure, and builds a context and a
cursor result around each execution: 0.07 to 0.15 ms of processor time a statement,
as much as the database takes.  Nearly all statements of ours are made once, beside
the code that runs them.  Met a second time, such a statement keeps its compiled
text, how its values are bound and how its columns are read, under the object
itself; from then on it goes straight to the driver's cursor.  Whatever is not
plain (several rows of values, lists in ``IN``, listeners, options) goes
SQLAlchemy's way, and so does a statement that is made anew each time.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, cast
from weakref import WeakKeyDictionary

from sqlalchemy import (
    CompoundSelect,
    Connection,
    CursorResult,
    Delete,
    Dialect,
    Engine,
    Insert,
    Select,
    TextClause,
    TextualSelect,
    Update,
)
from sqlalchemy.engine.result import IteratorResult, SimpleResultMetaData
from sqlalchemy.pool import PoolProxiedConnection
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.util import await_only

_KINDS = (Select, CompoundSelect, Insert, Update, Delete, TextClause, TextualSelect)
Processor = Callable[[Any], Any]


class Answer(IteratorResult[Any]):
    """The rows of a statement that went the short way, and what else is asked of them."""

    rowcount: int
    inserted_primary_key: tuple[Any, ...] | None


class Way:
    """How one statement goes to the driver, for values of one set of names."""

    def __init__(self, compiled: SQLCompiler, names: frozenset[str]) -> None:
        self.sql = str(compiled)
        self._dialect = compiled.dialect
        self._columns = compiled._result_columns
        self._values = [_source(compiled, name, names) for name in compiled.positiontup or ()]
        self._returns_key = bool(compiled.implicit_returning)
        self._returns_rows = True
        self._by_asyncpg = compiled.dialect.driver == "asyncpg"
        self._last_row_key = compiled.isinsert and compiled.dialect.name == "sqlite"
        self._read: SimpleResultMetaData | None = None

    def values(self, given: Mapping[str, Any]) -> tuple[Any, ...]:
        """Return ``given`` and the statement's own values as the driver takes them."""
        return tuple(
            [
                constant if name is None else (given[name] if bind is None else bind(given[name]))
                for name, bind, constant in self._values
            ]
        )

    def by_cursor(self, cursor: Any, values: tuple[Any, ...]) -> Answer:
        """Execute at the DBAPI's ``cursor``, close it, and return what it has to say."""
        cursor.execute(self.sql, values)
        described = cursor.description
        rows: Sequence[Any] = cursor.fetchall() if described else ()
        if self._read is None:
            self._returns_rows = bool(described)
            self._read = self._reader(described or ())
        key = (cursor.lastrowid,) if self._last_row_key else None
        count = cursor.rowcount
        cursor.close()
        return self._answer(self._read, rows, count, key)

    def straight(self, connection: PoolProxiedConnection, values: tuple[Any, ...]) -> Answer | None:
        """Execute by asyncpg itself, without SQLAlchemy's cursor over it (40 µs).

        Only inside a transaction, which that cursor begins, and not the first time: what
        types the columns have is known by then.  None where it is not possible.
        """
        if self._read is None or not self._by_asyncpg:
            return None
        driver: Any = connection.driver_connection
        if not driver.is_in_transaction():
            return None
        try:
            if self._returns_rows:
                rows = await_only(driver.fetch(self.sql, *values))
                return self._answer(self._read, rows, len(rows))
            said = await_only(driver.execute(self.sql, *values))
        except Exception as error:
            adapter: Any = connection.dbapi_connection
            adapter._handle_exception(error)  # raises it as the DBAPI's own
            raise
        count = said.rpartition(" ")[2]  # of "UPDATE 3"; "SET" has none
        return self._answer(self._read, (), int(count) if count.isdecimal() else -1)

    def _answer(
        self,
        read: SimpleResultMetaData,
        rows: Sequence[Any],
        count: int,
        key: tuple[Any, ...] | None = None,
    ) -> Answer:
        if self._returns_key:
            key, rows = tuple(rows[0]), ()
        answer = Answer(read, iter(rows))
        answer.rowcount = count
        answer.inserted_primary_key = key
        return answer

    def _reader(self, described: Sequence[Sequence[Any]]) -> SimpleResultMetaData:
        """Return how columns are read; what the driver calls their types is known only now."""
        if not self._columns:
            return SimpleResultMetaData([column[0] for column in described])
        columns = list(zip(self._columns, described, strict=False))  # none of an implicit key
        processors: list[Processor | None] | None = [
            column.type._cached_result_processor(self._dialect, said[1]) for column, said in columns
        ]
        if not any(processors or ()):
            processors = None
        return SimpleResultMetaData(
            [column.keyname for column, _ in columns],
            extra=[column.objects for column, _ in columns],
            _processors=processors,  # type: ignore[arg-type]  # the type is private to SQLAlchemy
        )


def _source(
    compiled: SQLCompiler, name: str, given: frozenset[str]
) -> tuple[str | None, Processor | None, Any]:
    """Return the name of a value and what makes it fit the driver, or the statement's own."""
    bound = compiled.binds[name]
    process = cast("Processor | None", compiled._bind_processors.get(name))
    for said in (bound.key, name):
        if said in given:
            return said, process, None
    defaults = {column.key: column.default for column in compiled.insert_prefetch}
    if name in defaults:
        own = _scalar(name, defaults[name])
    elif bound.required or bound.callable is not None:
        raise LookupError(name)
    else:
        own = bound.value
    return None, None, own if process is None else process(own)


def _scalar(name: str, default: Any) -> Any:
    """Return what a column holds when nothing is said, if that is the same for every row."""
    if not default.is_scalar:
        raise LookupError(name)
    return default.arg


def _way(statement: Any, given: Mapping[str, Any], dialect: Dialect) -> Way | None:
    """Return the short way of ``statement``, None where there is none."""
    if not isinstance(statement, _KINDS) or statement.get_execution_options():
        return None
    compiled = statement.compile(dialect=dialect, column_keys=list(given))
    if not _is_plain(compiled):
        return None
    try:
        return Way(compiled, frozenset(given))
    except LookupError:  # SQLAlchemy says what is missing
        return None


def _is_plain(compiled: SQLCompiler) -> bool:
    special: tuple[Collection[Any], ...] = (
        compiled.literal_execute_params,
        compiled.post_compile_params,
        compiled.update_prefetch,
        compiled.escaped_bind_names,
    )
    by_name = len(compiled._result_columns) > 0 and not compiled._ordered_columns
    return not any(special) and not by_name and compiled.positional


class Ways:
    """The short ways of one engine, under the statements themselves and as long as they live."""

    def __init__(self) -> None:
        self._met: WeakKeyDictionary[Any, dict[tuple[str, ...], Way | None]] = WeakKeyDictionary()
        self.compiled: dict[Any, Any] = {}  # SQLAlchemy's own, for what is met the first time

    def find(self, statement: Any, given: Mapping[str, Any], dialect: Dialect) -> Way | None:
        """Return the way of a statement met before, None for every other."""
        known = self._met.get(statement)
        if known is None:
            self._met[statement] = {}
            return None
        names = tuple(given)
        if names not in known:
            known[names] = _way(statement, given, dialect)
        return known[names]


class ShortcutConnection(Connection):
    """SQLAlchemy's connection, with short ways kept in ``ways``.

    ``answered`` says whether the database has answered anything on this connection,
    ``ends_later`` whether who opened it ends a reader's transaction after the answer.
    """

    def __init__(self, engine: Engine, ways: Ways) -> None:
        super().__init__(engine)
        self._ways = ways
        self.answered = False
        self.ends_later = False

    def execute(
        self, statement: Any, parameters: Any = None, *, execution_options: Any = None
    ) -> CursorResult[Any]:
        """Execute ``statement`` as SQLAlchemy does, by its short way where it has one."""
        given = _of_one(parameters)
        way = None
        if given is not None and not execution_options and self._is_plain():
            way = self._ways.find(statement, given, self.dialect)
        if way is None:
            result = super().execute(statement, parameters, execution_options=execution_options)
        else:
            result = cast("CursorResult[Any]", self._go(way, cast("Mapping[str, Any]", given)))
        self.answered = True
        return result

    def exec_driver_sql(
        self, statement: str, parameters: Any = None, execution_options: Any = None
    ) -> CursorResult[Any]:
        """Execute the driver's own SQL as SQLAlchemy does."""
        result = super().exec_driver_sql(statement, parameters, execution_options)
        self.answered = True
        return result

    def _is_plain(self) -> bool:
        """Return whether a transaction is on and nobody listens or wants it otherwise."""
        transaction = self._transaction
        if transaction is None or not transaction.is_active or self._nested_transaction:
            return False
        return not (self._execution_options.keys() - _OPTIONS or self._is_listened_to())

    def _is_listened_to(self) -> bool:
        """Return whether somebody listens to statements; once is marked as for ever."""
        if not (self._has_events or self.engine._has_events):
            return False
        to = self.dispatch
        return bool(
            to.before_execute
            or to.after_execute
            or to.before_cursor_execute
            or to.after_cursor_execute
        )

    def _go(self, way: Way, given: Mapping[str, Any]) -> Answer:
        cursor: Any = None
        values: tuple[Any, ...] = ()
        try:
            values = way.values(given)
            connection = self.connection
            answer = way.straight(connection, values)
            if answer is None:
                cursor = connection.cursor()
                answer = way.by_cursor(cursor, values)
            return answer
        except BaseException as error:  # noqa: BLE001  (SQLAlchemy's own way to tell a lost line)
            self._handle_dbapi_exception(error, way.sql, values, cursor, None)


_OPTIONS = frozenset({"compiled_cache", "isolation_level", "postgresql_readonly"})


def _of_one(parameters: Any) -> Mapping[str, Any] | None:
    """Return the values of a statement for one row, None where they are for several."""
    if parameters is None:
        return {}
    if isinstance(parameters, dict):
        return parameters
    if isinstance(parameters, list) and len(parameters) == 1 and isinstance(parameters[0], dict):
        return parameters[0]
    return None
