"""Who would be told when, said in advance, is who is told when it happens."""

from dataclasses import replace
from datetime import date

from alerts.oncall.model import Address, Contact, Directory, Policy, Rota, Shift, Step
from alerts.telling.rehearsal import rehearse
from tests.alerts.quiet_land import NOON, SETTINGS, Watch, land

NGOC = Contact("ngoc", "Ngọc", (Address("file", "ngoc"),))
NOT_YET = Rota("csht", "Trực", (Shift("Cả ngày", 0, 1440, ("ngoc",), date(2090, 1, 1)),))
STEPS = (Step(("rota:csht",)), Step(("file:a",), after_s=600.0), Step(("file:b",), after_s=900.0))


def test_where_nobody_is_on_duty_the_next_step_comes_at_once_and_the_others_keep_their_distance() -> None:
    settings = replace(
        SETTINGS,
        directory=Directory({"ngoc": NGOC}, {"csht": NOT_YET}),
        policies={"default": Policy("default", STEPS)},
    )
    watch = Watch(land(), settings)
    found = rehearse(watch.world, "1.cpe", NOON)

    assert found is not None
    first_at = NOON + settings.group_wait_s
    assert [(step.at, [each.address for each in step.recipients]) for step in found.steps] == [
        (first_at, []),
        (first_at, ["a"]),
        (first_at + 300.0, ["b"]),
    ]
    told = watch.down("1.cpe").notifications
    assert [row.recipient for row in told] == ["a"]
