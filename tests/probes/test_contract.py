"""What every kind of probe promises: the shared fault suite, for every entry of KINDS.

Each kind says in tests/probes/places where it is to be tried.
"""

import asyncio
import gc
import importlib
import importlib.util
import json
import math
import os
import re
import subprocess
import sys
import time
import unicodedata
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from typing import Any, cast

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from probes.connection import own_deadline
from probes.field_docs import DescribedSchema
from probes.kind import Options, Probe
from probes.kinds import KINDS
from probes.reading import FailureReason, Reading
from tests.probes.faults import NEEDED, Fault, Place, PlacesModule, Transport
from tests.probes.namespace import in_namespace
from tests.probes.secrets import PUBLIC
from tests.probes.servers import lateness

TIMEOUT_S = 0.25
SLACK_S = 0.1
LONG_RUNS = 10_000
SHORT_RUNS = 200
LINE_CHARACTERS = 300
_NOISES = 16
_TURNS = 8
"""Turns of the loop that a probe may need to end, each of which may be late."""
_LONG_TIMEOUT_S = 5.0
_STEPS = 61
_OF_A_BUSY_MACHINE = frozenset({FailureReason.TIMEOUT, FailureReason.LOCAL})


def places_of(kind: str) -> PlacesModule:
    return cast(PlacesModule, importlib.import_module(f"tests.probes.places.{kind}"))


TRIED = [kind for kind in KINDS if importlib.util.find_spec(f"tests.probes.places.{kind}")]
ACTIVE = [kind for kind in TRIED if places_of(kind).TRANSPORT is not Transport.PASSIVE]
ANSWERED = [kind for kind in TRIED if hasattr(places_of(kind), "noise")]


def test_every_kind_has_its_places() -> None:
    silent = {Transport.ICMP, Transport.CONNECT, Transport.PASSIVE}

    assert list(KINDS) == TRIED
    assert [kind for kind in TRIED if places_of(kind).TRANSPORT not in silent] == [
        kind for kind in ANSWERED if places_of(kind).TRANSPORT not in silent
    ]


async def tried(probe: Probe, place: Place, *, timeout_s: float = TIMEOUT_S) -> tuple[Reading, float]:
    """Probe once; return how long it took, too.

    A reading after the deadline is an error, the lateness of the loop allowed for.
    """
    loop = asyncio.get_running_loop()
    async with lateness() as late:
        started_at = loop.time()
        seen = await probe(place.address, place.options, timeout_s=timeout_s)
        took_s = loop.time() - started_at
    assert took_s < timeout_s + SLACK_S + _TURNS * late.most_s, place
    return seen, took_s


def ran_out(seen: Reading, took_s: float) -> bool:
    """Whether a reading may be so only because a busy machine used up the whole deadline."""
    return seen.reason in _OF_A_BUSY_MACHINE and took_s >= own_deadline(TIMEOUT_S)


async def tried_together(probe: Probe, everywhere: Sequence[Place]) -> list[Reading]:
    """Probe all places at once; those that ran out of time on a busy machine once more, alone and with more of it.

    Only whoever used up the whole deadline is asked again, and only once: a wrong reason that has another cause than a
    slow machine stays.
    """
    first = await asyncio.gather(*(tried(probe, place) for place in everywhere))
    readings = []
    for place, (seen, took_s) in zip(everywhere, first, strict=True):
        if place.reason is not seen.reason and ran_out(seen, took_s):
            # Slow places are made for the short one.
            longer_s = TIMEOUT_S if place.reason is FailureReason.TIMEOUT else _LONG_TIMEOUT_S
            readings.append((await tried(probe, place, timeout_s=longer_s))[0])
        else:
            readings.append(seen)
    return readings


def line_faults(text: str) -> list[str]:
    """Return what keeps a text from being one clean, bounded line."""
    faults = {
        "is not printable": not text.isprintable(),
        "is not NFC": not unicodedata.is_normalized("NFC", text),
        "has spaces around": text != text.strip(),
        "is too long": len(text) > LINE_CHARACTERS,
    }
    return [words for words, is_so in faults.items() if is_so]


