"""From a text in a chat to a deed and an answer: each message once, known people only, everything into the audit log."""

import hashlib
import logging
from typing import Final

from alerts.model.decision import Decision
from alerts.model.notification import Bulletin, BulletinKind, Notification, NotificationKind
from alerts.oncall.model import Contact
from alerts.world import World
from monitor.clock import Clock
from monitor.replies.acting import act, id_elsewhere
from monitor.replies.commands import Unclear, parse
from monitor.replies.deeds import Deeds
from monitor.replies.limits import SpeechLimits
from monitor.replies.people import People, Said
from monitor.storage.audit import AuditEntry

log = logging.getLogger(__name__)

STRANGER: Final = (
    "Chào bạn. Đây là hệ thống giám sát hạ tầng số của tỉnh, chỉ nhận lệnh của người trong danh sách trực. "
    "Cần hỗ trợ, xin liên hệ đơn vị vận hành."
)
TOO_FAST: Final = "Bạn gửi quá nhanh. Xin chờ một phút rồi gửi lại."
_DAY_S: Final = 86_400
_MINUTE_S: Final = 60
_VIETNAM_S: Final = 7 * 3_600


class Chats:
    """Handles what people write. A crash right after a message was taken makes it a command without an answer."""

    def __init__(self, world: World, deeds: Deeds, *, clock: Clock) -> None:
        self._world = world
        self._deeds = deeds
        self._clock = clock
        self._limits = SpeechLimits(mono=clock.monotonic())

    async def hear(self, said: Said) -> None:
        """Do what was said and answer. A message that comes again is not heard. Raises StorageError: hand it over again."""
        now = self._clock.now()
        if not said.text.strip():  # a picture, a sticker
            return
        if not await self._deeds.once.take(f"said:{said.channel}:{_digest(said.message_id)}", now):
            return
        speaker = People(self._world.settings.directory).speaker(said)
        if speaker is None:
            await self._turn_away(said, now)
            return
        if not self._limits.admits(speaker.id, mono=self._clock.monotonic()):
            # Once a minute, or the answers would be the flood.
            minute = int(now) // _MINUTE_S
            if await self._deeds.once.take(f"too-fast:{speaker.id}:{minute}", now):
                self._answer(said, TOO_FAST, now, person=speaker.id)
            return
        await self._obey(said, speaker, now)

    async def _obey(self, said: Said, speaker: Contact, now: float) -> None:
        command = parse(said.text)
        elsewhere = id_elsewhere(self._world, command, now)
        incident = await self._deeds.find(elsewhere) if elsewhere else None
        outcome = act(self._world, command, who=speaker.name, now=now, incident=incident)
        if outcome.decision is not None:
            self._deeds.carry_out(outcome.decision)
        self._answer(said, outcome.text, now, person=speaker.id)
        verb = type(command).__name__.lower()
        # What was not understood may be anything, also a number or a name that is nobody's business.
        detail = "" if isinstance(command, Unclear) else outcome.text
        await self._deeds.note(
            AuditEntry(now, speaker.id, f"chat_{verb}", detail=f"{said.channel}: {detail}")
        )

    async def _turn_away(self, said: Said, now: float) -> None:
        """Answer a stranger once a day, and say nothing else, ever."""
        log.info("chat_stranger channel=%s", said.channel)
        day = int(now + _VIETNAM_S) // _DAY_S
        if not self._limits.admits("", mono=self._clock.monotonic()):
            return
        if await self._deeds.once.take(f"stranger:{_digest(f'{said.channel}:{said.chat}')}:{day}", now):
            self._answer(said, STRANGER, now)
            await self._deeds.note(AuditEntry(now, "", "chat_stranger", detail=said.channel))

    def _answer(self, said: Said, text: str, now: float, *, person: str = "") -> None:
        first, *lines = text.splitlines()
        identity = f"reply:{said.channel}:{_digest(said.message_id)}"
        bulletin = Bulletin(identity, BulletinKind.REPLY, now, {"text": first, "lines": lines})
        row = Notification(
            about_id=bulletin.id,
            kind=NotificationKind.BULLETIN,
            channel=said.channel,
            recipient=said.chat,
            due_at=now,
            person=person,
        )
        self._deeds.carry_out(Decision(bulletins=(bulletin,), notifications=(row,)))


def _digest(text: str) -> str:
    """Return what stands for an id of a chat service: ids belong into no log and no name."""
    return hashlib.sha256(text.encode(errors="replace")).hexdigest()[:24]
