"""The content of a document: head, blocks, tables, charts. Knows no file format. Pure."""
