"""The one place where connector, engine and desk meet."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from social_care.connectors import registry
from social_care.core.accounts import Account
from social_care.core.errors import Refused, UnverifiedWebhook
from social_care.core.insight import InsightOptions
from social_care.core.payloads import Payload, Source
from social_care.core.ports import (
    Clock,
    Connection,
    Connector,
    CountsUnits,
    FetchesFiles,
    Handshake,
    Insight,
    KeepCredentials,
    Meter,
    OfferFile,
    ReadUpload,
    ReceivesWebhooks,
)
from social_care.core.replies import Upload
from social_care.desks.sqlite import SqliteDesk
from social_care.engine.approving import raise_alarms
from social_care.engine.delivery import deliver, reconcile
from social_care.engine.enriching import enrich
from social_care.engine.handling import handle_payload
from social_care.engine.moderating import mark_lost
from social_care.engine.outcomes import Outcome
from social_care.engine.polling import PollReport, feeds_of, poll_feed
from social_care.engine.storm_work import tend_all
from social_care.engine.sweeping import find_work
from social_care.insight.reader import Reader

LOOK_UPS_AT_ONCE = 20


def load_connector(platform: str) -> Connector:
    """Return the connector of a platform. Raises: ConfigurationError for a platform we do not know."""
    return registry.load(platform)


@lru_cache(maxsize=8)
def load_insight(options: InsightOptions) -> Insight | None:
    """Return who reads messages, None where the team wants nothing told. What is here replaces the reader for all."""
    return Reader(options) if options.any() else None


def connect(
    account: Account,
    credentials: Mapping[str, str],
    keep: KeepCredentials,
    read: ReadUpload,
    meter: Meter | None = None,
    offer: OfferFile | None = None,
) -> Connection:
    """Open a connection to an account's platform. Raises: ConfigurationError when credentials are missing.

    meter: where calls are counted on platforms that count them; None: the connection counts its own.
    offer: names addresses for platforms that fetch files by themselves; None: those get no files.
    """

    def read_or_refuse(upload: Upload) -> bytes:
        try:
            return read(upload)
        except Exception as error:  # whatever a desk raises: nothing was sent yet, so the outcome is not in doubt
            raise Refused(f"The file {upload.name} can no longer be read.") from error

    connection = load_connector(account.platform).connect(account, credentials, keep, read_or_refuse)
    if meter is not None and isinstance(connection, CountsUnits):
        connection.count_with(meter)
    if offer is not None and isinstance(connection, FetchesFiles):
        connection.fetch_with(offer)
    return connection


def _no_upload(upload: Upload) -> bytes:
    raise FileNotFoundError(upload.name)


@dataclass
class LocalOffice:
    """An office on the embedded desk that does in this process what workers and the scheduler do on a site."""

    desk: SqliteDesk
    clock: Clock
    credentials: dict[str, dict[str, str]] = field(default_factory=dict)
    read_upload: ReadUpload = _no_upload
    insight: Insight | None = None

    def connect(self, account: Account) -> Connection:
        """Open a connection with the credentials kept here for that account."""
        kept = self.credentials.setdefault(account.name, {})
        return connect(account, dict(kept), kept.update, self.read_upload, self.desk.accounts, self.desk.files.address)

    def poll(self, account_name: str) -> list[PollReport]:
        """Visit every feed of an account once."""
        account = self.desk.accounts.get(account_name)
        connection = self.connect(account)
        try:
            able = load_connector(account.platform).capabilities
            return [
                poll_feed(account, feed, desk=self.desk, connection=connection, clock=self.clock, sends=able.replies)
                for feed in feeds_of(account, able.feeds)
            ]
        finally:
            connection.close()

    def receive(self, account_name: str, raw: bytes, headers: Mapping[str, str]) -> None:
        """Take what a platform pushes, as the endpoint of a site does. Raises: UnverifiedWebhook."""
        account, connector, kept = self._pushed_to(account_name)
        connector.verify(raw, headers, [kept[name] for name in connector.signed_with if kept.get(name)])
        payload = Payload(
            platform=account.platform,
            account=account.name,
            account_id=account.external_id,
            feed="webhook",
            body=raw,
            source=Source.WEBHOOK,
            received_at=self.clock(),
        )
        self.desk.ledger.keep(payload)

    def handshake(self, account_name: str, query: Mapping[str, str]) -> Handshake:
        """Answer a platform's question whether this address is ours. Raises: UnverifiedWebhook."""
        _, connector, kept = self._pushed_to(account_name)
        return connector.handshake(query, [kept[name] for name in connector.challenged_with if kept.get(name)])

    def _pushed_to(self, account_name: str) -> tuple[Account, ReceivesWebhooks, Mapping[str, str]]:
        account = self.desk.accounts.get(account_name)
        connector = load_connector(account.platform)
        if not isinstance(connector, ReceivesWebhooks):
            raise UnverifiedWebhook("this account takes no webhooks")
        return account, connector, self.credentials[account_name]

    def work(self, seen: Callable[[Outcome], None] = lambda outcome: None) -> bool:
        """Do all that is due now; tell whether there was anything."""
        work = find_work(self.desk, self.clock)
        for payload_id in work.payloads:
            platform = self.desk.ledger.platform_of(payload_id)
            connector = load_connector(platform)
            for outcome in handle_payload(
                payload_id, desk=self.desk, connector=connector, clock=self.clock, insight=self.insight
            ):
                seen(outcome)
        for message in self.desk.tickets.incomplete(LOOK_UPS_AT_ONCE):
            connector = load_connector(self.desk.accounts.get(message.account).platform)
            for outcome in enrich(
                message,
                desk=self.desk,
                connector=connector,
                connect=self.connect,
                clock=self.clock,
                insight=self.insight,
            ):
                seen(outcome)
        for part_id in work.reconcile:
            reconcile(part_id, desk=self.desk, connect=self.connect, clock=self.clock)
        for part_id in work.deliver:
            deliver(part_id, desk=self.desk, connect=self.connect, clock=self.clock)
        tend_all(desk=self.desk, load_connector=load_connector, clock=self.clock)
        raise_alarms(self.desk, self.clock)
        mark_lost(work.lost, desk=self.desk, clock=self.clock)
        return bool(work)
