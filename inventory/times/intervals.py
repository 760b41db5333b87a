"""Sets of moments as half-open intervals [from, to) of Unix seconds. Pure arithmetic: no calendars, no clock.

A set is a tuple of intervals that are sorted, not empty and apart from each other; every function here returns one.
"""

from collections.abc import Iterable

Interval = tuple[float, float]
Intervals = tuple[Interval, ...]


def union(*parts: Iterable[Interval]) -> Intervals:
    """Return what is in any of the parts, which may hold intervals in any order, overlapping or empty."""
    merged: list[Interval] = []
    for start, end in sorted(interval for part in parts for interval in part if interval[0] < interval[1]):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        else:
            merged.append((start, end))
    return tuple(merged)


def intersect(first: Intervals, second: Intervals) -> Intervals:
    """Return what is in both."""
    found: list[Interval] = []
    one = other = 0
    while one < len(first) and other < len(second):
        start = max(first[one][0], second[other][0])
        end = min(first[one][1], second[other][1])
        if start < end:
            found.append((start, end))
        if first[one][1] <= second[other][1]:
            one += 1
        else:
            other += 1
    return tuple(found)


def subtract(whole: Intervals, without: Intervals) -> Intervals:
    """Return what is in `whole` and not in `without`."""
    left: list[Interval] = []
    first = 0
    for start, end in whole:
        while first < len(without) and without[first][1] <= start:
            first += 1
        free_from, number = start, first
        while number < len(without) and without[number][0] < end:
            if free_from < without[number][0]:
                left.append((free_from, without[number][0]))
            free_from = max(free_from, without[number][1])
            number += 1
        if free_from < end:
            left.append((free_from, end))
    return tuple(left)


def clip(intervals: Intervals, from_at: float, to_at: float) -> Intervals:
    """Return the part within [from_at, to_at)."""
    return intersect(intervals, ((from_at, to_at),)) if from_at < to_at else ()


def total_s(intervals: Intervals) -> float:
    """Return the length of all of them together."""
    return sum(end - start for start, end in intervals)
