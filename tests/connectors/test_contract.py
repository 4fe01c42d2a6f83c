"""The contract, for every platform of the registry."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from social_care.connectors.inbound.signing import headers_for
from social_care.connectors.kit.signatures import sign_base64_sha256, sign_hex_sha256
from social_care.connectors.registry import load, platforms
from tests.connectors.contract import ConnectorContract
from tests.connectors.contract.proof import Proof

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
    "telegram": Proof(
        connector=load("telegram"),
        fixtures=HERE / "telegram" / "fixtures",
        sign=lambda raw, secret: {"x-telegram-bot-api-secret-token": secret},
        signs_body=False,
    ),
    "feed": Proof(connector=load("feed"), fixtures=HERE / "feed" / "fixtures"),
    "inbound": Proof(
        connector=load("inbound"),
        fixtures=HERE / "inbound" / "fixtures",
        sign=lambda raw, secret: headers_for(raw, "msg_1", [secret], time.time()),
        challenge={"challenge": "1158201444"},
        options={"inbound_reply_to": "https://shop.example/replies"},
    ),
    "mastodon": Proof(connector=load("mastodon"), fixtures=HERE / "mastodon" / "fixtures"),
    "bluesky": Proof(connector=load("bluesky"), fixtures=HERE / "bluesky" / "fixtures"),
    "youtube": Proof(connector=load("youtube"), fixtures=HERE / "youtube" / "fixtures"),
}


def test_every_platform_gives_its_proof() -> None:
    assert set(PROOFS) == set(platforms())


@pytest.mark.parametrize(
    "place", ["doctype/social_account/social_account", "doctype/social_routing_rule/social_routing_rule"]
)
def test_every_platform_can_be_chosen(place: str) -> None:
    form = json.loads((HERE.parents[1] / f"social_care/{place}.json").read_text())
    [field] = [one for one in form["fields"] if one["fieldname"] == "platform"]
    assert {one.lower() for one in field["options"].split("\n")} - {""} == set(platforms())


def test_every_platform_can_stand_on_a_ticket() -> None:
    written = (HERE.parents[1] / "social_care/install.py").read_text()
    assert f'"options": "{"".join(chr(92) + "n" + load(one).title for one in platforms())}"' in written


@pytest.fixture(params=sorted(PROOFS), scope="module")
def proof(request: pytest.FixtureRequest) -> Proof:
    return PROOFS[request.param]


class TestConnector(ConnectorContract):
    """Every promise, once a platform."""
