"""The carrier ledger of a period, read from state.db."""

import hashlib
import sqlite3
from collections.abc import Collection
from dataclasses import dataclass

from inventory.model import Inventory
from monitor.accounting.model import Period
from monitor.report.document.model import Document
from monitor.report.editions.codec import as_json
from monitor.report.figures.making import figures
from monitor.report.figures.model import Figures
from monitor.report.ledger.document import ledger_document
from monitor.report.ledger.making import ledger
from monitor.report.ledger.model import Ledger
from monitor.report.material import read_material
from monitor.settings.settings import Settings


@dataclass(frozen=True, slots=True)
class ReadLedger:
    """A ledger, the figures it rests on, and the document of both."""

    ledger: Ledger
    figures: Figures
    document: Document


def read_ledger(
    state: sqlite3.Connection,
    inventory: Inventory,
    settings: Settings,
    period: Period,
    before: Period,
    *,
    now: float,
    circuit_ids: Collection[str] | None = None,
) -> ReadLedger:
    """Return the ledger of all circuits or of some. Call it within one transaction. Raises as `read_material` does."""
    material = read_material(state, None, inventory, settings, period, before, now=now)
    found = figures(material)
    made = ledger(found, inventory, material.books.incidents, settings.report, circuit_ids=circuit_ids)
    digest = hashlib.sha256(as_json(found).encode()).hexdigest()
    return ReadLedger(
        made,
        found,
        ledger_document(
            made, found, settings.report, made_at=now, digest=digest, is_part=circuit_ids is not None
        ),
    )
