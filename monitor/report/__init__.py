"""Figures, text and documents for people, from what was recorded: the monthly report and what belongs to it.

figures     what the accounts, incidents and meetings of a period say (pure)
sentences   what is said of them, by rules that are data (pure)
document    the content of a document: head, blocks, tables, charts; knows no file format (pure)
charts, docx, pdf, html, sheets   a document as files
editions    what a writer changed, and frozen months
ledger, evidence   what is laid before a carrier
"""