def faults_of(seen: Reading, options: Options) -> list[str]:
    """Return what is unclean in a reading."""
    allowed = options.metrics()
    found = [f"{seen.detail!r} {fault}" for fault in line_faults(seen.detail)]
    if not seen.ok and not seen.detail:
        found.append("a failure without words")
    for name, words in seen.notes.items():
        found += [f"note {name!r}: {words!r} {fault}" for fault in line_faults(words)]
        if not re.fullmatch(r"[a-z][a-z0-9_]*", name):
            found.append(f"note {name!r} is no name")
    for name, value in seen.metrics.items():
        if not math.isfinite(value):
            found.append(f"{name} = {value}")
        if not re.fullmatch(r"[a-z][a-z0-9_]*", name) or (allowed is not None and name not in allowed):
            found.append(f"{name} was not announced")
    return found


@pytest.mark.parametrize("kind", TRIED)
async def test_every_place_gives_its_one_reason_within_the_deadline(kind: str) -> None:
    module = places_of(kind)
    async with module.places() as everywhere, KINDS[kind].connect(PUBLIC) as probe:
        readings = await tried_together(probe, everywhere)

    assert NEEDED[module.TRANSPORT] - {place.fault for place in everywhere} == set()
    assert all((place.fault is Fault.NONE) is (place.reason is None) for place in everywhere)
    seen_at = list(zip(everywhere, readings, strict=True))
    assert [(place, seen) for place, seen in seen_at if seen.reason is not place.reason] == []
    assert [fault for place, seen in seen_at for fault in faults_of(seen, place.options)] == []


@pytest.mark.parametrize("kind", ANSWERED)
def test_noise_is_never_ok_and_never_an_error(kind: str) -> None:
    module = cast(Any, places_of(kind))
    plausible = {FailureReason.TIMEOUT, FailureReason.PROTOCOL, FailureReason.UNEXPECTED_ANSWER}
    if module.TRANSPORT is Transport.TLS:
        plausible.add(FailureReason.TLS)
    starts = st.sampled_from((b"", *getattr(module, "STARTS", ())))
    noise = st.builds(bytes.__add__, starts, st.binary(max_size=300))

    @settings(
        max_examples=4,
        derandomize=True,
        deadline=None,
        database=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )
    @given(st.lists(noise, min_size=_NOISES, max_size=_NOISES))
    def hear(noises: list[bytes]) -> None:
        asyncio.run(hear_together(noises))

    async def hear_together(noises: list[bytes]) -> None:
        async with AsyncExitStack() as stack:
            noisy = [await stack.enter_async_context(module.noise(data)) for data in noises]
            probe = await stack.enter_async_context(KINDS[kind].connect(PUBLIC))
            readings = await asyncio.gather(*(tried(probe, place) for place in noisy))
            for data, place, (seen, took_s) in zip(noises, noisy, readings, strict=True):
                assert seen.reason in plausible or ran_out(seen, took_s), (data, seen)
                assert faults_of(seen, place.options) == [], data

    hear()


@pytest.mark.parametrize("kind", ACTIVE)
def test_without_a_route_it_is_our_fault(kind: str) -> None:
    module = places_of(kind)

    async def story() -> Reading:
        async with KINDS[kind].connect(PUBLIC) as probe:
            return await probe(module.UNROUTED, module.OPTIONS, timeout_s=1.0)

    seen = in_namespace(story)

    assert seen.reason is FailureReason.LOCAL, seen
    assert faults_of(seen, module.OPTIONS) == []


_WITHOUT_DESCRIPTORS = """
import asyncio, json, os, resource, subprocess, sys
from contextlib import AsyncExitStack
from probes.kinds import KINDS
from tests.probes.namespace import in_namespace, ip
from tests.probes.secrets import PUBLIC
from tests.probes.test_contract import places_of
kinds = sys.argv[1:]
async def story():
    # Every address is this machine's, so that only what is missing can be what goes wrong.
    ip("route", "add", "local", "default", "dev", "lo")
    async with AsyncExitStack() as stack:
        probes = {name: await stack.enter_async_context(KINDS[name].connect(PUBLIC)) for name in kinds}
        most = resource.getrlimit(resource.RLIMIT_NOFILE)
        held = [os.open("/dev/null", os.O_RDONLY)]
        resource.setrlimit(resource.RLIMIT_NOFILE, (held[0] + 1, most[1]))
        seen = {}
        for name, probe in probes.items():
            module = modules[name]
            reading = await probe(module.UNROUTED, module.OPTIONS, timeout_s=1.0)
            seen[name] = [reading.reason, reading.detail]
        resource.setrlimit(resource.RLIMIT_NOFILE, most)
        return seen
modules = {name: places_of(name) for name in kinds}
print(json.dumps(in_namespace(story)))
"""


