"""What targets of one role are elsewhere: "21034.vcs" is most likely what "21484.vcs" is. Pure."""

import re
from collections import Counter
from collections.abc import Collection, Mapping
from typing import Final

from inventory.problem import near_miss

_NUMBER: Final = re.compile(r"-[0-9]+$")
SURE: Final = 0.8
"""difflib's ratio from which a name is a slip of the finger, whatever the id says."""


def role_in(target_id: str) -> str:
    """Return what follows the unit's code in an id, without a number: "camera" of "21484.camera-2"."""
    return _NUMBER.sub("", target_id.partition(".")[2])


def usual_profiles(profile_of: Mapping[str, str], profiles: Collection[str]) -> dict[str, str]:
    """Return role -> the profile that most targets of it have. `profile_of`: target id -> profile, as far as it is one."""
    counts: dict[str, Counter[str]] = {}
    for target_id, profile in profile_of.items():
        role = role_in(target_id)
        if role and profile in profiles:
            counts.setdefault(role, Counter())[profile] += 1
    return {role: counter.most_common(1)[0][0] for role, counter in counts.items()}


def near_profile(asked: str, profiles: Collection[str], usual: str) -> str:
    """Return the question which profile may be meant: one that is very like `asked`, else the `usual` one of the role."""
    return near_miss(asked, profiles, least=SURE) or f"có phải '{usual}', như các đối tượng khác cùng loại?"
