"""Vietnamese words, numbers, times and order."""

import unicodedata
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.messages import words
from alerts.messages.vocabulary import Language
from alerts.model.checks import Blindness, Status
from inventory.model import Layer
from inventory.names import short_unit_name
from probes.kind import Kind
from probes.kinds import KINDS
from probes.reading import FailureReason

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
AT = 1_795_290_420.0
UNIT_S = {"ngày": 86_400, "giờ": 3_600, "phút": 60, "giây": 1}


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (-5, "dưới 01 giây"),
        (0.4, "dưới 01 giây"),
        (45, "45 giây"),
        (59.9, "59 giây"),
        (60, "01 phút"),
        (95, "01 phút 35 giây"),
        (780, "13 phút"),
        (835, "13 phút"),
        (3_600, "01 giờ"),
        (4_680, "01 giờ 18 phút"),
        (86_400 + 59, "01 ngày"),
        (90_000, "01 ngày 01 giờ"),
        (86_400 * 1_234, "1.234 ngày"),
    ],
)
def test_duration_reads_as_people_say_it(seconds: float, text: str) -> None:
    assert words.duration(seconds) == text


def spoken(text: str) -> int:
    parts = text.replace(".", "").split()
    return sum(int(value) * UNIT_S[unit] for value, unit in zip(parts[::2], parts[1::2], strict=True))


@given(st.floats(1, 4e8))
def test_duration_is_never_more_than_what_passed_and_short_by_less_than_its_last_unit(seconds: float) -> None:
    text = words.duration(seconds)

    assert len(text.split()) in {2, 4}
    missing = seconds - spoken(text)
    assert 0 <= missing < (1 if seconds < 600 else 60 if seconds < 86_400 else 3_600)


@given(st.floats(1, 4e8), st.floats(1, 4e8))
def test_a_longer_duration_never_reads_shorter(one: float, other: float) -> None:
    shorter, longer = sorted((one, other))

    assert spoken(words.duration(shorter)) <= spoken(words.duration(longer))


@given(st.sampled_from(list(UNIT_S)), st.integers(1, 9))
def test_a_round_duration_names_one_unit(unit: str, number: int) -> None:
    assert words.duration(number * UNIT_S[unit]) == f"0{number} {unit}"


def test_times_are_local_with_24_hours() -> None:
    assert words.clock_time(AT, ZONE) == "02:47"
    assert words.date_time(AT, ZONE) == "02:47 ngày 22/11/2026"
    assert words.short_date_time(AT, ZONE) == "02:47 22/11"


@pytest.mark.parametrize(("value", "text"), [(0, "00"), (3, "03"), (14, "14"), (1_204, "1.204")])
def test_counts_have_two_digits_at_least(value: int, text: str) -> None:
    assert words.count(value) == text


def test_numbers_have_a_decimal_comma_and_thousands_dots() -> None:
    assert words.number(1_234_567.891, 2) == "1.234.567,89"
    assert words.percent(0.12) == "12%"
    assert words.percent(0.005) == "0,5%"
    assert words.milliseconds(0.31) == "310 ms"
    assert words.milliseconds(0.0026) == "2,6 ms"
    assert words.short_time(0.00999) == "10 ms"
    assert words.short_time(12.5) == "12,5 giây"


@pytest.mark.parametrize("status", list(Status))
def test_every_status_has_a_word(status: Status) -> None:
    assert words.status_word(status)


def test_what_is_down_because_of_another_is_called_affected() -> None:
    assert words.status_word(Status.DOWN) == "Mất kết nối"
    assert words.status_word(Status.DOWN, affected=True) == "Bị ảnh hưởng"
    assert words.status_word(Status.UP, affected=True) == "Hoạt động"


@pytest.mark.parametrize("layer", list(Layer))
def test_every_layer_has_a_long_and_a_short_name(layer: Layer) -> None:
    assert len(words.layer_short_name(layer)) <= 12
    assert len(words.layer_name(layer)) <= 24


@pytest.mark.parametrize("cause", [*FailureReason, *Blindness])
def test_every_cause_has_a_phrase_that_blames_nobody(cause: str) -> None:
    phrase = words.cause_phrase(cause)

    assert phrase
    assert phrase != cause
    assert "lỗi" not in phrase


@pytest.mark.parametrize(
    ("cause", "phrase"),
    [
        ("timeout", "không trả lời"),
        ("refused", "từ chối kết nối"),
        ("loss_ratio 0.6 / 0.5", "mất gói 60% (ngưỡng 50%)"),
        ("rtt_p50_s 0.42 / 0.3", "độ trễ 420 ms (ngưỡng 300 ms)"),
        ("total_s 12 / 10", "thời gian trả lời 12 giây (ngưỡng 10 giây)"),
        ("duplicates 3 / 2", "số gói trả lời lặp 3 (ngưỡng 2)"),
        ("own_oid 12 / 3", "vượt ngưỡng cho phép"),
        (
            "certificate_s 1.1e+06 / 2.592e+06",
            "chứng thư bảo mật sắp hết hạn, còn 12 ngày 17 giờ (ngưỡng 30 ngày)",
        ),
        ("certificate_s -86400 / 2592000", "chứng thư bảo mật đã hết hạn 01 ngày (ngưỡng 30 ngày)"),
        ("certificate_s -30 / 2592000", "chứng thư bảo mật đã hết hạn 30 giây (ngưỡng 30 ngày)"),
        (
            "certificate_lifetime_ratio 0 / 0.33",
            "chứng thư bảo mật sắp hết hạn, thời hạn còn 0% (ngưỡng 33%)",
        ),
        ("app_alive 0 / 0", "ứng dụng trên máy đã dừng"),
        ("disk_free_ratio 0.04 / 0.05", "ổ đĩa sắp đầy, còn trống 4% (ngưỡng 5%)"),
        ("something else", ""),
        ("", ""),
    ],
)
def test_causes_read_as_plain_words(cause: str, phrase: str) -> None:
    assert words.cause_phrase(cause) == phrase


