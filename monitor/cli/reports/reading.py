"""What the actions of `report` read from this machine's disk: settings, inventory, both databases, frozen editions."""

import sqlite3
from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from inventory.problem import ProblemsError
from monitor.accounting.model import Period
from monitor.accounting.periods import PeriodError
from monitor.cli.accounts.reading import Place, open_place
from monitor.cli.exits import CommandError, Exit
from monitor.report.editions import edition_rows
from monitor.report.editions.building import opened_sources
from monitor.report.editions.codec import CodecError
from monitor.report.editions.drafting import Draft, Sources, drafted
from monitor.report.editions.edition_rows import DamagedEditionError, opened
from monitor.report.editions.model import Edition, ReportKind
from monitor.report.months import last_month, last_week
from monitor.report.sentences.rules import Rule, read_rules
from monitor.storage.errors import DamagedError, explain


@dataclass(frozen=True, slots=True)
class Asked:
    """What a command is about: sources that stay open, the period, the rules in force."""

    place: Place
    sources: Sources
    period: Period
    rules: tuple[Rule, ...]

    def draft(self, kind: ReportKind = ReportKind.REPORT) -> Draft:
        """Return the report as it is now."""
        return drafted(self.sources, self.period, self.rules, kind=kind)

    def edition(self, kind: ReportKind, revision: int | None) -> Edition | None:
        """Return a frozen edition, the latest when none is named; None when there is none."""
        stored = edition_rows.select_edition(self.sources.state, kind, self.period.id, revision)
        return None if stored is None else opened(stored)


@contextmanager
def asked(arguments: Namespace) -> Iterator[Asked]:
    """Open what is needed; every failure within is a CommandError."""
    place = open_place(arguments)
    kind = ReportKind(getattr(arguments, "kind", "report"))
    of = period_asked(arguments.period, place, kind)
    path = place.settings.state_dir / "state.db"
    try:
        rules = read_rules(place.settings.report.sentences)
        if not path.exists():
            raise CommandError(
                Exit.FINDINGS,
                f"chưa có {path}",
                "tiến trình giám sát chưa chạy trên máy này, hoặc sai --config",
            )
        with opened_sources(place.settings, place.inventory, now=place.now) as sources:
            yield Asked(place, sources, of, rules)
    except PermissionError:
        raise CommandError(
            Exit.NOT_ALLOWED, f"không được phép đọc {path}", "chạy bằng tài khoản của dịch vụ giám sát"
        ) from None
    except (sqlite3.Error, DamagedError) as error:
        told = explain(error, path)
        raise CommandError(Exit.FINDINGS, told.what, told.remedy) from None
    except PeriodError as error:
        raise CommandError(Exit.USAGE, str(error)) from None
    except ProblemsError as error:
        raise CommandError(
            Exit.FINDINGS, str(error.problems[0]), "xem hết các lỗi: tslcd-monitor check-config"
        ) from None
    except DamagedEditionError as error:
        raise CommandError(Exit.FINDINGS, error.what, error.remedy) from None
    except CodecError as error:
        raise CommandError(
            Exit.FINDINGS,
            f"bản chốt của kỳ {of.id} không đọc được: {error}",
            "dùng đúng phiên bản phần mềm đã chốt, hoặc lấy tệp lưu lúc chốt trong thư mục reports",
        ) from None


def period_asked(text: str | None, place: Place, kind: ReportKind = ReportKind.REPORT) -> Period:
    """Return the period named; absent, the month that was over last, of a weekly page the week."""
    if text is not None:
        return place.period(text)
    if kind is ReportKind.WEEK:
        return last_week(place.settings, now=place.now)
    return last_month(place.settings, now=place.now)
