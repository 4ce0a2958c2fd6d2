"""What a database says of its own tables, in words that can be compared."""

from sqlalchemy import Connection

_COLUMNS = """
    SELECT c.relname || '.' || a.attname || ' ' || format_type(a.atttypid, a.atttypmod)
           || CASE WHEN a.attnotnull THEN ' NOT NULL' ELSE '' END
           || ' ' || a.attidentity::text || coalesce(' ' || pg_get_expr(d.adbin, d.adrelid), '')
    FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
    LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r'
      AND a.attnum > 0 AND NOT a.attisdropped"""
_CONSTRAINTS = """
    SELECT conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(oid)
    FROM pg_constraint WHERE connamespace = 'public'::regnamespace AND contype <> 'n'"""
_INDEXES = "SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'"
_TRIGGERS = "SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal"
_OPTIONS = """
    SELECT relname || ' ' || array_to_string(reloptions, ',') FROM pg_class
    WHERE relnamespace = 'public'::regnamespace AND reloptions IS NOT NULL"""


def describe(connection: Connection) -> set[str]:
    """Return a line per column, constraint, index, trigger and option, without Alembic's."""
    lines = _sqlite(connection) if connection.dialect.name == "sqlite" else _postgresql(connection)
    return {line for line in lines if "alembic_version" not in line}


def _postgresql(connection: Connection) -> list[str]:
    queries = (_COLUMNS, _CONSTRAINTS, _INDEXES, _TRIGGERS, _OPTIONS)
    return [line for query in queries for line in connection.exec_driver_sql(query).scalars()]


def _sqlite(connection: Connection) -> list[str]:
    """Return the lines of every CREATE statement; SQLite keeps them as they were written.

    But for the quotes around the name of a table that was made anew to alter it.
    """
    found = connection.exec_driver_sql("SELECT tbl_name, sql FROM sqlite_master WHERE sql > ''")
    return [
        f"{table}: {' '.join(line.split()).strip(' ,')}".replace(f'"{table}"', table)
        for table, sql in found
        for line in sql.splitlines()
    ]
