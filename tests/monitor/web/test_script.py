"""What the pages' script does in a browser when the server falls silent, and when a session ends."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from playwright.async_api import Page, async_playwright, expect

from tests.browser.conftest import FLAGS
from tests.monitor.people.office import LONG
from tests.monitor.web.door.entrance import entrance
from tests.monitor.web.lived import COMMUNE, OTHER, incident, lived

DEADLINE_MS = 20_000


@asynccontextmanager
async def opened(port: int | None, *, width: int = 1280, **headers: str) -> AsyncIterator[Page]:
    """Open a tab whose clock the test turns."""
    async with async_playwright() as playwright:
        chromium = await playwright.chromium.launch(executable_path="/usr/bin/chromium", args=list(FLAGS))
        context = await chromium.new_context(
            base_url=f"http://127.0.0.1:{port}",
            viewport={"width": width, "height": 800},
            has_touch=width < 640,
            extra_http_headers={name.replace("_", "-"): value for name, value in headers.items()},
        )
        page = await context.new_page()
        page.set_default_timeout(DEADLINE_MS)
        await page.clock.install()
        yield page
        await chromium.close()


async def let_pass(page: Page, seconds: int, *, step_s: int = 5) -> None:
    """Turn the tab's clock; answers of the server take their own time."""
    for _ in range(seconds // step_s):
        await page.clock.run_for(step_s * 1000)
        await page.wait_for_timeout(20)


async def test_without_a_stream_the_page_is_asked_again(tmp_path: Path) -> None:
    async with lived(tmp_path) as at, opened(at.client.port, X_Role="duty") as page:
        await page.route("**/song*", lambda route: route.abort())
        await page.goto("/")
        await at.open(incident(2, OTHER))
        await let_pass(page, 60)

        await expect(page.locator("#SC-2026-0002")).to_be_visible(timeout=DEADLINE_MS)


async def test_a_page_that_hears_nothing_says_so_and_asks_until_it_does(tmp_path: Path) -> None:
    async with lived(tmp_path) as at, opened(at.client.port, X_Role="duty") as page:
        await page.goto("/")
        await page.context.set_offline(
            offline=True
        )  # the connection that is open stays, and says nothing in time
        await let_pass(page, 45)
        bar = page.locator("#mat-lien-lac")
        await expect(bar).to_contain_text("Mất liên lạc")

        await page.context.set_offline(offline=False)
        await let_pass(page, 20)
        await expect(bar).to_be_hidden(timeout=DEADLINE_MS)


async def test_a_tap_on_a_phone_names_the_tile_first(tmp_path: Path) -> None:
    async with lived(tmp_path) as at, opened(at.client.port, width=360, X_Role="duty") as page:
        await page.goto("/")
        await page.locator(f"#o-{COMMUNE} a").tap()
        await expect(page.locator("dialog.sheet")).to_contain_text("Xã Ba Tơ")
        await page.locator("dialog.sheet .is-main").tap()
        await page.wait_for_url(f"**/xa/{COMMUNE}")


async def test_a_form_shows_what_it_would_do_while_it_is_filled(tmp_path: Path) -> None:
    async with lived(tmp_path) as at, opened(at.client.port, X_Role="duty") as page:
        await page.goto("/bao-tri/moi?loai=tam-ngung")
        await page.fill("#f-don_vi", "ba to")
        await page.fill("#f-ly_do", "thay thiết bị")
        await page.click("text=1 giờ")
        await let_pass(page, 5, step_s=1)
        await page.locator("#xem-truoc .is-main").click()
        await expect(page.locator(".said")).to_contain_text("IM-2026-0001", timeout=DEADLINE_MS)


async def test_what_was_typed_outlives_the_session(tmp_path: Path) -> None:
    async with entrance(tmp_path) as door, opened(door.client.port) as page:
        await door.office.person("hoa")
        await signed_in(page, "/dang-nhap?tiep=/tai-khoan-cua-toi")
        await let_pass(page, 10)
        await page.fill("#label", "bảng điện")
        await page.check("input[value=overview]")
        await door.pass_time(3600)
        await let_pass(page, 900, step_s=300)
        over = page.locator("dialog[open]")
        await expect(over).to_contain_text("Phiên làm việc đã hết", timeout=DEADLINE_MS)

        async with page.context.expect_page() as other:
            await over.locator(".is-main").click()
        await signed_in(await other.value, "/dang-nhap?tiep=/")
        await page.locator("form", has=page.locator("#label")).locator("button").click()
        await expect(page.locator(".said")).to_contain_text("Đã tạo mã truy cập", timeout=DEADLINE_MS)


async def signed_in(page: Page, path: str) -> None:
    await page.goto(path)
    await page.fill("#ten", "hoa")
    await page.fill("#mat-khau", LONG)
    await page.click("main .is-main")
    await page.wait_for_url(lambda url: "/dang-nhap" not in url)
