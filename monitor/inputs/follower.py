"""What every input does when the inventory changes."""

from typing import Protocol

from inventory.model import Inventory


class Input(Protocol):
    """What comes in by itself: it must know whom to listen to."""

    def adopt(self, inventory: Inventory) -> None:
        """Take over a new inventory."""
        ...