@pytest.mark.parametrize(
    ("metric", "value", "shown"),
    [
        ("loss_ratio", 0.125, "12,5%"),
        ("rtt_s", 0.0042, "4,2 ms"),
        ("certificate_s", 13 * 86_400, "13 ngày"),
        ("in_bps", 12_340_000, "12,3 Mbit/s"),
        ("in_bps", 1_000_000, "1 Mbit/s"),
        ("in_bps", 40_260, "40,3 kbit/s"),
        ("in_bps", 0, "0 kbit/s"),
        ("body_bytes", 262_144, "262.144 byte"),
        ("temperature_celsius", 45.0, "45 °C"),
        ("ups_charge_percent", 50.0, "50%"),
        ("certificate_s", -86_400.0, "-01 ngày"),
        ("certificate_s", -300.0, "-300 giây"),
        ("certificate_s", -0.004, "-4 ms"),
        ("speech_r", 78.94, "78,94"),
        ("sent", 5.0, "5"),
    ],
)
def test_figures_carry_the_unit_of_their_name(metric: str, value: float, shown: str) -> None:
    assert words.figure(metric, value) == shown


@pytest.mark.parametrize("kind", KINDS.values(), ids=lambda kind: kind.name)
def test_every_metric_has_a_vietnamese_name(kind: Kind) -> None:
    for name, metric in kind.metrics.items():
        for text in (metric.vi, metric.alarm):
            assert unicodedata.is_normalized("NFC", text), name
        assert metric.vi
        assert metric.en
        assert not metric.en.endswith(".")


@pytest.mark.parametrize(
    ("name", "short", "inside"),
    [
        ("Xã Đăk Rơ Wa", "Đăk Rơ Wa", "xã Đăk Rơ Wa"),
        ("Phường Đức Phổ", "Đức Phổ", "phường Đức Phổ"),
        ("Đặc khu Lý Sơn", "Lý Sơn", "đặc khu Lý Sơn"),
        ("Sở Nội vụ", "Sở Nội vụ", "Sở Nội vụ"),
        ("Xãhội", "Xãhội", "Xãhội"),
        (unicodedata.normalize("NFD", "Xã Đăk Rơ Wa"), "Đăk Rơ Wa", "xã Đăk Rơ Wa"),
        ("", "", ""),
    ],
)
def test_unit_names_are_shortened_and_put_into_sentences(name: str, short: str, inside: str) -> None:
    assert short_unit_name(name) == short
    assert words.in_sentence(name) == inside


@pytest.mark.parametrize(
    ("district", "area"),
    [
        ("Thành phố Kon Tum", "địa bàn TP Kon Tum cũ"),
        ("Huyện Ba Tơ", "địa bàn huyện Ba Tơ cũ"),
        ("Thị xã Đức Phổ", "địa bàn thị xã Đức Phổ cũ"),
        ("", ""),
    ],
)
def test_former_districts_read_as_people_write_them(district: str, area: str) -> None:
    assert words.former_area(district) == area


def test_english_has_formats_of_its_own() -> None:
    en = Language.EN

    assert words.duration(4_680, en) == "1 h 18 min"
    assert words.duration(0, en) == "under 1 s"
    assert words.count(3, en) == "3"
    assert words.number(1_234.5, 1, en) == "1,234.5"
    assert words.percent(0.125, en) == "12.5%"
    assert words.percent(0.12, en) == "12%"
    assert words.date_time(AT, ZONE, en) == "02:47 on 22/11/2026"
    assert words.figure("in_bps", 12_340_000, en) == "12.3 Mbit/s"
    assert words.figure("jitter_s", 12.0, en) == "12 s"
    assert words.in_sentence("Xã Đăk Rơ Wa", en) == "Xã Đăk Rơ Wa"
    assert words.former_area("Huyện Ba Tơ", en) == "formerly in Ba Tơ"
    assert words.cause_phrase("loss_ratio 0.6 / 0.5", en) == "loss 60% (limit 50%)"
    assert words.cause_phrase("timeout", en) == "no answer"


@pytest.mark.parametrize("cause", [*FailureReason, *Blindness])
def test_every_cause_has_an_english_phrase(cause: str) -> None:
    assert words.cause_phrase(cause, Language.EN).isascii()


@pytest.mark.parametrize(
    ("district", "short"),
    [
        ("Huyện Đăk Hà", "Đăk Hà (cũ)"),
        ("Thành phố Kon Tum", "TP Kon Tum (cũ)"),
        ("Thị xã Đức Phổ", "thị xã Đức Phổ (cũ)"),
        ("Kon Tum (cũ)", "Kon Tum (cũ)"),
        ("", ""),
    ],
)
def test_former_districts_are_short_in_lists(district: str, short: str) -> None:
    assert words.former_short(district) == short
