"""From a text in a chat to a deed and an answer: each message once, known people only, everything into the audit log."""

import hashlib
import logging
from dataclasses import replace
from typing import Final

from alerts.model.decision import Decision
from alerts.model.notification import Bulletin, BulletinKind, Notification, NotificationKind
from alerts.oncall.model import Contact
from alerts.world import World
from monitor.clock import Clock
from monitor.replies.acting import act, id_elsewhere
from monitor.replies.commands import Unclear, is_talk, parse
from monitor.replies.deeds import Deeds
from monitor.replies.limits import SpeechLimits
from monitor.replies.once import Once
from monitor.replies.people import People, Said
from monitor.storage.audit import AuditEntry
from monitor.storage.errors import StorageError

log = logging.getLogger(__name__)

STRANGER: Final = (
    "Chào bạn. Đây là hệ thống giám sát hạ tầng số của tỉnh, chỉ nhận lệnh của người trong danh sách trực. "
    "Cần hỗ trợ, xin liên hệ đơn vị vận hành."
)
TOO_FAST: Final = "Bạn gửi quá nhanh. Xin chờ một phút rồi gửi lại."
_DAY_S: Final = 86_400
_MINUTE_S: Final = 60
_VIETNAM_S: Final = 7 * 3_600


_Heard = tuple[Decision, AuditEntry | None]


class Chats:
    """Handles what people write. What a message did, its answer and that it was heard are saved together or not at all."""

    def __init__(self, world: World, deeds: Deeds, once: Once, *, clock: Clock) -> None:
        self._world = world
        self._deeds = deeds
        self._once = once
        self._clock = clock
        self._limits = SpeechLimits(mono=clock.monotonic())

    async def hear(self, said: Said) -> None:
        """Do what was said and answer. A message that comes again is not heard. Raises StorageError: hand it over again."""
        now = self._clock.now()
        if not said.text.strip():  # a picture, a sticker
            return
        token = f"said:{said.channel}:{_digest(said.message_id)}"
        if not await self._once.claim(token):
            return
        try:
            decision, entry = await self._heard(said, now)
        except StorageError:
            self._once.release(token)
            raise
        try:
            await self._deeds.do(replace(decision, used=(*decision.used, (token, now))))
        except StorageError as error:  # done, and saved as soon as the disk allows
            log.warning("chat_not_saved fault=%s", error.fault)
        if entry is not None:
            await self._deeds.note(entry)

    async def _heard(self, said: Said, now: float) -> _Heard:
        """Return what comes of it. Nothing is changed before the last look into the store."""
        people = People(self._world.settings.directory)
        speaker, is_among_others = people.speaker(said), people.is_among_others(said)
        if is_among_others and (speaker is None or is_talk(parse(said.text))):
            return Decision(), None
        if speaker is None:
            return await self._turned_away(said, now)
        if self._limits.admits(speaker.id, mono=self._clock.monotonic()):
            return await self._obeyed(said, speaker, now)
        # Once a minute, or the answers would be the flood.
        token = f"too-fast:{speaker.id}:{int(now) // _MINUTE_S}"
        if not await self._once.claim(token):
            return Decision(), None
        return _answered(Decision(used=((token, now),)), said, TOO_FAST, now, person=speaker.id), None

    async def _obeyed(self, said: Said, speaker: Contact, now: float) -> _Heard:
        command = parse(said.text)
        elsewhere = id_elsewhere(self._world, command, now)
        incident = await self._deeds.find(elsewhere) if elsewhere else None
        outcome = act(self._world, command, who=speaker.name, now=now, incident=incident)
        decision = _answered(outcome.decision or Decision(), said, outcome.text, now, person=speaker.id)
        verb = type(command).__name__.lower()
        # What was not understood may be anything, also a number or a name that is nobody's business.
        detail = "" if isinstance(command, Unclear) else outcome.text
        return decision, AuditEntry(now, speaker.id, f"chat_{verb}", detail=f"{said.channel}: {detail}")

    async def _turned_away(self, said: Said, now: float) -> _Heard:
        """Answer a stranger once a day, and say nothing else, ever."""
        log.info("chat_stranger channel=%s", said.channel)
        day = int(now + _VIETNAM_S) // _DAY_S
        token = f"stranger:{_digest(f'{said.channel}:{said.chat}')}:{day}"
        is_admitted = self._limits.admits("", mono=self._clock.monotonic())
        if not is_admitted or not await self._once.claim(token):
            return Decision(), None
        decision = _answered(Decision(used=((token, now),)), said, STRANGER, now)
        return decision, AuditEntry(now, "", "chat_stranger", detail=said.channel)


def _answered(decision: Decision, said: Said, text: str, now: float, *, person: str = "") -> Decision:
    """Return the decision with the answer to whoever said it."""
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
    return replace(
        decision,
        bulletins=(*decision.bulletins, bulletin),
        notifications=(*decision.notifications, row),
    )


def _digest(text: str) -> str:
    """Return what stands for an id of a chat service: ids belong into no log and no name."""
    return hashlib.sha256(text.encode(errors="replace")).hexdigest()[:24]
