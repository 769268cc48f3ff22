"""``hms kiosk …``: the machines at which patients take a number themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from hms.kernel.i18n import phrase
from hms.kernel.text import show
from hms.kit.commands import changes, confirm, group, looks, run
from hms.kit.invocation import current
from hms.kit.output import Column, say, show_json, show_record, show_rows

if TYPE_CHECKING:
    from hms.features.kiosks.queries import KioskView

app = group("The self-service kiosks in the halls.")

Name = Annotated[str, typer.Argument(help="The kiosk's name.", metavar="NAME")]


def _given(view: KioskView) -> str:
    return f"{view.given_today} of {view.offer.daily_limit}"


_COLUMNS: dict[str, Column] = {
    "kiosk": "name",
    "state": "state",
    "paired": lambda view: "yes" if view.paired else "no",
    "last seen": "last_seen_at",
    "given today": _given,
    "hours": lambda view: view.offer.hours or "always",
    "queues": lambda view: ", ".join(view.offer.queues) or "every queue",
}


@changes(app, "pair")
def pair(name: Name) -> None:
    """Give out a code that makes a screen a kiosk: good once, for ten minutes, told only now."""
    from hms.features.kiosks import service

    show_record(run(lambda app, who: app.do_now(who, service.pair_kiosk, name)))
    say("type the code on the page /kiosk, or open the page once with what stands at address")


@looks(app, "list")
def list_() -> None:
    """Show every kiosk: its state, when it was seen, what it gave out today, hours, queues."""
    from hms.features.kiosks import service

    kiosks = run(lambda app, who: app.ask_now(who, service.list_kiosks))
    show_rows(kiosks, _COLUMNS, empty="there is no kiosk; make one with: hms kiosk pair NAME")


@changes(app, "lock")
def lock(name: Name) -> None:
    """Let a kiosk give out no numbers until it is unlocked."""
    from hms.features.kiosks import service

    done = run(lambda app, who: app.do_now(who, service.lock_kiosk, name))
    _answer(done, phrase("{name} is locked", name=show(done)))


@changes(app, "unlock")
def unlock(name: Name) -> None:
    """Let a locked kiosk give out numbers again."""
    from hms.features.kiosks import service

    done = run(lambda app, who: app.do_now(who, service.unlock_kiosk, name))
    _answer(done, phrase("{name} is open again", name=show(done)))


@changes(app, "revoke")
def revoke(name: Name) -> None:
    """Send a kiosk away at once; it gives out nothing before it is paired again."""
    from hms.features.kiosks import service

    confirm(phrase("Send the kiosk {name} away?", name=show(name)))
    done = run(lambda app, who: app.do_now(who, service.revoke_kiosk, name))
    _answer(done, phrase("{name} is sent away", name=show(done)))


def _answer(name: str, words: str) -> None:
    if current().json:
        show_json({"kiosk": name})
        return
    say(words)
