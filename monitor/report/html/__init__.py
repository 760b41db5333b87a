"""The document as one page for a browser: what the Word file will look like, with its sentences named."""
