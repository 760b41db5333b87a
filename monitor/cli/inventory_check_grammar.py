"""The grammar of `inventory validate` and `inventory schema`. Runs nothing."""

from pathlib import Path

from monitor.cli.grammar import Parser, Subparsers, common, with_config


def add_validate(actions: "Subparsers[Parser]") -> None:
    """Add `validate`."""
    validate = actions.add_parser(
        "validate",
        help="kiểm tra các tệp danh mục, in mọi lỗi một lần",
        description=(
            "Kiểm tra danh mục: mọi lỗi một lần, mỗi lỗi có tệp, dòng và cách sửa. Không chạm tới mạng, không cần tiến "
            "trình giám sát. Mã thoát: 0 đạt; 1 có lỗi; 3 chỉ có cảnh báo."
        ),
        epilog=(
            "ví dụ:\n  tslcd-monitor inventory validate\n"
            "  tslcd-monitor inventory validate danh-muc/ thu-muc-rieng/ --lint-fatal"
        ),
    )
    validate.add_argument(
        "paths",
        nargs="*",
        type=Path,
        metavar="ĐƯỜNG_DẪN",
        help="thư mục hoặc tệp, cái sau sửa cái trước (mặc định: như trong cấu hình)",
    )
    validate.add_argument("--lint-fatal", action="store_true", help="coi cảnh báo là lỗi (mã thoát 1)")
    with_config(validate)
    common(validate)


def add_schema(actions: "Subparsers[Parser]") -> None:
    """Add `schema`."""
    schema = actions.add_parser(
        "schema",
        help="in JSON Schema để trình soạn thảo gợi ý và gạch chân lỗi",
        description=(
            "In JSON Schema (draft 2020-12) của tệp danh mục. Trong trình soạn thảo có yaml-language-server, dòng đầu "
            "mỗi tệp ghi: # yaml-language-server: $schema=danh-muc.schema.json"
        ),
        epilog="ví dụ: tslcd-monitor inventory schema > danh-muc.schema.json",
    )
    schema.add_argument("--settings", action="store_true", help="của tệp cấu hình, thay cho danh mục")
    common(schema)
