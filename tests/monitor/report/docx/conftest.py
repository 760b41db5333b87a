"""Two documents, laid out once for all tests: the report as it is signed, and a draft that nobody would like to read."""

import fcntl
import os
import pickle
import struct
import zlib
from collections.abc import Mapping
from dataclasses import replace

import pytest

from monitor.report.document.model import Document, HeadStyle, Paragraph, Signature
from monitor.report.docx.writing import docx_bytes
from tests.monitor.report.docx.printed import Page, printed
from tests.monitor.report.rich_document import pictures_of, rich_document


def grey_png(width: int, height: int) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    rows = (b"\x00" + b"\xb0" * width) * height
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(rows))
        + chunk(b"IEND", b"")
    )


def pictures(document: Document) -> dict[str, bytes | None]:
    return {picture.id: grey_png(640, 280 + number) for number, picture in enumerate(pictures_of(document))}


def hostile_draft() -> Document:
    document = rich_document()
    assert document.head is not None
    hostile = (
        Paragraph("Điều khiển \x00\x01\x0b\x1f\ufffe\ud800 ]]> <w:p/> &amp; &nbsp; {{ten}} {%% if %%}"),
        Paragraph("Đảo chiều \u202edảo\u202c \u200f\u2067x\u2069 và \u05e9\u05dc\u05d5\u05dd"),
        Paragraph("Tách rời: ti\u0065\u0302\u0301ng Vi\u0065\u0323\u0302t"),
        Paragraph("Rất dài " + "dài" * 400),
        Paragraph("Dòng một\nDòng hai\r\nDòng ba"),
    )
    head = replace(
        document.head,
        style=HeadStyle.PARTY,
        parent="ĐẢNG BỘ TỈNH QUẢNG NGÃI",
        issuer="ĐẢNG ỦY SỞ KHOA HỌC VÀ CÔNG NGHỆ VÀ CÁC ĐƠN VỊ SỰ NGHIỆP TRỰC THUỘC",
    )
    return replace(
        document,
        head=head,
        mark="BẢN NHÁP",
        blocks=(*document.blocks, *hostile),
        addressees=("Thường trực Tỉnh ủy", "Ủy ban nhân dân tỉnh"),
        recipients=("Như trên;", "Các xã, phường, đặc khu " + "và các đơn vị có liên quan " * 4, "Lưu: VT."),
        signature=Signature(("T/M BAN CHẤP HÀNH", "BÍ THƯ"), "Nguyễn Văn A"),
        appendices=document.appendices[2:],
    )


@pytest.fixture(scope="session")
def pages_by_document(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, tuple[Page, ...]]:
    base = tmp_path_factory.getbasetemp()
    # Several processes may run these tests: one of them starts the word processor for all.
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    kept = shared / "printed-reports.pickle"
    with (shared / "printed-reports.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not kept.exists():
            documents = {"report": rich_document(), "draft": hostile_draft()}
            files = {name: docx_bytes(each, pictures(each)) for name, each in documents.items()}
            kept.write_bytes(pickle.dumps(printed(tmp_path_factory.mktemp("printed"), files)))
    found: Mapping[str, tuple[Page, ...]] = pickle.loads(kept.read_bytes())  # noqa: S301 - written just above
    return found


@pytest.fixture
def pages(pages_by_document: Mapping[str, tuple[Page, ...]]) -> tuple[Page, ...]:
    return pages_by_document["report"]


@pytest.fixture
def draft_pages(pages_by_document: Mapping[str, tuple[Page, ...]]) -> tuple[Page, ...]:
    return pages_by_document["draft"]
