"""`social-care …`: try the app, replay payloads, look after accounts. On a site the same verbs stand under bench."""

from __future__ import annotations

import errno
import json
import logging
import os
import sys
from pathlib import Path
from typing import Any

import click

from social_care import __version__
from social_care.connectors import registry
from social_care.sandbox import PLAYED


class Verbs(click.Group):
    """The verbs; where nothing more can be written it ends in a sentence."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run a verb. Raises: ClickException where the disk is full."""
        try:
            done = super().invoke(ctx)
            sys.stdout.flush()
        except OSError as error:
            if error.errno != errno.ENOSPC:
                raise
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # what is left would fail once more at the end
            raise click.ClickException("There is no space left where the output goes.") from error
        return done


@click.group(cls=Verbs, help="Customer service on social media, inside Frappe Helpdesk.")
@click.version_option(__version__)
def main() -> None:
    logging.getLogger("social_care").addHandler(logging.NullHandler())


PLATFORM = click.Choice(registry.platforms(), case_sensitive=False)


@main.command(short_help="Tell what would become of stored bodies.")
@click.argument("platform", type=PLATFORM, metavar="PLATFORM")
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option("--account-id", default="", help="Our own id on the platform: messages of that author are echoes.")
@click.option("--fresh", is_flag=True, help="Give each file an empty desk.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object for every handled event.")
def replay(platform: str, files: tuple[str, ...], account_id: str, fresh: bool, as_json: bool) -> None:
    """Run stored bodies through connector, engine and the embedded desk.

    PLATFORM is x, facebook, instagram, whatsapp, telegram, mastodon, bluesky, youtube, feed or inbound. A FILE is a webhook
    body, or one recorded HTTP exchange. What cannot be read is parked with its reason.
    """
    from social_care.replay import Replay

    for record in Replay(platform, account_id=account_id, fresh=fresh).files(list(files)):
        if as_json:
            click.echo(json.dumps(record, ensure_ascii=True))
            continue
        ticket = f" ticket {record['ticket']}" if record["ticket"] else ""
        who = f" {record['author_handle'] or record['author_id'] or ''}".rstrip()
        text = f" “{record['text'][:60]}”" if record["text"] else ""
        reason = f" ({record['reason']})" if record["reason"] else ""
        line = f"{record['file']}: {record['action']}{ticket}{who}{text}{reason}"
        click.echo("".join(c if c.isprintable() else "\ufffd" for c in line))  # a customer's text may steer a terminal


@main.command(short_help="Play a delayed flight, on this machine only.")
@click.option("--html", "html_file", type=click.Path(dir_okay=False), help="Write the story as one self-contained page too.")
@click.option("--quiet", is_flag=True, help="Print the totals only.")
def demo(html_file: str | None, quiet: bool) -> None:
    """Play a delayed flight: customers, the real connector and engine, tickets and answers, on this machine only."""
    from social_care.demo import play

    if html_file and not Path(html_file).absolute().parent.is_dir():
        raise click.BadParameter(f"there is no folder {Path(html_file).absolute().parent}", param_hint="--html")
    sys.exit(play(html_file=html_file, quiet=quiet))


@main.command(short_help="Run a platform on loopback, to try the app by hand.")
@click.option("--platform", default="x", type=click.Choice(PLAYED, case_sensitive=False), show_default=True)
@click.option("--port", default=8711, type=click.IntRange(0, 65535), show_default=True, help="0 takes a free one.")
@click.option("--empty", is_flag=True, help="Start without people and posts.")
def sandbox(platform: str, port: int, empty: bool) -> None:
    """Run a platform on loopback that answers as the real one does, to try the app by hand."""
    from social_care.sandbox.serve import serve

    try:
        serve(platform=platform, port=port, seed=not empty)
    except OSError as error:
        why = error.strerror or error
        raise click.ClickException(f"The sandbox cannot run: {why}. Another port: --port 0 takes a free one.") from error


@main.command(short_help="Check this installation, or an account.")
@click.option("--platform", type=PLATFORM, help="Check an account of this platform.")
@click.option(
    "--credentials", type=click.Path(exists=True, dir_okay=False), help="A JSON file of the account's credentials."
)
@click.option("--api-base-url", default="", help="Another address than the platform's own (a sandbox).")
def doctor(platform: str | None, credentials: str | None, api_base_url: str) -> None:
    """Check this installation, or an account, and say what to do."""
    from social_care.doctor import check_account, check_installation

    if credentials and not platform:
        raise click.UsageError("--credentials needs --platform: whose are they?")
    if api_base_url and not platform:
        raise click.UsageError("--api-base-url needs --platform: who is there?")
    findings = check_installation()
    if platform:
        findings += check_account(platform, credentials, api_base_url)
    for finding in findings:
        click.echo(finding.line())
    sys.exit(1 if any(finding.bad for finding in findings) else 0)
