"""Numbers of tables and pictures: "Bảng 1.", "Hình 1.", through the body and on through the appendices. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from monitor.report.document.model import Appendix, Block, Picture, Table


@dataclass(slots=True)
class Numbering:
    """How many of each there were so far. A table without a caption has no number."""

    tables: int = 0
    pictures: int = 0

    def blocks(self, blocks: Iterable[Block]) -> tuple[Block, ...]:
        """Return the blocks with their captions numbered."""
        return tuple(self._numbered(block) for block in blocks)

    def appendix(self, appendix: Appendix) -> Appendix:
        """Return an appendix with its captions numbered."""
        return replace(appendix, blocks=self.blocks(appendix.blocks))

    def _numbered(self, block: Block) -> Block:
        if isinstance(block, Table) and block.caption:
            self.tables += 1
            return replace(block, caption=f"Bảng {self.tables}. {block.caption}")
        if isinstance(block, Picture):
            self.pictures += 1
            return replace(block, caption=f"Hình {self.pictures}. {block.caption}")
        return block
