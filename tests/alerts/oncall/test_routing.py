from dataclasses import replace
from datetime import date

from alerts.oncall.model import (
    Address,
    Contact,
    Directory,
    Hours,
    Policy,
    Recipient,
    Rota,
    Shift,
    Step,
    Swap,
)
from alerts.oncall.routing import applies, next_address, people_on_duty, recipients_of
from inventory.model import Inventory

EPOCH = 1_795_000_000.0

BOT, MAIL = Address("zalo_bot", "a1"), Address("email", "ngoc@tinh.example")
NGOC = Contact("ngoc", "Bích Ngọc", (BOT, MAIL))
GROUP = Contact("to-truc", "Tổ trực", (Address("zalo_bot", "g1"),), is_group=True)
AN = Contact("an", "A Thiu", (Address("email", "an@tinh.example"),))
ROTA = Rota("csht", "Trực", (Shift("Cả ngày", 0, 1440, ("ngoc",), date(2020, 1, 1)),))
DIRECTORY = Directory({each.id: each for each in (NGOC, GROUP, AN)}, {"csht": ROTA})


def test_a_step_reaches_each_contact_once_at_the_first_address() -> None:
    step = Step(("rota:csht", "to-truc", "ngoc", "email:giam-doc@tinh.example"))

    assert recipients_of(DIRECTORY, step, EPOCH) == (
        Recipient("zalo_bot", "a1", "ngoc"),
        Recipient("zalo_bot", "g1", "to-truc"),
        Recipient("email", "giam-doc@tinh.example"),
    )


def test_every_channel_means_all_addresses() -> None:
    found = recipients_of(DIRECTORY, Step(("ngoc",), every_channel=True), EPOCH)

    assert [each.channel for each in found] == ["zalo_bot", "email"]


def test_an_address_that_two_names_share_is_told_once_as_the_contacts() -> None:
    step = Step(("email:an@tinh.example", "an"))

    assert recipients_of(DIRECTORY, step, EPOCH) == (Recipient("email", "an@tinh.example", "an"),)


def test_a_swap_moves_the_rota() -> None:
    swapped = Directory(DIRECTORY.contacts, DIRECTORY.rotas, (Swap("csht", "an", EPOCH - 1, EPOCH + 1),))

    assert [each.contact_id for each in recipients_of(swapped, Step(("rota:csht",)), EPOCH)] == ["an"]
    assert [each.contact_id for each in recipients_of(swapped, Step(("rota:csht",)), EPOCH + 1)] == ["ngoc"]


def test_what_left_the_file_is_told_nobody() -> None:
    assert recipients_of(DIRECTORY, Step(("gone", "rota:gone")), EPOCH) == ()
    assert next_address(DIRECTORY, "gone", ()) is None


def test_the_next_address_is_the_first_that_was_not_tried() -> None:
    assert next_address(DIRECTORY, "ngoc", {BOT}) == Recipient("email", MAIL.address, "ngoc")
    assert next_address(DIRECTORY, "ngoc", {BOT, MAIL}) is None


def test_a_step_for_off_hours_never_applies_where_it_is_always_open() -> None:
    inventory, policy = Inventory({}, {}, {}), Policy("default")

    assert applies(Step(("an",)), policy, inventory, EPOCH)
    assert applies(Step(("an",), hours=Hours.WORKING), policy, inventory, EPOCH)
    assert not applies(Step(("an",), hours=Hours.OFF), policy, inventory, EPOCH)


def test_a_swap_with_somebody_who_left_the_file_leaves_the_turn_as_it_was() -> None:
    swaps = (Swap("csht", "an", EPOCH - 9, EPOCH + 9), Swap("csht", "gone", EPOCH - 9, EPOCH + 9))
    directory = replace(DIRECTORY, swaps=swaps[1:])

    assert people_on_duty(directory, ROTA, EPOCH) == ("ngoc",)
    assert recipients_of(directory, Step(("rota:csht",)), EPOCH) == (Recipient("zalo_bot", "a1", "ngoc"),)
    assert people_on_duty(replace(DIRECTORY, swaps=swaps), ROTA, EPOCH) == ("an",)
