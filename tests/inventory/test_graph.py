from collections.abc import Mapping
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from inventory.graph import cycles, descendant_targets, descendants, relate
from inventory.model import Inventory, Layer, Target

Edges = Mapping[str, tuple[str, ...]]


def target(target_id: str, needs: tuple[str, ...]) -> Target:
    return Target(target_id, target_id, "21484", Layer.INFRA, "switch", "192.0.2.1", depends_on=needs)


def inventory_of(needs: Edges, *, unwatched: frozenset[str] = frozenset()) -> Inventory:
    targets = {node: target(node, parents) for node, parents in needs.items()}
    checks_of = {node: [f"{node}/icmp", f"{node}/http"] for node in needs if node not in unwatched}
    relations = relate(targets, checks_of)
    return Inventory(
        units={},
        targets=targets,
        checks={},
        parents=relations.parents,
        children=relations.children,
        ancestors_first=relations.ancestors_first,
    )


@st.composite
def acyclic(draw: st.DrawFn) -> dict[str, tuple[str, ...]]:
    """A graph whose nodes need only earlier ones, given in any order."""
    names = [f"t{number}" for number in range(draw(st.integers(1, 8)))]
    edges = {
        name: tuple(draw(st.lists(st.sampled_from(names[:index]), unique=True))) if index else ()
        for index, name in enumerate(names)
    }
    return {name: edges[name] for name in draw(st.permutations(names))}


def needs_of(edges: Edges, node: str) -> set[str]:
    found: set[str] = set()
    for need in edges[node]:
        found |= {need} | needs_of(edges, need)
    return found


@settings(deadline=None)
@given(acyclic())
def test_finds_no_cycle_where_there_is_none(edges: dict[str, tuple[str, ...]]) -> None:
    assert cycles(edges) == ()


@settings(deadline=None)
@given(acyclic(), st.data())
def test_finds_every_cycle_that_one_edge_closes(
    edges: dict[str, tuple[str, ...]], data: st.DataObject
) -> None:
    node = data.draw(st.sampled_from(sorted(edges)))
    need = data.draw(st.sampled_from(sorted({node} | needs_of(edges, node))))
    closed = {**edges, need: (*edges[need], node)}

    (ring, *_) = found = cycles(closed)

    assert found
    assert ring[0] == ring[-1] == min(ring)
    assert len(set(ring)) == len(ring) - 1
    assert all(parent in closed[child] for child, parent in pairwise(ring))


def test_reports_separate_cycles_separately() -> None:
    edges = {"a": ("b",), "b": ("a",), "c": ("d",), "d": ("e",), "e": ("c",), "f": ("a", "c", "f")}

    assert sorted(cycles(edges)) == [("a", "b", "a"), ("c", "d", "e", "c"), ("f", "f")]


def test_ignores_what_does_not_exist() -> None:
    assert cycles({"a": ("gone",)}) == ()


def test_handles_a_chain_of_ten_thousand() -> None:
    chain = {f"t{number}": (f"t{number + 1}",) for number in range(10_000)}

    assert cycles(chain) == ()
    assert len(cycles({**chain, "t10000": ("t0",)})) == 1


@settings(deadline=None)
@given(acyclic(), st.data())
def test_parents_come_before_children(edges: dict[str, tuple[str, ...]], data: st.DataObject) -> None:
    unwatched = data.draw(st.frozensets(st.sampled_from(sorted(edges))))
    inventory = inventory_of(edges, unwatched=unwatched)

    position = {check: index for index, check in enumerate(inventory.ancestors_first)}
    assert set(position) == {
        f"{node}/{kind}" for node in edges.keys() - unwatched for kind in ("icmp", "http")
    }
    assert all(
        position[parent] < position[check] for check, ups in inventory.parents.items() for parent in ups
    )


@settings(deadline=None)
@given(acyclic(), st.data())
def test_a_check_needs_the_nearest_watched_targets(
    edges: dict[str, tuple[str, ...]], data: st.DataObject
) -> None:
    unwatched = data.draw(st.frozensets(st.sampled_from(sorted(edges))))
    inventory = inventory_of(edges, unwatched=unwatched)

    def nearest(node: str) -> set[str]:
        return {
            found
            for need in edges[node]
            for found in (nearest(need) if need in unwatched else {f"{need}/icmp"})
        }

    for node in edges.keys() - unwatched:
        assert set(inventory.parents[f"{node}/icmp"]) == nearest(node)
        assert inventory.parents[f"{node}/http"] == (f"{node}/icmp",)


@settings(deadline=None)
@given(acyclic())
def test_children_mirror_parents_and_descendants_reach_all(edges: dict[str, tuple[str, ...]]) -> None:
    inventory = inventory_of(edges)

    pairs = {(up, check) for check, ups in inventory.parents.items() for up in ups}
    assert pairs == {(up, check) for up, behind in inventory.children.items() for check in behind}
    for node in edges:
        behind = {other for other in edges if node in needs_of(edges, other)}
        assert set(descendant_targets(inventory, node)) == behind
        assert set(descendants(inventory, f"{node}/icmp")) == {f"{node}/http"} | {
            f"{other}/{kind}" for other in behind for kind in ("icmp", "http")
        }


def test_descendants_come_nearest_first_and_include_what_is_not_watched() -> None:
    edges = {"gw": (), "cpe": ("gw",), "switch": ("cpe",), "vcs": ("switch",), "camera": ("cpe", "switch")}
    inventory = inventory_of(edges, unwatched=frozenset({"switch"}))

    assert descendant_targets(inventory, "gw") == ("cpe", "switch", "camera", "vcs")
    assert descendants(inventory, "cpe/icmp") == (
        "cpe/http",
        "vcs/icmp",
        "camera/icmp",
        "vcs/http",
        "camera/http",
    )
