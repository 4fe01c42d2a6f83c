"""What every connector must do. `test_contract.py` runs it for each platform of the registry.

A platform adds a `Proof` to `test_contract.PROOFS`: where its fixtures are, and how a webhook of it is signed.
"""

from __future__ import annotations

import pytest

from social_care.core.accounts import Account
from tests.connectors.contract.abilities import AbilitiesPromises
from tests.connectors.contract.answering import AnsweringPromises
from tests.connectors.contract.calls import CallsPromises
from tests.connectors.contract.moderation import ModerationPromises
from tests.connectors.contract.parsing import ParsingPromises
from tests.connectors.contract.proof import Proof
from tests.connectors.contract.searching import SearchingPromises
from tests.connectors.contract.signing_in import SigningInPromises
from tests.connectors.contract.webhooks import WebhookPromises


class ConnectorContract(
    AbilitiesPromises,
    SearchingPromises,
    SigningInPromises,
    ParsingPromises,
    WebhookPromises,
    CallsPromises,
    AnsweringPromises,
    ModerationPromises,
):
    """All of them, one promise a test. A subclass gives the fixture `proof`."""

    @pytest.fixture
    def account(self, proof: Proof) -> Account:
        return Account(name="Ours", platform=proof.connector.platform, external_id="900", handle="ours")
