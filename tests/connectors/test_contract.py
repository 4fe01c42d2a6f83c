"""The contract, for every platform of the registry."""

from __future__ import annotations

from pathlib import Path

import pytest

from social_care.connectors.kit.signatures import sign_base64_sha256, sign_hex_sha256
from social_care.connectors.registry import load, platforms
from tests.connectors.contract import ConnectorContract, Proof

HERE = Path(__file__).parent


def meta_proof(platform: str) -> Proof:
    """Return the proof of one of Meta's platforms: they sign and ask alike."""
    return Proof(
        connector=load(platform),
        fixtures=HERE / platform / "fixtures",
        sign=lambda raw, secret: {"x-hub-signature-256": sign_hex_sha256(secret, raw)},
        challenge={"hub.mode": "subscribe", "hub.verify_token": "secret-now", "hub.challenge": "1158201444"},
    )


PROOFS = {
    "x": Proof(
        connector=load("x"),
        fixtures=HERE / "x" / "fixtures",
        sign=lambda raw, secret: {"x-twitter-webhooks-signature": sign_base64_sha256(secret, raw)},
        challenge={"crc_token": "token"},
        options={"x_reply_rule": "Enterprise"},
    ),
    "facebook": meta_proof("facebook"),
    "instagram": meta_proof("instagram"),
    "whatsapp": meta_proof("whatsapp"),
    "mastodon": Proof(connector=load("mastodon"), fixtures=HERE / "mastodon" / "fixtures"),
    "bluesky": Proof(connector=load("bluesky"), fixtures=HERE / "bluesky" / "fixtures"),
}


def test_every_platform_gives_its_proof() -> None:
    assert set(PROOFS) == set(platforms())


@pytest.fixture(params=sorted(PROOFS), scope="module")
def proof(request: pytest.FixtureRequest) -> Proof:
    return PROOFS[request.param]


class TestConnector(ConnectorContract):
    """Every promise, once a platform."""
