"""What may be done to messages and their authors."""

from __future__ import annotations

from dataclasses import replace
from typing import Protocol, cast

import pytest

from social_care.core.accounts import Account
from social_care.core.events import Audience
from social_care.core.moderation import BEGINNINGS, OURS, ModerationAction
from social_care.core.ports import CarriesOut, ChecksRights, Connector, Moderates
from tests.connectors.contract.proof import NOW, Proof, connected, stored


class ModerationPromises:
    """What is offered is possible, and can be carried out."""

    def test_what_is_said_to_be_possible_is_offered_for_some_message(self, proof: Proof, account: Account) -> None:
        connector = moderating(proof)
        able, irreversible = set(connector.capabilities.moderates), set(connector.capabilities.irreversible)
        assert able <= set(BEGINNINGS) - OURS, "what undoes an action is part of it, and muting is ours"
        assert irreversible <= able
        theirs = [replace(stored(audience), message_id="61", kind="comment") for audience in Audience]
        ours = replace(theirs[0], direction="out", author_id=account.external_id)
        free = replace(account, options=proof.options)
        for action in able:
            for one in filter(None, (action, action.opposite)):
                offers = [connector.offer(one, target, free, NOW) for target in (*theirs, ours)]
                possible = any(not offer.refusal for offer in offers)
                if action in irreversible and one is not action:
                    assert not possible, f"{one.value} is said to be impossible, and is offered"
                else:
                    assert possible, f"{one.value} is said to be possible, and never is"

    def test_refusals_to_moderate_are_sentences(self, proof: Proof, account: Account) -> None:
        connector = moderating(proof)
        for target in [stored(audience, author_id=author) for audience in Audience for author in ("7", None)]:
            for action in set(ModerationAction) - OURS:
                offer = connector.offer(action, target, replace(account, permissions=frozenset({"none"})), NOW)
                assert offer.refusal, f"{action.value} is offered to an account without any permission"
                assert offer.action is action
                for sentence in (offer.refusal, offer.note):
                    assert sentence == "" or sentence.endswith("."), sentence

    def test_what_is_offered_can_be_carried_out(self, proof: Proof, account: Account) -> None:
        names = moderating(proof).required_credentials[0]
        connection = connected(proof, account, names)
        assert isinstance(connection, CarriesOut)
        assert isinstance(connection, ChecksRights) == proof.connector.capabilities.rights_by_place
        connection.close()


class ModeratingConnector(Connector, Moderates, Protocol):
    """A connector that offers moderation."""


def moderating(proof: Proof) -> ModeratingConnector:
    """Return the connector as one that offers moderation, or skip."""
    if not isinstance(proof.connector, Moderates):
        pytest.skip(f"{proof.connector.title} offers no moderation")
    return cast(ModeratingConnector, proof.connector)
