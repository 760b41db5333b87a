"""Reports as the API's JSON: editions, what writers changed, drafts. Pure."""

from zoneinfo import ZoneInfo

from monitor.report.editions.desk import mark
from monitor.report.editions.drafting import Draft
from monitor.report.editions.edition_rows import StoredEdition
from monitor.report.editions.model import Changes, Edition
from monitor.report.sentences.model import Addition, Sentence
from monitor.web.api.shapes import Json, iso


def edition_item(edition: StoredEdition | Edition, zone: ZoneInfo) -> Json:
    """Return a frozen edition as JSON, without its contents."""
    return {
        "kind": str(edition.kind),
        "period": edition.period_id,
        "revision": edition.revision,
        "frozenAt": iso(edition.frozen_at, zone),
        "who": edition.who,
        "approver": edition.approver or None,
        "reason": edition.reason or None,
        "inventory": edition.inventory_digest,
        "digest": edition.digest,
    }


def changes_item(changes: Changes) -> Json:
    """Return what writers changed as JSON."""
    return {
        "fields": dict(changes.fields),
        "overrides": [
            {
                "id": each.sentence_id,
                "text": each.text,
                "used": each.is_used,
                "position": each.position,
                "who": each.who,
            }
            for each in changes.overrides.values()
        ],
        "additions": [addition_item(each) for each in changes.additions],
    }


def addition_item(added: Addition) -> Json:
    """Return a sentence of a writer's own as JSON."""
    return {
        "id": added.id,
        "section": added.section.value,
        "group": added.group,
        "text": added.text,
        "who": added.who,
    }


def draft_item(draft: Draft, changes: Changes) -> Json:
    """Return what a draft says, what it rests on and what is missing, as JSON."""
    missing = draft.gaps
    return {
        "sentences": [_sentence(each, changes) for each in draft.sentences],
        "gaps": {
            "withoutCause": list(missing.without_cause),
            "stale": list(missing.stale),
            "remembered": list(missing.remembered),
            "unfilled": list(missing.unfilled),
        },
        "fields": {each.key: each.value for each in draft.fields},
    }


def _sentence(sentence: Sentence, changes: Changes) -> Json:
    evidence = sentence.evidence
    return {
        "id": sentence.id,
        "section": sentence.section.value,
        "group": sentence.group or None,
        "text": sentence.text or sentence.auto_text,
        "autoText": sentence.auto_text,
        "used": sentence.is_used,
        "edited": sentence.is_edited,
        "stale": sentence.is_stale,
        "mark": mark(changes, sentence.id),
        "evidence": {
            "incidents": list(evidence.incident_ids),
            "outages": list(evidence.outage_ids),
            "units": list(evidence.unit_codes),
            "targets": list(evidence.target_ids),
            "meetings": list(evidence.meeting_ids),
        },
    }
