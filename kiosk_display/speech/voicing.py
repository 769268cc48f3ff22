"""How a zone sounds, and what it says of a call: a pure function of the event and the settings.

So every server says the same of a call and gives the same path; only whether a path is given
at all depends on the voices that a server has (docs/decisions/speech.md).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from hms.infra.settings import Settings, ZoneDisplay
from hms.kernel.board import QueueBoard
from hms.kernel.events import Recorded
from kiosk_display.speech.sentence import sentence
from kiosk_display.speech.studio import Phrase, Studio

NEXT_MADE = 3  # tokens of a queue whose call is made ahead
ROOMS_MADE = 3  # rooms each of them may be called to
CALLS = frozenset({"TokenCalled", "TokenRecalled"})

Speech = tuple[dict[str, str | None], ...]


def nobody(_: str) -> bool:
    """Speak no language."""
    return False


@dataclass(frozen=True, slots=True)
class ZoneVoice:
    """The languages of a zone and how it sounds; ``speaks`` tells for which there is a voice."""

    languages: tuple[str, ...] = ("en",)
    spoken: bool = True
    chime: int = 1
    volume: int = 100
    repeat: int = 1
    quiet: str = ""
    speaks: Callable[[str], bool] = nobody

    def phrases(self, token: str, room: str | None) -> list[Phrase]:
        """Return the sentence of a call in each language of the zone that the wall knows."""
        if not self.spoken:
            return []
        said = ((tag, sentence(tag, token, room)) for tag in self.languages)
        return [Phrase(tag, text) for tag, text in said if text is not None]

    def speech(self, token: str, room: str | None) -> Speech:
        """Return the member ``speech`` of the frame of a call."""
        return tuple(
            {
                "lang": phrase.lang,
                "text": phrase.text,
                "audio": phrase.path if self.speaks(phrase.lang) else None,
            }
            for phrase in self.phrases(token, room)
        )

    def told(self) -> dict[str, object]:
        """Return what the zone's pages are told of it."""
        return {
            "languages": list(self.languages),
            "chime": self.chime,
            "volume": self.volume,
            "repeat": self.repeat,
            "quiet": self.quiet,
        }


SILENT = ZoneVoice(spoken=False)


def voice_of(
    settings: Settings, zone: str | None, speaks: Callable[[str], bool] = nobody
) -> ZoneVoice:
    """Return how ``zone`` sounds: its own settings before those of all."""
    display = settings.display
    own = display.zones.get(zone or "", ZoneDisplay())
    return ZoneVoice(
        languages=own.languages or settings.hospital.languages or ("en",),
        spoken=display.speech != "off",
        chime=display.chime_sound,
        volume=display.volume if own.volume is None else own.volume,
        repeat=display.repeat if own.repeat is None else own.repeat,
        quiet=display.quiet if own.quiet is None else own.quiet,
        speaks=speaks,
    )


class Speaker:
    """Hands what the zones say to the studio: calls at once, what is next in line ahead."""

    def __init__(self, studio: Studio) -> None:
        """Speak through ``studio``."""
        self._studio = studio
        self.speaks = studio.speaks

    def opened(self, told: Iterable[tuple[ZoneVoice, str, str | None]]) -> None:
        """Remember the calls (voice, token, room) that zones told before this server looked."""
        for voice, token, room in told:
            self._studio.know(self._spoken(voice, token, room))

    def told(
        self,
        events: Iterable[Recorded],
        boards: Mapping[int, QueueBoard],
        zones: Mapping[int, list[ZoneVoice]],
    ) -> None:
        """Have the calls among ``events`` made now, and then those that will come next.

        ``zones`` are the voices of the zones that each queue is in.
        """
        for event in events:
            if event.kind in CALLS and event.topic is not None:
                token, room = str(event.payload.get("token", "")), event.payload.get("room")
                for voice in zones.get(event.topic, ()):
                    self._studio.want(self._spoken(voice, token, room))
        for topic, board in boards.items():
            for voice in zones.get(topic, ()):
                self._studio.prepare(self._likely(voice, board))

    def _likely(self, voice: ZoneVoice, board: QueueBoard) -> Iterable[Phrase]:
        """Yield the next calls of a queue, to the rooms that call in it today."""
        rooms = dict.fromkeys([*(one.room for one in board.serving), board.room])
        for token in board.next[:NEXT_MADE]:
            for room in list(rooms)[:ROOMS_MADE]:
                yield from self._spoken(voice, token, room)

    def _spoken(self, voice: ZoneVoice, token: str, room: str | None) -> list[Phrase]:
        return [one for one in voice.phrases(token, room) if self.speaks(one.lang)]
