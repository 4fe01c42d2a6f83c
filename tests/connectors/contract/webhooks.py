"""What a platform pushes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress

import pytest

from social_care.core.connecting import SharesWebhook
from social_care.core.errors import UnverifiedWebhook
from social_care.core.ports import ReceivesWebhooks
from tests.connectors.contract.proof import Proof

SECRETS = ["secret-now", "secret-before"]


class WebhookPromises:
    """Signatures, the challenge, the account a body is for."""

    def test_a_good_signature_passes_with_any_secret(self, proof: Proof) -> None:
        connector = webhook_of(proof)
        for secret in SECRETS:
            connector.verify(b'{"a":1}', signed(proof, secret), SECRETS)
            upper = {name.upper(): value for name, value in signed(proof, secret).items()}
            connector.verify(b'{"a":1}', upper, SECRETS)

    def test_a_bad_signature_is_refused(self, proof: Proof) -> None:
        connector = webhook_of(proof)
        good = signed(proof, SECRETS[0])
        attempts: list[tuple[bytes, Mapping[str, str], list[str]]] = [
            *([(b'{"a":2}', good, SECRETS)] if proof.signs_body else []),
            (b'{"a":1}', {}, SECRETS),
            (b'{"a":1}', good, ["another"]),
            (b'{"a":1}', good, []),
            (b'{"a":1}', good, [""]),
        ]
        for broken in ("", "sha256=", "=", "ключ", "\x00", "a" * 10_000):
            attempts.append((b'{"a":1}', dict.fromkeys(good, broken), SECRETS))
        for raw, headers, secrets in attempts:
            with pytest.raises(UnverifiedWebhook):
                connector.verify(raw, headers, secrets)

    def test_what_travels_in_an_address_never_signs(self, proof: Proof) -> None:
        connector = webhook_of(proof)
        if any(secret in proof.challenge.values() for secret in SECRETS):
            shared = set(connector.signed_with) & set(connector.challenged_with)
            assert not shared, f"{shared} would be read in the logs of a proxy, and then sign anything"

    def test_the_challenge_is_answered_only_when_it_is_one(self, proof: Proof) -> None:
        connector = webhook_of(proof)
        if not connector.challenged_with:
            with pytest.raises(UnverifiedWebhook):
                connector.handshake(proof.challenge, SECRETS)
            return
        found = connector.handshake(proof.challenge, SECRETS)
        assert found.body
        assert "/" in found.content_type
        with suppress(UnverifiedWebhook):  # where the platform names a secret it is refused, else answered with another
            assert found != connector.handshake(proof.challenge, ["another"]), "the answer does not depend on the secret"
        for query, secrets in (({}, SECRETS), (proof.challenge, []), (proof.challenge, [""])):
            with pytest.raises(UnverifiedWebhook):
                connector.handshake(query, secrets)

    def test_a_body_names_the_account_it_is_for(self, proof: Proof) -> None:
        if not isinstance(proof.connector, SharesWebhook):
            pytest.skip(f"{proof.connector.title} has an address for each account")
        told = [case for case in proof.cases() if case.get("feed") == "webhook" and case["account_id"]]
        named = [
            case for case in told if case["account_id"] in proof.connector.addressees(json.dumps(case["body"]).encode())
        ]
        assert named, "no body leads to its account: what arrives at another account's address is lost"


def webhook_of(proof: Proof) -> ReceivesWebhooks:
    """Return the connector as one that receives webhooks, or skip."""
    if not isinstance(proof.connector, ReceivesWebhooks):
        pytest.skip(f"{proof.connector.title} does not push")
    return proof.connector


def signed(proof: Proof, secret: str) -> Mapping[str, str]:
    """Return the headers of the body {"a":1}."""
    assert proof.sign is not None
    return proof.sign(b'{"a":1}', secret)
