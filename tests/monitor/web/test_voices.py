"""Who may say something from the status page, and how often."""

from monitor.web.voices import EACH_S, MOST_PER_HOUR, Voices


def test_one_source_speaks_once_an_hour_of_one_commune() -> None:
    voices = Voices()
    assert voices.wait_s("21484", "10.0.0.1", 1_000.0) == 0
    assert voices.wait_s("21484", "10.0.0.1", 1_000.0 + 600) == EACH_S - 600
    assert voices.wait_s("21485", "10.0.0.1", 1_000.0) == 0
    assert voices.wait_s("21484", "10.0.0.2", 1_000.0) == 0
    assert voices.wait_s("21484", "10.0.0.1", 1_000.0 + EACH_S) == 0


def test_many_sources_do_not_fill_a_log() -> None:
    voices = Voices()
    waits = [voices.wait_s("21484", f"10.0.0.{number}", 5.0) for number in range(100)]
    assert waits.count(0.0) == MOST_PER_HOUR


def test_a_clock_that_was_set_back_makes_nobody_wait_longer() -> None:
    voices = Voices()
    assert voices.wait_s("21484", "a", 10_000.0) == 0
    assert voices.wait_s("21484", "a", 5_000.0) == 0
