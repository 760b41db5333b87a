"""What went wrong lately, out of counts that only grow."""

from monitor.own.news import LATELY_S, Lately, News


def test_what_happened_is_news_for_an_hour() -> None:
    lately, since_start = Lately(), News(lines_refused=3)

    assert lately.news(News(), 0.0) == News()
    assert lately.news(since_start, 100.0) == since_start
    assert lately.news(since_start, 100.0 + LATELY_S) == since_start
    assert lately.news(since_start, 101.0 + LATELY_S) == News()


def test_each_count_is_by_itself_and_what_comes_anew_is_news_again() -> None:
    lately = Lately()
    lately.news(News(conclusion_bugs=2), 0.0)
    lately.news(News(conclusion_bugs=2, chunks_damaged=1), 3_000.0)

    assert lately.news(News(conclusion_bugs=2, chunks_damaged=1), 3_601.0) == News(chunks_damaged=1)
    assert lately.news(News(conclusion_bugs=5, chunks_damaged=1), 4_000.0) == News(
        conclusion_bugs=3, chunks_damaged=1
    )


def test_what_goes_on_stays_news_and_a_flood_stays_small() -> None:
    lately = Lately()
    for second in range(7_200):
        found = lately.news(News(lines_refused=second + 1), float(second))

    assert 3_600 <= found.lines_refused <= 3_600 + 60
    assert len(lately._growths["lines_refused"]._grown) <= 62
    assert lately.news(News(lines_refused=7_200), 7_199.0 + LATELY_S + 1).lines_refused == 0
