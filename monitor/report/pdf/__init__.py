"""The reading copy as a PDF (ReportLab): for telephones and printers; the office signs the Word file's own PDF."""
