"""Ids of a province's areas, one for each former province. Pure."""

from collections.abc import Mapping

from inventory.names import fold
from inventory.provinces import Province


def area_ids(province: Province) -> Mapping[str, str]:
    """Return former province -> id of its area: the initials ("kt"), or the whole name where two have the same."""
    initials = {
        name: "".join(word[0] for word in fold(name).split() if word[0].isalnum())
        for name in province.former_provinces
    }
    if len(set(initials.values())) == len(initials):
        return initials
    return {name: "-".join(fold(name).split()) for name in initials}


def area_names(province: Province) -> Mapping[str, str]:
    """Return area id -> what people call it: "Kon Tum (cũ)", or the province's own name when nothing was merged."""
    ids = area_ids(province)
    return {id_: f"{name} (cũ)" if len(ids) > 1 else name for name, id_ in ids.items()}
