"""What a letter says, from what is saved and known at the moment of sending; and what holds its news back then."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from zoneinfo import ZoneInfo

from alerts.delivery.letter import Letter, News
from alerts.messages.bulletin_facts import BulletinFacts, bulletin_facts
from alerts.messages.compose import compose_letter
from alerts.messages.environment import load_templates
from alerts.messages.facts import IncidentFacts
from alerts.messages.gathering import Story, Surroundings, gather_facts
from alerts.messages.letterhead import Letterhead, base_for
from alerts.messages.message import Message
from alerts.messages.style import THIRD_PARTY, Style, style_of
from alerts.messages.told import ToldNews
from alerts.messages.vocabulary import Language
from alerts.model.hold import Hold
from alerts.model.incident import Incident
from alerts.model.notification import TELLING, Bulletin, Notification, NotificationKind
from alerts.telling.holding import hold_of_incident
from alerts.telling.ladder import policy_of
from alerts.world import World
from inventory.contacts import Contacts
from monitor.clock import Clock
from monitor.plan import Plan
from monitor.storage.outbox_view import OutboxEntry
from monitor.storage.state import StateStore

HISTORY = 50
"""Earlier incidents of the same check that a message may speak of."""

Links = Callable[[str, str], str]
"""(incident id, contact id) -> where this person can take the incident; "" for nowhere."""


class Composer:
    """Knows a letter's moment. `plan` is the one in force; `links` makes personal links once somebody follows them.

    `own_texts`: check of the monitor itself -> what is wrong there now.
    """

    def __init__(self, plan: Callable[[], Plan], world: World, state: StateStore, *, clock: Clock) -> None:
        self.own_texts: Callable[[], Mapping[str, str]] = dict
        self.links: Links = lambda _incident_id, _contact_id: ""
        self._plan = plan
        self._world = world
        self._state = state
        self._clock = clock

    @property
    def contacts(self) -> Contacts:
        """Whom to ask about a unit."""
        return self._plan().contacts

    def hold_of(self, notification: Notification) -> Hold | None:
        """Return what holds the news of a failure back now; that of an end is never held back."""
        if notification.kind not in TELLING:
            return None
        return hold_of_incident(self._world, notification.about_id, self._clock.now())

    async def compose(self, letter: Letter) -> Message:
        """Return the message; LookupError if what it tells of is gone, StorageError if the store does not answer."""
        style = self._style(letter)
        return self._written(
            [ToldNews(news, await self._told(news, letter, style)) for news in letter.news], letter
        )

    async def compose_unsaved(self, bulletin: Bulletin, letter: Letter) -> Message:
        """Return the message of a letter whose only news is a bulletin that is not saved; asks no store."""
        facts = self._bulletin(bulletin, letter.channel, self._style(letter))
        return self._written([ToldNews(letter.news[0], facts)], letter)

    async def preview(
        self, incident_id: str, kind: NotificationKind, channel: str, language: Language
    ) -> Message:
        """Return the message in which an incident would be told now; raises as `compose` does."""
        news = News(incident_id, kind, ())
        letter = Letter(channel, "", "", (news,))
        style = replace(style_of(channel, None), language=language)
        told = ToldNews(news, await self._facts(news, letter, style))
        templates = load_templates(self._plan().settings.templates)
        return compose_letter([told], style, now=self._clock.now(), channel=channel, templates=templates)

    def _style(self, letter: Letter) -> Style:
        contact = self._world.settings.directory.contacts.get(letter.person)
        return style_of(letter.channel, contact, has_left=letter.person != "" and contact is None)

    def _written(self, told: Sequence[ToldNews], letter: Letter) -> Message:
        return compose_letter(
            told,
            self._style(letter),
            now=self._clock.now(),
            channel=letter.channel,
            is_repeat=letter.is_repeat,
            templates=load_templates(self._plan().settings.templates),
        )

    async def _told(self, news: News, letter: Letter, style: Style) -> IncidentFacts | BulletinFacts:
        if news.kind is not NotificationKind.BULLETIN:
            return await self._facts(news, letter, style)
        bulletin = await self._state.outbox.bulletin(news.about_id)
        if bulletin is None:
            raise LookupError(news.about_id)
        return self._bulletin(bulletin, letter.channel, style)

    def _bulletin(self, bulletin: Bulletin, channel: str, style: Style) -> BulletinFacts:
        letterhead = self._surroundings(channel).letterhead
        return bulletin_facts(bulletin, letterhead, now=self._clock.now(), language=style.language)

    async def _facts(self, news: News, letter: Letter, style: Style) -> IncidentFacts:
        record = await self._state.incident(news.about_id)
        if record is None:
            raise LookupError(news.about_id)
        incident, world = record.incident, self._world
        story = Story(
            incident,
            log=record.log,
            history=await self._state.earlier_incidents(incident, limit=HISTORY),
            members=await self._members(incident),
            policy=policy_of(world, incident),
            unreached=_unreached(record.notifications),
        )
        known = self._surroundings(letter.channel)
        check = world.inventory.checks.get(incident.root_check_id)
        if check is not None and check.is_own:
            known = replace(known, own_texts=self.own_texts())
        base = base_for(self._plan().settings.public_url, is_third_party=letter.channel in THIRD_PARTY)
        is_linked = bool(letter.person and base)
        return gather_facts(
            story,
            known,
            now=self._clock.now(),
            language=style.language,
            person=letter.person,
            step=news.step,
            link=self.links(incident.id, letter.person) if is_linked else "",
        )

    async def _members(self, incident: Incident) -> tuple[Incident, ...]:
        """Return the members of a group as they are now; the world may have forgotten those that ended long ago."""
        if not incident.is_group:
            return ()
        world = self._world
        stored = await self._state.members(incident.id)
        return tuple(world.incidents.get(each.id) or world.closed.get(each.id) or each for each in stored)

    def _surroundings(self, channel: str) -> Surroundings:
        plan, world = self._plan(), self._world
        settings = plan.settings
        base = base_for(settings.web.url, is_third_party=channel in THIRD_PARTY)
        return Surroundings(
            inventory=world.inventory,
            letterhead=Letterhead(settings.province, ZoneInfo(settings.timezone), base),
            settings=world.settings,
            statuses=world.statuses,
            answered_at={
                check_id: progress.last_answer_at
                for check_id, progress in world.progress.items()
                if progress.last_answer_at is not None
            },
            people=plan.contacts.people,
        )


def _unreached(entries: Iterable[OutboxEntry]) -> frozenset[tuple[int, str]]:
    """Return the steps and contacts to whom nothing was sent: what only waits in the outbox told nobody."""
    rows = [(entry, entry.row.notification) for entry in entries if entry.row.notification.kind in TELLING]
    asked = {(note.step, note.person) for _, note in rows}
    return frozenset(asked - {(note.step, note.person) for entry, note in rows if entry.sent_at is not None})
