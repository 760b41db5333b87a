"""From a policy's step to addresses. Pure: the moment is an argument."""

from collections.abc import Collection, Iterator

from alerts.oncall.model import Address, Contact, Directory, Hours, Policy, Recipient, Rota, Step, Swap
from alerts.oncall.rota import on_duty
from inventory.model import ALWAYS, Inventory
from inventory.times.calendars import covers

ROTA = "rota:"
"""Begins the name of a rota in a step's `to`."""


def applies(step: Step, policy: Policy, inventory: Inventory, at: float) -> bool:
    """Whether a step is for this moment: within or outside of the policy's calendar, or always."""
    if step.hours is Hours.ALWAYS:
        return True
    calendar = None if policy.calendar == ALWAYS else inventory.calendars.get(policy.calendar)
    return (calendar is None or covers(calendar, at)) is (step.hours is Hours.WORKING)


def swaps_that_count(directory: Directory) -> tuple[Swap, ...]:
    """Return the swaps with people of the file: who left it can be told nothing, so whoever's turn it is stays on duty."""
    return tuple(swap for swap in directory.swaps if swap.person in directory.contacts)


def people_on_duty(directory: Directory, rota: Rota, at: float) -> tuple[str, ...]:
    """Return the ids of who is on duty at this moment, each once."""
    return on_duty(rota, at, swaps_that_count(directory))


def contacts_of(directory: Directory, step: Step, at: float) -> tuple[Contact, ...]:
    """Return the people and groups whom a step means at this moment, each once; bare addresses are not among them."""
    found: dict[str, Contact] = {}
    for name in step.to:
        for contact_id in _contact_ids(directory, name, at):
            contact = directory.contacts.get(contact_id)
            if contact is not None:
                found.setdefault(contact_id, contact)
    return tuple(found.values())


def recipients_of(directory: Directory, step: Step, at: float) -> tuple[Recipient, ...]:
    """Return where a step is told: each contact's first address (all, if `every_channel`), and bare addresses."""
    found: dict[tuple[str, str], Recipient] = {}
    for contact in contacts_of(directory, step, at):
        addresses = contact.addresses if step.every_channel else contact.addresses[:1]
        for address in addresses:
            recipient = Recipient(address.channel, address.address, contact.id)
            found.setdefault((address.channel, address.address), recipient)
    for name in step.to:
        bare = bare_address(directory, name)
        if bare is not None:
            found.setdefault((bare.channel, bare.address), Recipient(bare.channel, bare.address))
    return tuple(found.values())


def next_address(directory: Directory, contact_id: str, tried: Collection[Address]) -> Recipient | None:
    """Return where else a contact can be told when `tried` failed; None when nothing is left."""
    contact = directory.contacts.get(contact_id)
    for address in contact.addresses if contact is not None else ():
        if address not in tried:
            return Recipient(address.channel, address.address, contact_id)
    return None


def bare_address(directory: Directory, name: str) -> Address | None:
    """Return the address that `channel:address` names; None when `name` is a contact or a rota."""
    channel, colon, address = name.partition(":")
    if not colon or name in directory.contacts or name.startswith(ROTA):
        return None
    return Address(channel, address)


def _contact_ids(directory: Directory, name: str, at: float) -> Iterator[str]:
    if not name.startswith(ROTA):
        yield name
        return
    rota = directory.rotas.get(name.removeprefix(ROTA))
    if rota is not None:
        yield from people_on_duty(directory, rota, at)
