"""``hms display …``: the screens in the halls."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from hms.kernel.i18n import phrase
from hms.kernel.text import show
from hms.kit.commands import UsageMistake, changes, confirm, group, looks, run
from hms.kit.invocation import current
from hms.kit.output import Column, say, show_json, show_record, show_rows

if TYPE_CHECKING:
    from hms.features.displays.queries import ScreenView

app = group("The screens in the halls.")

Name = Annotated[str, typer.Argument(help="The screen's name.", metavar="NAME")]


def _last_call(view: ScreenView) -> str:
    call = view.last_call
    if call is None:
        return ""
    return f"{call.shown_ms / 1000:.1f} s{', spoken' if call.spoken else ''}"


_COLUMNS: dict[str, Column] = {
    "screen": "name",
    "zone": lambda view: view.zone or "every queue",
    "languages": "languages",
    "paired": lambda view: "yes" if view.paired else "no",
    "state": "state",
    "last seen": "last_seen_at",
    "sound": lambda view: view.sound or "",
    "volume": lambda view: "" if view.volume is None else f"{view.volume} %",
    "last call": _last_call,
}


@changes(app, "pair")
def pair(
    name: Name,
    zone: Annotated[
        str | None, typer.Option("--zone", help="The zone it shows; every queue without.")
    ] = None,
    lang: Annotated[
        str, typer.Option("--lang", help="Its languages, such as en,hi.", metavar="TAGS")
    ] = "",
) -> None:
    """Give out a code that pairs a screen: good once, for ten minutes, told only now."""
    from hms.features.displays import service

    wanted = service.PairScreen(name, zone, tuple(lang.split(",")) if lang else ())
    code = run(lambda app, who: app.do_now(who, service.pair_screen, wanted))
    show_record(code)
    if code.address.startswith("/"):
        say("type the code on the screen's page, or open the page once with what stands at address")
    else:
        say("type the code on the screen's page, or open the address on it once")


@looks(app, "list")
def list_() -> None:
    """Show every screen: zone, languages, paired, when it was seen, sound, its last call."""
    from hms.features.displays import service

    screens = run(lambda app, who: app.ask_now(who, service.list_screens))
    show_rows(screens, _COLUMNS, empty="no screen has reported yet; hms serve takes their reports")


@changes(app, "revoke")
def revoke(name: Name) -> None:
    """Send a screen away at once; its name is refused until it is paired again."""
    from hms.features.displays import service

    confirm(phrase("Send the screen {name} away?", name=show(name)))
    done = run(lambda app, who: app.do_now(who, service.revoke_screen, name))
    _answer([done], "is sent away")


@changes(app, "reload")
def reload(
    name: Annotated[str | None, typer.Argument(help="The screen's name.", metavar="[NAME]")] = None,
    every: Annotated[bool, typer.Option("--all", help="Every screen.")] = False,
) -> None:
    """Let a screen load its page again."""
    from hms.features.displays import service

    if (name is None) is not every:
        raise UsageMistake("name one screen, or give --all", hint="see: hms display list")
    if name is None:
        names = run(lambda app, who: app.do_now(who, service.reload_every_screen))
    else:
        names = [run(lambda app, who: app.do_now(who, service.reload_screen, name))]
    _answer(names, "loads its page again")


@changes(app, "identify")
def identify(name: Name) -> None:
    """Let a screen show its name, large, for a quarter of a minute."""
    from hms.features.displays import service

    done = run(lambda app, who: app.do_now(who, service.identify_screen, name))
    _answer([done], "shows its name")


def _answer(names: list[str], what: str) -> None:
    if current().json:
        show_json({"screens": names})
        return
    for name in names:
        say(f"{show(name)} {what}")
    if not names:
        say("no screen is there")
