"""The embedded desk keeps the desk contract."""

from tests.desks.contract import DeskContract


class TestSqliteDesk(DeskContract):
    pass
