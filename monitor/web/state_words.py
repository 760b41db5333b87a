"""What pages call a state, in both languages."""

from alerts.messages import words
from alerts.messages.vocabulary import Language
from alerts.model.checks import Status
from monitor.web.translating import translator
from monitor.web.view import Shown


def shown_word(shown: Shown, language: Language = Language.VI) -> str:
    """Write what a target or unit looks like."""
    _ = translator(language)
    if shown is Shown.UNWATCHED:
        return _("Chưa giám sát")
    if shown is Shown.AFFECTED:
        return words.status_word(Status.DOWN, affected=True, language=language)
    return words.status_word(Status(shown.value), language=language)
