"""What the daemon starts with: the folders' inventory, the version a person pinned, or the last one that was good."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from inventory.loader import Loaded
from inventory.problem import Problem, ProblemsError
from monitor.duty.oncall_file import keep_last_good
from monitor.plan import Plan, read_folders
from monitor.settings.settings import Settings, load_settings
from monitor.storage.versions import DamagedVersionError, Pin, Version, VersionStore
from monitor.watch import Signature, signature_of

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class FirstPlan:
    """What to start with, and why. `signature` is of the folders as they were read."""

    plan: Plan
    loaded: Loaded
    store: VersionStore
    signature: Signature
    version: Version | None = None
    """The stored version it is; None: what the folders say."""
    pin: Pin | None = None
    problems: tuple[Problem, ...] = ()
    """Why the folders could not be used."""
    lost_pin: Pin | None = None
    """The wish to stay on a version that is there no more, or cannot be used any more."""


def first_plan(config: Path) -> FirstPlan:
    """Read settings and inventory; a broken inventory is replaced by the last good version, and that is said.

    Blocking. Raises ProblemsError with everything that is wrong: the settings, or the inventory when no version is left.
    """
    settings = load_settings(config)
    store = VersionStore(settings.state_dir / "inventory")
    signature = signature_of(settings.watched)
    pin = store.pinned()
    if pin is not None:
        pinned = [version for version in store.all() if version.number == pin.number]
        found = _first_usable(config, settings, store, pinned)
        if found is not None:
            return FirstPlan(*found[:2], store, signature, found[2], pin)
        log.error("pinned_version_unusable number=%d", pin.number)
    try:
        loaded = read_folders(settings)
        found = _first_usable(config, settings, store, _before_what_waits(settings, store, loaded))
        if found is not None:
            # Without a signature the watch reads the folders once more, and says what waits.
            return FirstPlan(*found[:2], store, (), found[2], lost_pin=pin)
        plan = _with_people(config, settings, loaded)
        return FirstPlan(plan, loaded, store, signature, lost_pin=pin)
    except ProblemsError as error:
        refused = error
    except Exception as error:
        # A file that trips our reader must not keep a good version from its work.
        log.exception("inventory_reader_bug")
        refused = ProblemsError([bug_problem(error)])
    found = _first_usable(config, settings, store, store.all())
    if found is None:
        raise refused
    version = found[2]
    log.error("inventory_broken problems=%d started_from=%d", len(refused.problems), version.number)
    for problem in refused.problems:
        log.error("inventory_problem %s", problem)
    return FirstPlan(*found[:2], store, signature, version, problems=refused.problems, lost_pin=pin)


def _with_people(config: Path, settings: Settings, loaded: Loaded) -> Plan:
    """Put the plan together; with a broken on-call file the people are those of the last good one, and that is said."""
    plan = Plan.of(config, settings, loaded.inventory, may_use_last_good=True)
    if plan.oncall_fault:
        log.error("oncall_broken used=last_good problem=%s", plan.oncall_fault)
    else:
        keep_last_good(settings)
    return plan


def _before_what_waits(settings: Settings, store: VersionStore, loaded: Loaded) -> list[Version]:
    """Return the latest version if what was read is a change that the watch left to a person: a restart is none."""
    digest, latest = loaded.inventory.digest, store.all()[:1]
    if not latest or latest[0].digest == digest or store.waiting() != digest:
        return []
    if not settings.inventory_watch.enabled:
        return []  # nothing would say that it waits
    log.warning("inventory_waits inventory=%s", digest[:12])
    return latest


def bug_problem(error: Exception) -> Problem:
    """Say that our reader failed, not the files' author."""
    message = f"lỗi phần mềm khi đọc ({type(error).__name__}), dùng tiếp bản cũ; xem nhật ký"
    return Problem("danh mục", 1, "", message)


def _first_usable(
    config: Path, settings: Settings, store: VersionStore, versions: Sequence[Version]
) -> tuple[Plan, Loaded, Version] | None:
    """Load the first version that can be, without asking for its secrets: half a watch is better than none."""
    for version in versions:
        try:
            loaded = store.load(version)
            return _with_people(config, settings, loaded), loaded, version
        except (ProblemsError, DamagedVersionError) as error:
            log.error("version_unusable number=%d error=%s", version.number, error)  # noqa: TRY400 (it says all)
        except Exception:
            log.exception("version_bug number=%d", version.number)
    return None
