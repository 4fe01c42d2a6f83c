"""The embedded desk: SQLite in memory or in one file, to try the app and to test the engine without a server."""

if __name__ != "social_care.desks.sqlite":
    raise ImportError(f"import social_care.desks.sqlite, not {__name__}: a second copy would have state of its own")

from social_care.desks.sqlite.desk import SqliteDesk

__all__ = ["SqliteDesk"]