def test_without_descriptors_a_probe_needs_none_or_says_it_is_our_fault() -> None:
    command = [sys.executable, "-c", _WITHOUT_DESCRIPTORS, *ACTIVE]
    told = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)

    assert told.returncode == 0, told.stderr
    seen: Mapping[str, tuple[str, str]] = json.loads(told.stdout)
    assert {name: words for name, words in seen.items() if words[0] not in {None, FailureReason.LOCAL}} == {}


def descriptors() -> int:
    return len(os.listdir("/proc/self/fd"))  # noqa: PTH208 (procfs)


async def settled(most: int) -> int:
    """Return the number of descriptors once it is at most `most`, or after a while.

    Closed connections leave the loop in their own time, on both sides; c-ares ends its thread in its own time.
    """
    ends_at = time.monotonic() + 3
    await asyncio.sleep(0.05)
    while descriptors() > most and time.monotonic() < ends_at:
        gc.collect()
        await asyncio.sleep(0.05)
    return descriptors()


async def used(probe: Probe, everywhere: Sequence[Place]) -> int:
    """Probe all places, and return the number of descriptors with what stays open between runs.

    Twice, with a healthy place between: on a busy machine the first round may end before its TLS authorities are loaded.
    """
    healthy = [place for place in everywhere if place.fault is Fault.NONE]
    for places, timeout_s in ((everywhere, TIMEOUT_S), (healthy, _LONG_TIMEOUT_S), (everywhere, TIMEOUT_S)):
        await asyncio.gather(*(probe(p.address, p.options, timeout_s=timeout_s) for p in places))
    await asyncio.sleep(0.1)
    return descriptors()


async def growth(kind: str, use: Callable[[Probe, list[Place]], Awaitable[object]]) -> int:
    """Return how many descriptors `use` leaves beyond what one round over all places leaves."""
    async with places_of(kind).places() as everywhere, KINDS[kind].connect(PUBLIC) as probe:
        before = await used(probe, everywhere)
        await use(probe, everywhere)
        return await settled(before) - before


def rounds(runs: int, *, copies: int) -> Callable[[Probe, list[Place]], Awaitable[None]]:
    async def use(probe: Probe, everywhere: list[Place]) -> None:
        together = everywhere * copies
        for _ in range(math.ceil(runs / len(together))):
            await asyncio.gather(*(probe(p.address, p.options, timeout_s=0.05) for p in together))

    return use


@pytest.mark.parametrize("kind", TRIED)
async def test_descriptors_stay_flat(kind: str) -> None:
    assert await growth(kind, rounds(SHORT_RUNS, copies=1)) <= 2


@pytest.mark.slow
@pytest.mark.parametrize("kind", TRIED)
async def test_descriptors_stay_flat_over_ten_thousand_runs(kind: str) -> None:
    started_at = time.monotonic()
    grown = await growth(kind, rounds(LONG_RUNS, copies=4))
    print(f"\n{kind}: {LONG_RUNS} runs in {time.monotonic() - started_at:.0f} s, descriptors {grown:+d}")

    assert grown <= 2


@pytest.mark.parametrize("kind", TRIED)
async def test_a_cancelled_probe_leaves_nothing(kind: str) -> None:
    async def use(probe: Probe, everywhere: list[Place]) -> None:
        for number in range(15):
            tasks = [asyncio.ensure_future(probe(p.address, p.options, timeout_s=5.0)) for p in everywhere]
            await asyncio.sleep(0.002 * (number % 5))
            for task in tasks:
                task.cancel()
            for result in await asyncio.gather(*tasks, return_exceptions=True):
                assert isinstance(result, Reading | asyncio.CancelledError), result

    assert await growth(kind, use) <= 2


