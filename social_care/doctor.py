"""Checks that end in a plain line: what is well, what is not, and what to do about it."""

from __future__ import annotations

import importlib.metadata
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from social_care.connectors import registry
from social_care.core.accounts import Account
from social_care.core.connecting import is_pushed_only
from social_care.core.errors import SocialCareError
from social_care.core.findings import Finding
from social_care.core.ports import CheckUp, Connector, ReceivesWebhooks
from social_care.wiring import connect, load_connector


class WebhookKnown(Protocol):
    """What a desk knows of an account's webhook. state: "" for never registered."""

    @property
    def secrets(self) -> Mapping[str, str]:
        """Return the secrets that are set, by field."""

    @property
    def state(self) -> str:
        """Return "Pushes" or "Does not push", "" while nobody knows."""


def check_installation() -> list[Finding]:
    """Look at Python, the libraries and every connector."""
    findings = [Finding(what=f"Python {sys.version.split()[0]}")]
    for library in ("requests", "tweepy", "twitter-text-parser", "regex", "click", "lxml"):
        try:
            findings.append(Finding(what=f"{library} {importlib.metadata.version(library)}"))
        except importlib.metadata.PackageNotFoundError:
            findings.append(Finding(what=f"the library {library} is missing", bad=True, advice=f"pip install {library}"))
    for platform in registry.platforms():
        try:
            connector = load_connector(platform)
            feeds = ", ".join(connector.capabilities.feeds) or "none, it is pushed"
            findings.append(Finding(what=f"connector {connector.title}: feeds {feeds}"))
        except (ImportError, SocialCareError) as error:
            findings.append(Finding(what=f"connector {platform}: {error}", bad=True, advice="install the app again"))
    return findings


def check_account(platform: str, credentials_file: str | None, api_base_url: str = "") -> list[Finding]:
    """Ask the platform who we are, with which rights, and how much of its limits is left."""
    connector = load_connector(platform)
    try:
        credentials = json.loads(Path(credentials_file).read_text()) if credentials_file else {}
        options = {"api_base_url": api_base_url} if api_base_url else {}
        credentials = {str(name): str(value) for name, value in credentials.items() if value is not None} | options
        account = Account(name="doctor", platform=platform, external_id="", options=options)
        connection = connect(account, credentials, lambda new: None, lambda upload: b"")
    except OSError as error:
        reason = error.strerror or type(error).__name__
        return [Finding(what=f"The credentials file cannot be read: {reason}.", bad=True, advice="check the path")]
    except (ValueError, AttributeError):
        return [Finding(what="The credentials file is no JSON object.", bad=True, advice="names and values in one object")]
    except SocialCareError as error:
        advice = "mend this, then check again"
        if not any(all(credentials.get(name) for name in names) for names in connector.required_credentials):
            needed = " or ".join(" + ".join(one) for one in connector.required_credentials)
            advice = f"credentials that are needed: {needed}"
        return [Finding(what=str(error), bad=True, advice=advice)]
    try:
        found = connection.check()
    except SocialCareError as error:
        return [Finding(what=f"{connector.title}: {error}", bad=True, advice="mend this, then check again")]
    finally:
        connection.close()
    return told(connector, found)


def setup_steps(
    account: Account, connector: Connector, credentials: Mapping[str, str], webhook: WebhookKnown
) -> list[Finding]:
    """Return the steps of connecting an account, in order, without asking anybody; the first bad one is the next to do.

    credentials: what is filled in, by field.
    """
    able = connector.capabilities
    tokens = any(all(credentials.get(name) for name in names) for names in connector.required_credentials)
    app = bool(credentials.get("client_id") and credentials.get("client_secret"))
    steps = []
    if able.signs_in and not tokens:
        steps.append(
            _step(
                "id (or key) and secret of the app are filled in", app, "make an app at the platform, see its page in docs"
            )
        )
    advice = "fill them in on the tab Connection"
    if able.signs_in:
        advice = f"press the button for signing in, or {advice}"
    steps.append(_step("the credentials are complete", tokens, advice))
    steps.append(_step("the platform knows the account", bool(account.external_id), "press Test connection"))
    pushed_only = is_pushed_only(connector, account)
    if pushed_only is False and webhook.state == "Pushes":
        steps.append(_step("no webhook takes what is polled", False, "press Remove webhook"))
    if isinstance(connector, ReceivesWebhooks) and pushed_only is not False:
        needed = pushed_only or not able.feeds  # what is not polled comes by webhook or not at all
        secret = any(webhook.secrets.get(name) for name in connector.challenged_with or connector.signed_with)
        steps.append(_step("the webhook has a secret", secret, "fill in Webhook Secret or Verify Token", needed))
        pushed = webhook.state == "Pushes" or not able.subscribes
        steps.append(_step("the platform pushes", pushed, "press Register webhook", needed or bool(webhook.state)))
    return steps


def _step(what: str, done: bool, advice: str, needed: bool = True) -> Finding:
    """Return a step; one that is not done and not needed is no fault, and says so."""
    if done:
        return Finding(what=what)
    return Finding(what=what if needed else f"{what} (polling works without)", bad=needed, advice=advice)


def told(connector: Connector, found: CheckUp) -> list[Finding]:
    """Return what a platform said of an account as findings."""
    findings = [Finding(what=f"we are @{found.handle} ({found.name}, {found.account_id}) on {connector.title}")]
    findings += [Finding(what=f"the platform allows: {permission}") for permission in found.permissions]
    findings += [Finding(what=f"what is left of limits: {limit}") for limit in found.limits]
    findings += [Finding(what=problem, bad=True, advice="see the platform's page in docs") for problem in found.problems]
    return findings
