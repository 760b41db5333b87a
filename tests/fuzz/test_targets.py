"""Every target with bytes at random, right ones with some bytes changed, and all that fuzzing ever found."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.effort import examples
from tests.fuzz import inputs_of_people, packets, texts
from tests.fuzz.target import PLACES, Target, target

FOUND = Path(__file__).parent / "found"
"""One folder for each target; a file is an input that once failed."""
CHANGES = st.lists(st.tuples(st.floats(0, 1), st.integers(0, 8), st.binary(max_size=8)), max_size=4)
"""Where (as a share of the length), how many bytes go, and what comes instead."""


def changed(tried: Target) -> st.SearchStrategy[bytes]:
    """A seed with some bytes replaced, put in or cut off."""

    def change(seed: bytes, changes: list[tuple[float, int, bytes]]) -> bytes:
        data = bytearray(seed)
        for share, gone, come in changes:
            at = round(share * len(data))
            data[at : at + gone] = come
        return bytes(data[: tried.most_bytes])

    return st.builds(change, st.sampled_from(tried.seeds), CHANGES)


@pytest.mark.parametrize("name", PLACES)
def test_whatever_strangers_send_is_judged(name: str) -> None:
    tried = target(name)

    @settings(max_examples=examples(tried.tries), suppress_health_check=list(HealthCheck))
    @given(st.one_of(st.binary(max_size=min(tried.most_bytes, 300)), changed(tried)))
    def judged(data: bytes) -> None:
        tried.run(data)

    for seed in tried.seeds:
        tried.run(seed)
    judged()


def test_what_fuzzing_found_is_judged() -> None:
    for path in sorted(FOUND.glob("*/*")):
        target(path.parent.name).run(path.read_bytes())


def test_every_target_can_be_asked_for_by_its_name() -> None:
    assert {*packets.TARGETS, *inputs_of_people.TARGETS, *texts.TARGETS} == set(PLACES)
