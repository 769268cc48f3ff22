"""A panel loads what changed, never twice at once, and never misses the last change."""

from __future__ import annotations

import asyncio

import pytest

from hms.kit.tui_loading import Loader


@pytest.mark.asyncio
async def test_asked_many_times_while_loading_it_loads_once_more() -> None:
    loads = 0
    gate = asyncio.Event()

    async def load() -> None:
        nonlocal loads
        loads += 1
        await gate.wait()

    loader = Loader(load, lambda error: None)
    loader.ask()
    await asyncio.sleep(0)
    for _ in range(10):
        loader.ask()
    gate.set()
    await loader.fresh()
    assert loads == 2


@pytest.mark.asyncio
async def test_a_failure_is_told_and_the_next_load_runs() -> None:
    told: list[Exception] = []
    outcomes = [ValueError("first"), None]

    async def load() -> None:
        outcome = outcomes.pop(0)
        if outcome is not None:
            raise outcome

    loader = Loader(load, told.append)
    loader.ask()
    await loader.fresh()
    loader.ask()
    await loader.fresh()
    assert [str(error) for error in told] == ["first"]
    assert not outcomes


@pytest.mark.asyncio
async def test_a_closed_panel_loads_no_more() -> None:
    loads = 0

    async def load() -> None:
        nonlocal loads
        loads += 1

    loader = Loader(load, lambda error: None)
    loader.stop()
    loader.ask()
    await loader.fresh()
    assert loads == 0
