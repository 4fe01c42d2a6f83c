"""The whole story, told as it happens, and compared in the end with what the platforms really hold."""

from __future__ import annotations

import time
from pathlib import Path

import click

from social_care.demo.flight_on_meta import FlightOnMeta
from social_care.demo.flight_on_x import FlightOnX
from social_care.demo.stage import Stage
from social_care.sandbox.clock import SandboxClock
from social_care.sandbox.pages import PagesSandbox
from social_care.sandbox.whatsapp import WhatsAppSandbox
from social_care.sandbox.x import XSandbox
from social_care.story import as_html, as_text


def play(*, html_file: str | None = None, quiet: bool = False) -> int:
    """Play the whole story; return 0, or 1 when anything was lost, sent twice or claimed without being sent."""
    began = time.monotonic()
    clock = SandboxClock()
    with (
        XSandbox(clock) as x,
        PagesSandbox(clock) as pages,
        WhatsAppSandbox(clock) as whatsapp,
        Stage(clock, quiet=quiet) as stage,
    ):
        acts = (FlightOnX(stage, x), FlightOnMeta(stage, pages, whatsapp))
        for act in acts:
            act.run()
        faults = [fault for act in acts for fault in act.check()]
        if not quiet:
            click.echo("\n" + as_text(stage.desk) + "\n")
            for reason, number in stage.tally.reasons.most_common():
                click.echo(f"ignored {number} × {reason}")
        click.echo("  ".join(f"{name}: {number}" for name, number in stage.tally.totals(stage.desk).items()))
        for fault in faults:
            click.secho(f"WRONG: {fault}", fg="red")
        if not faults:
            click.echo(
                f"Nothing lost, nothing sent twice, nothing claimed that was not sent ({time.monotonic() - began:.1f} s)."
            )
        if html_file:
            Path(html_file).write_text(as_html(stage.desk, stage.tally, stage.told), encoding="utf-8")
            click.echo(f"The story as a page: {html_file}")
    return 1 if faults else 0
