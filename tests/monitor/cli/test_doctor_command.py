"""`doctor`: each line a verdict, with the remedy."""

import json
from pathlib import Path

from tests.monitor.cli.conftest import SETTINGS, Run


def test_each_line_is_a_verdict_and_troubles_have_a_remedy(run: Run, config: Path) -> None:
    told = run("doctor", "--config", config)

    assert told.code in {0, 3}
    assert {row[0] for row in told.rows} <= {"ĐẠT", "CẢNH BÁO"}
    assert all(row[-1].startswith("cách sửa: ") for row in told.rows if row[0] != "ĐẠT")
    assert told.err.startswith("Kết quả: 0 lỗi")


def test_a_missing_secret_is_code_one_and_json_says_which(run: Run, config: Path) -> None:
    config.write_text(SETTINGS + "influx: {url: 'http://127.0.0.1:1', token_secret: influx}\n")

    told = run("doctor", "--config", config, "--json")
    body = json.loads(told.out)

    assert told.code == 1
    assert not body["ok"]
    assert [item["subject"] for item in body["items"] if item["grade"] == "bad"] == ["Bí mật"]
