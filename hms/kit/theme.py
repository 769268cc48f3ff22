"""The three themes: one palette each, every text and background pair readable.

CSS uses the names of ``Palette`` only (``$hms-text`` on ``$hms-bg``), so that the
pairs that can meet on a screen are those of ``PAIRS`` and a test can hold each of
them to WCAG 2.1 AA (4.5:1; the contrast theme to AAA, 7:1).
"""

from __future__ import annotations

from dataclasses import asdict, dataclass

from textual.theme import Theme

DEFAULT_THEME = "hms-dark"


@dataclass(frozen=True, slots=True)
class Palette:
    """Colours by their purpose.

    Grounds: ``bg`` the page, ``panel`` header and key bar, ``field`` what can be
    typed into, ``cursor`` the chosen row, ``rest`` the chosen row of a list that
    does not have the keyboard, ``key`` a key's cap.  Texts: ``text``, ``muted``,
    ``accent`` (titles), ``good``, ``warn``, ``bad``, ``call`` (being called).
    ``rule`` is for lines, never for text.
    """

    bg: str
    panel: str
    field: str
    field_focus: str
    cursor: str
    rest: str
    key: str
    text: str
    muted: str
    accent: str
    good: str
    warn: str
    bad: str
    call: str
    on_cursor: str
    on_key: str
    rule: str


GROUNDS = ("bg", "panel", "field", "field_focus", "rest")
TEXTS = ("text", "muted", "accent", "good", "warn", "bad", "call")
PAIRS: tuple[tuple[str, str], ...] = (
    *((text, ground) for ground in GROUNDS for text in TEXTS),
    ("on_cursor", "cursor"),
    ("on_key", "key"),
    ("bg", "text"),  # the text cursor
    ("bg", "call"),  # the banner of a call
    ("bg", "warn"),
    ("bg", "bad"),
    ("bg", "good"),
)

PALETTES: dict[str, Palette] = {
    "hms-dark": Palette(
        bg="#10161c",
        panel="#18212a",
        field="#1d2833",
        field_focus="#243342",
        cursor="#7fd0c8",
        rest="#263440",
        key="#36505f",
        text="#e6edf2",
        muted="#a3b3bf",
        accent="#7fd0c8",
        good="#8fd694",
        warn="#f0c674",
        bad="#ff9d94",
        call="#ffcf6b",
        on_cursor="#0b1116",
        on_key="#f2f7fa",
        rule="#33434f",
    ),
    "hms-light": Palette(
        bg="#fbfaf7",
        panel="#eeece6",
        field="#f1efe9",
        field_focus="#e4eef0",
        cursor="#0b5c63",
        rest="#e0e6e6",
        key="#cdd8da",
        text="#16212a",
        muted="#4a5863",
        accent="#0b5c63",
        good="#1c5f2a",
        warn="#7a4a00",
        bad="#a01c1c",
        call="#7d3c00",
        on_cursor="#ffffff",
        on_key="#10202a",
        rule="#b9c2c4",
    ),
    "hms-contrast": Palette(
        bg="#000000",
        panel="#000000",
        field="#1a1a1a",
        field_focus="#00263d",
        cursor="#ffff00",
        rest="#262626",
        key="#ffffff",
        text="#ffffff",
        muted="#e0e0e0",
        accent="#66e0ff",
        good="#80ff80",
        warn="#ffe14d",
        bad="#ffb3b3",
        call="#ffff00",
        on_cursor="#000000",
        on_key="#000000",
        rule="#ffffff",
    ),
}


def css_name(purpose: str) -> str:
    """Return the CSS variable of a palette field, without the ``$``."""
    return "hms-" + purpose.replace("_", "-")


def variables(palette: Palette) -> dict[str, str]:
    """Return the CSS variables of ``palette``, ours and those that Textual's own widgets use."""
    own = {css_name(name): value for name, value in asdict(palette).items()}
    return own | {
        "border": palette.accent,
        "border-blurred": palette.rule,
        "block-cursor-background": palette.cursor,
        "block-cursor-foreground": palette.on_cursor,
        "block-cursor-text-style": "bold",
        "block-cursor-blurred-background": palette.rest,
        "block-cursor-blurred-foreground": palette.text,
        "block-cursor-blurred-text-style": "none",
        "block-hover-background": palette.rest,
        "input-cursor-background": palette.text,
        "input-cursor-foreground": palette.bg,
        "input-cursor-text-style": "none",
        "input-selection-background": palette.rest,
        "input-selection-foreground": palette.text,
        "text": palette.text,
        "text-muted": palette.muted,
        "text-disabled": palette.muted,
        "scrollbar": palette.rule,
        "scrollbar-hover": palette.muted,
        "scrollbar-active": palette.accent,
        "scrollbar-background": palette.bg,
        "scrollbar-background-hover": palette.bg,
        "scrollbar-background-active": palette.bg,
        "scrollbar-corner-color": palette.bg,
        "link-color": palette.accent,
        "screen-selection-background": palette.rest,
        "screen-selection-foreground": palette.text,
    }


def themes() -> list[Theme]:
    """Return the themes for ``App.register_theme``."""
    return [_theme(name, palette) for name, palette in PALETTES.items()]


def _theme(name: str, palette: Palette) -> Theme:
    return Theme(
        name=name,
        primary=palette.accent,
        secondary=palette.accent,
        accent=palette.accent,
        warning=palette.warn,
        error=palette.bad,
        success=palette.good,
        foreground=palette.text,
        background=palette.bg,
        surface=palette.field,
        panel=palette.panel,
        dark=name != "hms-light",
        variables=variables(palette),
    )
