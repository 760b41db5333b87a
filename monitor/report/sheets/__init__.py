"""Tables of a document as a workbook and as CSV files."""
