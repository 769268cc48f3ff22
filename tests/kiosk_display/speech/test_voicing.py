"""What a zone says follows from the event and the settings alone."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hms.infra.settings import DisplaySettings, Hospital, Settings, ZoneDisplay
from hms.kernel.events import Recorded
from kiosk_display.speech.studio import Phrase, Studio
from kiosk_display.speech.voicing import Speaker, ZoneVoice, voice_of
from tests.kiosk_display.stage import queue

SETTINGS = Settings(
    hospital=Hospital(languages=("en", "tlh", "hi")),
    zones={"ward": ("GM",)},
    display=DisplaySettings(
        volume=80, repeat=2, quiet="22:00-06:00", chime_sound=3,
        zones={"ward": ZoneDisplay(languages=("ar",), volume=0, quiet="")},
    ),
)  # fmt: skip


def test_a_call_is_said_in_each_language_of_the_zone_in_turn() -> None:
    voice = voice_of(SETTINGS, None, lambda tag: tag == "en")
    speech = voice.speech("GM-042", "3")
    assert [one["lang"] for one in speech] == ["en", "hi"]
    assert speech[0]["text"] == "Token G M forty-two, room three"
    assert speech[0]["audio"] == Phrase("en", "Token G M forty-two, room three").path
    assert speech[1]["audio"] is None, "there is no voice for it here"


def test_every_server_says_the_same_whatever_voices_it_has() -> None:
    some = voice_of(SETTINGS, None, lambda _: True).speech("GM-042", "3")
    none = voice_of(SETTINGS, None).speech("GM-042", "3")
    assert [{**one, "audio": None} for one in some] == list(none)


def test_a_zone_has_what_it_says_itself_and_the_rest_of_all() -> None:
    ward, hall = voice_of(SETTINGS, "ward"), voice_of(SETTINGS, None)
    assert ward.told() == {
        "languages": ["ar"], "chime": 3, "volume": 0, "repeat": 2, "quiet": "",
    }  # fmt: skip
    assert hall.told()["quiet"] == "22:00-06:00"
    assert hall.told()["volume"] == 80


def test_where_speech_is_off_nothing_is_said() -> None:
    display = replace(SETTINGS.display, speech="off")
    voice = voice_of(replace(SETTINGS, display=display), None, lambda _: True)
    assert voice.speech("GM-042", "3") == ()


class Listening(Studio):
    """A studio that notes what it is asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str]] = []

    def speaks(self, tag: str) -> bool:
        return tag == "en"

    def want(self, phrases: Any) -> None:
        self.asked += [("want", one.text) for one in phrases]

    def prepare(self, phrases: Any) -> None:
        self.asked += [("prepare", one.text) for one in phrases]

    def know(self, phrases: Any) -> None:
        self.asked += [("know", one.text) for one in phrases]


def test_calls_are_made_before_the_next_in_line_and_only_in_languages_with_a_voice() -> None:
    studio, voice = Listening(), ZoneVoice(languages=("en", "hi"))
    payload = {"token": "GM-001", "room": "1", "status": "called", "call_no": 1}
    called = Recorded(1, "2031-03-03T09:00:00.000Z", "TokenCalled", 1, 1, 3, payload)
    board = replace(queue("GM", "General", "2"), next=("GM-002", "GM-003", "GM-004", "GM-005"))
    Speaker(studio).told([called], {1: board}, {1: [voice]})
    assert studio.asked == [
        ("want", "Token G M one, room one"),
        ("prepare", "Token G M two, room two"),
        ("prepare", "Token G M three, room two"),
        ("prepare", "Token G M four, room two"),
    ]


def test_calls_told_before_a_restart_are_known_again() -> None:
    studio = Listening()
    Speaker(studio).opened([(ZoneVoice(), "GM-001", "1")])
    assert studio.asked == [("know", "Token G M one, room one")]
