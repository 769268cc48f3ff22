"""Words for people: English in the source, another language where a face shows them.

A rule or a use case says what it has to say in English, with ``phrase`` where words and
values meet: the text *is* English (logs, JSON and the audit keep it) and remembers its
template, so that a console or a command may show it in another language with ``tr``.
Without a catalogue ``tr`` gives back what it got.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol, TypeVar

T = TypeVar("T")


class Catalogue(Protocol):
    """The translations of one language, as ``gettext.GNUTranslations`` has them."""

    def gettext(self, message: str) -> str:
        """Return the translation of ``message``, itself when there is none."""
        ...

    def pgettext(self, context: str, message: str) -> str:
        """Return the translation of ``message`` in ``context``."""
        ...

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        """Return the translation in the plural form that ``n`` asks for."""
        ...


class Phrase(str):
    """English text that knows its template and the values in it."""

    __slots__ = ("context", "many", "template", "values")

    template: str
    values: Mapping[str, object]
    many: str  # the plural template; empty: there is one form
    context: str

    def __new__(
        cls,
        text: str,
        template: str = "",
        values: Mapping[str, object] | None = None,
        many: str = "",
        context: str = "",
    ) -> Phrase:
        """Return ``text`` with what it was made of."""
        made = super().__new__(cls, text)
        made.template = template or text
        made.values = values or {}
        made.many = many
        made.context = context
        return made


_catalogue: Catalogue | None = None


def use(catalogue: Catalogue | None) -> None:
    """Show every later text by ``catalogue``; None: in English."""
    global _catalogue
    _catalogue = catalogue


def phrase(template: str, /, **values: object) -> Phrase:
    """Return ``template`` with its named ``{places}`` filled in, to be shown in any language.

    A value that is ``Phrase`` itself is translated with the rest; any other is shown as it is.
    """
    return Phrase(template.format(**values) if values else template, template, values)


def counted(one: str, many: str, /, count: int, **values: object) -> Phrase:
    """Return ``one`` or ``many`` by ``count``, which may stand in it as ``{count}``."""
    values["count"] = count
    return Phrase((one if count == 1 else many).format(**values), one, values, many)


def joined(separator: str, parts: Sequence[str]) -> Phrase:
    """Return ``parts`` with ``separator`` between them, each still to be shown in any language."""
    template = separator.join(f"{{part{at}}}" for at in range(len(parts)))
    return phrase(template, **{f"part{at}": part for at, part in enumerate(parts)})


def msgid(template: str) -> str:
    """Mark a template that is filled in elsewhere, so that translators meet it."""
    return template


def word(text: str, context: str = "word") -> Phrase:
    """Return a word of a closed list (a state, a class, a role) to be shown in any language."""
    return Phrase(text, text, None, "", context)


def tr(text: str, context: str = "") -> str:
    """Return ``text`` in the language of the person; what no catalogue knows stays as it is."""
    if _catalogue is None or not text:
        return text
    return _translated(_catalogue, text, context)


def tr_phrase(value: T) -> T | str:
    """Return what ``phrase`` made in the person's language; any other value is data and stays."""
    if _catalogue is None or not isinstance(value, Phrase):
        return value
    return tr(value)


def _translated(catalogue: Catalogue, text: str, context: str) -> str:
    if not isinstance(text, Phrase):
        return catalogue.pgettext(context, text) if context else catalogue.gettext(text)
    if text.many:
        count = text.values["count"]
        assert isinstance(count, int)
        template = catalogue.ngettext(text.template, text.many, count)
    elif text.context:
        template = catalogue.pgettext(text.context, text.template)
    else:
        template = catalogue.gettext(text.template)
    if not text.values:
        return template
    return template.format(**{name: tr_phrase(value) for name, value in text.values.items()})
