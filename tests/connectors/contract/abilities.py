"""What is said of a platform is what its connector does."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from social_care.core.accounts import Account
from social_care.core.connecting import EndsWebhook, ReceivesOneWay, RenewsTokens, SignsIn, WatchesWebhook
from social_care.core.errors import ConfigurationError
from social_care.core.events import Audience, DeliveryReported, MessageDeleted, MessageEdited, MessageReceived
from social_care.core.ports import (
    CountsUnits,
    FetchesFiles,
    LimitsPrivateReplies,
    LinksPrivately,
    LooksUp,
    ManagesWebhook,
    Moderates,
    ReceivesWebhooks,
    SendsIdempotently,
)
from tests.connectors.contract.proof import NOW, Proof, connected, stored


class AbilitiesPromises:
    """Capabilities, look-ups, private addresses, credentials."""

    def test_capabilities_say_what_is_implemented(self, proof: Proof, account: Account) -> None:
        able = proof.connector.capabilities
        assert able.webhook == isinstance(proof.connector, ReceivesWebhooks)
        assert able.webhook == (proof.sign is not None), "the proof has to sign webhooks where the platform pushes"
        assert able.search == ("searches" in able.feeds)
        assert able.signs_in == isinstance(proof.connector, SignsIn)
        connection = connected(proof, account, proof.connector.required_credentials[0])
        connection.close()
        assert able.subscribes == isinstance(connection, ManagesWebhook)
        assert able.one_way == isinstance(proof.connector, ReceivesOneWay) == isinstance(connection, EndsWebhook)
        assert able.renews == isinstance(connection, RenewsTokens)
        assert able.counts_units == isinstance(connection, CountsUnits)
        assert able.fetches_files == isinstance(connection, FetchesFiles)
        assert not isinstance(connection, WatchesWebhook) or able.subscribes, "what was found to be off could not be mended"
        assert able.replies == (able.public is not None or able.private is not None)
        assert bool(able.moderates) == isinstance(proof.connector, Moderates)
        for rule in (able.public, able.private):
            assert rule is None or rule.limit > 0

    def test_the_one_private_reply_has_its_rule_and_its_time(self, proof: Proof) -> None:
        once = proof.connector.capabilities.private_opening_once
        assert once == isinstance(proof.connector, LimitsPrivateReplies)
        if isinstance(proof.connector, LimitsPrivateReplies):
            sent = replace(stored(Audience.PUBLIC), sent_at=NOW)
            until = proof.connector.private_reply_until(sent)
            assert until is not None
            assert until > NOW
            assert proof.connector.private_reply_until(stored(Audience.PUBLIC)) is None

    def test_what_is_missing_can_be_looked_up(self, proof: Proof, account: Account) -> None:
        connector = proof.connector
        connection = connected(proof, account, connector.required_credentials[0])
        connection.close()
        left_out = [event for event in proof.events() if isinstance(event, MessageReceived) and event.missing]
        assert connector.capabilities.looks_up == isinstance(connection, LooksUp) == bool(left_out)

    def test_what_is_said_to_be_seen_is_in_a_fixture(self, proof: Proof) -> None:
        able, events = proof.connector.capabilities, proof.events()
        seen = {
            kind: any(isinstance(event, kind) for event in events)
            for kind in (MessageEdited, MessageDeleted, DeliveryReported)
        }
        assert able.edits_seen == seen[MessageEdited]
        assert able.deletes_seen == seen[MessageDeleted]
        assert any(isinstance(event, MessageReceived) for event in events)
        for audience, rule in ((Audience.PUBLIC, able.public), (Audience.PRIVATE, able.private)):
            received = [
                event for event in events if isinstance(event, MessageReceived) and event.thread.audience is audience
            ]
            if able.replies:
                assert bool(received) == (rule is not None), f"no fixture of a {audience.value} message"

    def test_the_address_for_writing_to_us_privately(self, proof: Proof, account: Account) -> None:
        connector = proof.connector
        if not isinstance(connector, LinksPrivately):
            pytest.skip(f"{connector.title} has no such address")
        known = replace(account, external_id="900", handle="+48 500 100 200")
        link = connector.private_link(known)
        assert re.fullmatch(r"https://[\w./?=%&-]+", link), f"{link} is no address that can stand in a text"
        assert "900" in link or re.sub(r"%\w\w", "", link).endswith("48500100200"), "it does not name the account"
        assert connector.private_link(known) == link, "it is not pure"
        assert connector.private_link(replace(account, external_id="", handle="")) == ""

    def test_a_connection_needs_credentials(self, proof: Proof, account: Account) -> None:
        with pytest.raises(ConfigurationError):
            proof.connector.connect(account, {}, lambda _: None, lambda _: b"")
        for names in proof.connector.required_credentials:
            connection = connected(proof, account, names)
            connection.close()
            assert isinstance(connection, SendsIdempotently) == proof.connector.capabilities.idempotent_send
