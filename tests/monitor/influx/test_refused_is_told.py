"""Lines that InfluxDB refuses for good, as the whole daemon tells of them."""

from pathlib import Path

from aiohttp import web

from tests.monitor.daemons import running, write_config
from tests.probes.servers import refused_port
from tests.servers.line_sink import LineSink, line_sink


async def test_a_line_that_is_refused_for_good_is_told_and_counted(tmp_path: Path) -> None:
    sink, poison = LineSink(), ""

    def judge(lines: list[str]) -> web.Response:
        """Refuse the first result there is, whatever it comes with."""
        nonlocal poison
        results = [line for line in lines if line.startswith("tcp,")]
        poison = poison or (results[0] if results else "")
        if poison and poison in lines:
            return web.json_response({"code": "invalid", "message": "unable to parse"}, status=400)
        return web.Response(status=204)

    sink.judge = judge
    async with line_sink(sink):
        config = write_config(tmp_path, port=refused_port(), influx={"url": sink.url})
        async with running(config) as daemon:
            await daemon.until_answers()

            async def told() -> bool:
                health = await daemon.health()
                reasons = [] if health is None else health["reasons"]
                texts = [reason["text"] for reason in reasons if reason["code"] == "influx_refused"]
                return any("có 1 dòng bị InfluxDB từ chối hẳn" in text for text in texts)

            await daemon.until(told, "the refused line is told")
            assert await daemon.end() == 0
