import pytest

from monitor.demo.states import StateName, States


def test_the_longest_prefix_counts_and_what_was_not_set_is_as_usual() -> None:
    states = States()
    states.set("10.51.0.0/16", {"web_delay_s": 1.0, "on_battery": 1.0}, now=1.0)
    states.set("10.51.3.7", {"web_delay_s": 3.0}, now=2.0)
    assert states.value("10.51.3.7", StateName.WEB_DELAY_S) == 3.0
    assert states.value("10.51.3.8", StateName.WEB_DELAY_S) == 1.0
    assert states.value("10.51.3.7", StateName.ON_BATTERY) == 1.0
    assert states.value("10.51.3.7", StateName.MCU_PORTS_USED, 24) == 24


def test_a_state_knows_since_when_it_holds() -> None:
    states = States()
    states.set("10.51.3.7", {"on_battery": 1.0}, now=5.0)
    states.set("10.51.3.7", {"web_delay_s": 1.0}, now=9.0)
    found = states.find("10.51.3.7", StateName.ON_BATTERY)
    assert found is not None
    assert (found.value, found.since) == (1.0, 5.0)


@pytest.mark.parametrize(("prefix", "name"), [("10.51.3.7/24", "on_battery"), ("10.51.3.7", "no_such")])
def test_what_makes_no_sense_is_refused(prefix: str, name: str) -> None:
    with pytest.raises(ValueError, match=r"host bits|no_such"):
        States().set(prefix, {name: 1.0}, now=0.0)