def tasks_of_probes() -> set[str]:
    """Return the tasks under way that run our code (the tests' servers run theirs)."""
    return {
        repr(task) for task in asyncio.all_tasks() if "/probes/" in repr(task) and "/tests/" not in repr(task)
    }


@pytest.mark.parametrize("kind", TRIED)
async def test_a_probe_cancelled_at_any_step_leaves_nothing(kind: str) -> None:
    complaints: list[Mapping[str, object]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: complaints.append(context))
    async with places_of(kind).places() as everywhere:
        async with KINDS[kind].connect(PUBLIC) as probe:
            before = await used(probe, everywhere)
            for steps in range(_STEPS):
                tasks = [
                    asyncio.ensure_future(probe(p.address, p.options, timeout_s=5.0)) for p in everywhere
                ]
                for _ in range(steps):
                    await asyncio.sleep(0)
                for task in tasks:
                    task.cancel()
                for result in await asyncio.gather(*tasks, return_exceptions=True):
                    assert isinstance(result, Reading | asyncio.CancelledError), result
            left = await settled(before) - before
        del tasks, task, result
        gc.collect()
        # Settings of TLS are made once for all, in a thread: whoever waited for them may go before they are ready.
        shared = [task for task in asyncio.all_tasks() if task.get_name() == "tls_context"]
        if shared:
            await asyncio.wait(shared, timeout=2.0)
        await asyncio.sleep(0)

        assert left <= 2
        assert tasks_of_probes() == set()
        assert complaints == []


@pytest.mark.parametrize("kind", TRIED)
async def test_everything_is_closed_at_the_end(kind: str) -> None:
    async with places_of(kind).places() as everywhere:
        await asyncio.sleep(0.05)
        before = descriptors()
        tasks_before = asyncio.all_tasks()
        async with KINDS[kind].connect(PUBLIC) as probe:
            healthy = next(place for place in everywhere if place.fault is Fault.NONE)
            await probe(healthy.address, healthy.options, timeout_s=1.0)
        ours = {task for task in asyncio.all_tasks() - tasks_before if "probes" in str(task.get_coro())}

        assert await settled(before) <= before
        assert ours == set()


@pytest.mark.parametrize("kind", KINDS)
async def test_options_of_another_kind_are_a_bug(kind: str) -> None:
    async with KINDS[kind].connect(PUBLIC) as probe:
        with pytest.raises(TypeError):
            await probe("127.0.0.1", Options(), timeout_s=1.0)


@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_is_named_and_its_options_are_described(kind: str) -> None:
    schema = KINDS[kind].options.model_json_schema(schema_generator=DescribedSchema)
    owners = {"": schema, **schema.get("$defs", {})}

    assert KINDS[kind].name == kind
    assert [
        f"{owner}.{name}"
        for owner, part in owners.items()
        for name, field in part.get("properties", {}).items()
        if not field.get("description")
    ] == []
    with pytest.raises(ValidationError):
        KINDS[kind].options.model_validate({"no_such_option": 1})


NO_UNITS = frozenset(
    {
        *(
            "ms",
            "us",
            "ns",
            "sec",
            "secs",
            "second",
            "seconds",
            "minutes",
            "hours",
            "days",
            "kbps",
            "mbps",
            "pct",
        ),
        *("byte", "octets", "kb", "mb", "gb", "kib", "mib", "c", "f", "fahrenheit", "percentage", "rate"),
    }
)
"""Endings that would be a unit, but not one of the page's."""


@pytest.mark.parametrize("kind", KINDS)
def test_a_metric_tells_its_unit_and_its_meaning(kind: str) -> None:
    for name, metric in KINDS[kind].metrics.items():
        assert re.fullmatch(r"[a-z][a-z0-9_]*", name)
        assert name.rpartition("_")[2] not in NO_UNITS, name
        assert metric.vi == unicodedata.normalize("NFC", metric.vi).strip()
        assert metric.vi
        assert metric.en
        assert not metric.en.endswith("."), name
